// Chat between page and terminal, a file in a room, mentions, names and texts that try to be markup, a line that breaks.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { choose, eventually, scenario, withoutComplaints } from './site.mjs';

await scenario(async site => {
  await site.addAccount('ann');
  await site.addAccount('ben');
  const page = await site.enter('ann', 'chat/lobby');
  await page.waitForSelector('.composer textarea');

  // From the terminal to the page and back.
  const terminal = site.startClient('ben', 'chat', 'lobby');
  let heard = '';
  terminal.stdout.on('data', text => { heard += text; });
  terminal.stderr.on('data', text => { heard += text; });
  terminal.stdin.write('hello ann, from the terminal\n');
  await page.waitForSelector('.message.meant >> text=from the terminal');
  await page.fill('.composer textarea', '<img src=x onerror=alert(1)> \u202eevil https://example.com/?a=1.');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message:not(.pending) >> text=<img src=x');
  assert.equal(await page.locator('.messages img').count(), 0);
  assert.ok((await page.textContent('.messages')).includes('\\u{202e}evil'));
  assert.equal(await page.locator('.messages a').getAttribute('href'), 'https://example.com/?a=1');
  await eventually(() => heard.includes('<img src=x'), 'the terminal hears it');

  // A file: put into the room by the page, fetched from there by the other one.
  writeFileSync(site.at('shown.txt'), 'shown in a room');
  await choose(page, page.locator('.composer button[aria-label="Send a file"]'), site.at('shown.txt'));
  await page.waitForSelector('.message .file >> text=shown.txt');
  const other = await site.enter('ben', 'chat/lobby');
  const [download] = await Promise.all([other.waitForEvent('download'), other.locator('.file').click()]);
  assert.equal(download.suggestedFilename(), 'shown.txt');

  // A private word is counted where nobody looks, and read where somebody does.
  await other.goto(site.url + '/#/chat/@ann,ben');
  await other.click('button[aria-label="New"]');
  await other.click('.menu >> text=Write to somebody');
  await other.fill('dialog input[name=text]', 'ann');
  await other.click('dialog button.main');
  await other.waitForSelector('h2 >> text=@ann');
  await other.fill('.composer textarea', 'between us');
  await other.keyboard.press('Enter');
  await page.waitForSelector('.room-list .count >> text=1');
  await page.click('.room-list a >> text=@ben');
  await page.waitForSelector('.message >> text=between us');
  await page.waitForSelector('.room-list .count', { state: 'detached' });

  // The line breaks; what is said meanwhile arrives once, when it is back.
  await site.kill9();
  await page.waitForSelector('.offline');
  await page.fill('.composer textarea', 'said while nobody was there');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message.pending');
  await site.startAgain();
  await page.waitForSelector('.message:not(.pending) >> text=said while nobody');
  await other.waitForSelector('.message >> text=said while nobody');
  assert.equal(await other.locator('.message', { hasText: 'said while nobody' }).count(), 1);
  terminal.kill();
  withoutComplaints(page);
  withoutComplaints(other);
});
