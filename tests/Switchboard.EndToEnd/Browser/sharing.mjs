// A link that gives a file away and expires, and one that only takes files; neither shows more than it says, nor its secret to the server's log.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { choose, digest, scenario, withoutComplaints } from './site.mjs';

await scenario(async site => {
  await site.addAccount('ann', { allow: 'files,share' });
  const page = await site.enter('ann');
  const content = Buffer.from('given away '.repeat(1000));
  writeFileSync(site.at('gift.txt'), content);
  await choose(page, page.locator('.toolbar button.main'), site.at('gift.txt'));
  await page.waitForSelector('.item >> text=gift.txt');

  const link = await share(page, 'gift.txt');
  const stranger = await site.page();
  await stranger.goto(link);
  await stranger.waitForSelector('h1 >> text=gift.txt');
  const [download] = await Promise.all([stranger.waitForEvent('download'), stranger.click('a.button.main')]);
  assert.equal(digest(readFileSync(await download.path())), digest(content));
  assert.equal(await stranger.evaluate(async () => (await fetch('/api/v1/entries/')).status), 401);
  assert.ok(!site.log.includes(link.split('#')[1]), 'the secret is in no log');

  // Without the secret, or with another one, it does not open.
  const guess = await site.page();
  await guess.goto(link.split('#')[0] + '#' + 'A'.repeat(43));
  await guess.waitForSelector('text=This link does not open');

  // Revoked, it ends at once.
  await page.goto(site.url + '/#/files//shares');
  await page.locator('tr', { hasText: 'gift.txt' }).locator('button', { hasText: 'Revoke' }).click();
  await page.click('dialog button.danger');
  await page.waitForSelector('text=You have no links.');
  const late = await site.page();
  await late.goto(link);
  await late.waitForSelector('text=This link does not open');

  // One that expires while somebody has it.
  const expiring = await page.evaluate(async () => (await (await fetch('/api/v1/shares', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ path: '/gift.txt', expires: Date.now() * 1000 + 2_000_000 }) })).json()).link);
  await late.waitForTimeout(2500);
  await late.goto(expiring);
  await late.reload();
  await late.waitForSelector('text=This link does not open');

  // Upload only: a stranger gives files, sees nothing, and the owner pays.
  await page.goto(site.url + '/#/files');
  await page.click('text=New folder');
  await page.fill('dialog input[name=text]', 'inbox');
  await page.click('dialog button.main');
  await page.waitForSelector('.item >> text=inbox');
  const inbox = await share(page, 'inbox');
  const giver = await site.page();
  await giver.goto(inbox);
  await giver.waitForSelector('h1 >> text=Send files');
  writeFileSync(site.at('for ann.bin'), Buffer.alloc(6 << 20, 7));
  await choose(giver, giver.locator('.give button.main'), site.at('for ann.bin'));
  await giver.waitForSelector('.transfer.done');
  assert.equal(readFileSync(`${site.data}/homes/ann/inbox/for ann.bin`).length, 6 << 20);
  withoutComplaints(giver);
  withoutComplaints(page);
});

async function share(page, name) {
  await page.locator('.item', { hasText: name }).click({ button: 'right' });
  await page.click('.menu >> text=Share by a link');
  await page.click('dialog button.main');
  await page.waitForSelector('.copyable');
  const link = await page.inputValue('.copyable input');
  await page.click('dialog footer button.main');
  await page.keyboard.press('Escape');
  return link;
}
