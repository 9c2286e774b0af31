// A line that is cut while a file goes up, twice: the same upload goes on at the byte where it broke, and nothing else is left of it. What another
// device does while there is no line shows when it is back.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { choose, digest, eventually, scenario, sentOf, slowly, withoutComplaints } from './site.mjs';

await scenario(async site => {
  await site.addAccount('ann');
  await site.behindRelay();
  const big = randomBytes(64 << 20);
  writeFileSync(site.at('big.bin'), big);
  const page = await site.enter('ann');
  const begun = [];
  page.on('response', response => {
    if (response.request().method() === 'POST' && response.url().endsWith('/tus')) begun.push([response.headers()['location'], Number(response.headers()['upload-offset'])]);
  });

  await slowly(page);
  await choose(page, page.locator('.toolbar button.main'), site.at('big.bin'));
  for (const percent of [20, 60]) {
    await eventually(async () => (await sentOf(page)) > percent, `${percent} percent are sent`);
    const before = begun.length;
    site.cut();
    await eventually(() => begun.length > before, 'it is begun again');
  }
  await page.waitForSelector('.transfer.done >> text=big.bin', { timeout: 60_000 });
  assert.equal(new Set(begun.map(([address]) => address)).size, 1, 'it is one upload: ' + JSON.stringify(begun));
  assert.ok(begun.slice(1).every(([, offset]) => offset > 0), 'it went on where it broke: ' + JSON.stringify(begun));
  assert.deepEqual(await page.evaluate(async () => (await (await fetch('/api/v1/uploads')).json()).uploads), []);
  assert.equal(digest(readFileSync(`${site.data}/homes/ann/big.bin`)), digest(big));

  site.isDown = true;
  site.cut();
  await page.waitForSelector('.offline');
  writeFileSync(site.at('small'), 'small');
  await site.client('ann', 'put', site.at('small'), '/meanwhile.txt');
  site.isDown = false;
  await page.waitForSelector('.item >> text=meanwhile.txt');
  await page.waitForSelector('.offline', { state: 'detached' });
  withoutComplaints(page);
});
