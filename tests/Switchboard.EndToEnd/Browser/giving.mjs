// A large file by an upload-only link that takes one file: the line is cut, the page is loaded anew, and it goes on where it was. What is given up
// leaves its place to another.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { choose, digest, eventually, scenario, sentOf, slowly, withoutComplaints } from './site.mjs';

await scenario(async site => {
  await site.addAccount('ann', { allow: 'files,share' });
  await site.client('ann', 'mkdir', '/inbox');
  await site.behindRelay();
  const big = randomBytes(48 << 20);
  writeFileSync(site.at('big.bin'), big);
  utimesSync(site.at('big.bin'), 1_700_000_000, 1_700_000_000);
  writeFileSync(site.at('other.bin'), randomBytes(40 << 20));

  const ann = await site.enter('ann');
  const link = await ann.evaluate(async () => (await (await fetch('/api/v1/shares', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ path: '/inbox', upload: true, count: 1 }) })).json()).link);
  const keptOf = () => ann.evaluate(async () => (await (await fetch('/api/v1/uploads')).json()).uploads.map(upload => upload.offset));

  const giver = await site.page();
  const asked = [];
  let patched = 0;
  giver.on('request', request => {
    if (!/\/tus/.test(request.url())) return;
    asked.push(request.method());
    if (request.method() === 'PATCH') patched += Number(request.headers()['content-length'] ?? 0);
  });
  const began = () => asked.filter(method => method === 'POST').length;
  await giver.goto(link);
  await giver.waitForSelector('h1 >> text=Send files');

  // Given up: the one place of the link is free again.
  await slowly(giver);
  await choose(giver, giver.locator('.give button.main'), site.at('other.bin'));
  await giver.waitForSelector('.transfer.running');
  await eventually(async () => (await keptOf()).length === 1, 'it is begun');
  await giver.locator('.transfer button[aria-label^="Take"]').click();
  await eventually(async () => (await keptOf()).length === 0, 'nothing of it is kept');

  // Cut in the middle; the page goes on by itself, with the same upload.
  await choose(giver, giver.locator('.give button.main'), site.at('big.bin'));
  await eventually(async () => (await sentOf(giver)) > 20, 'a fifth is sent');
  site.cut();
  await giver.waitForSelector('.transfer.retrying');
  await eventually(async () => (await sentOf(giver)) > 45, 'it goes on');
  assert.equal(began(), 2, 'it is the same upload');

  // Loaded anew in the middle: the file is asked for, and what is kept is not sent again.
  await giver.reload();
  await giver.waitForSelector('.transfer.asking');
  await eventually(async () => (await keptOf())[0] > 0, 'something is kept');
  const before = (await keptOf())[0];
  patched = 0;
  await choose(giver, giver.locator('.transfers button', { hasText: 'Choose again' }), site.at('big.bin'));
  await giver.waitForSelector('.transfer.done >> text=big.bin', { timeout: 60_000 });
  assert.equal(began(), 2, 'it is still the same upload');
  assert.ok(patched <= big.length - before, `${patched} bytes were sent although ${before} were kept`);
  assert.equal(digest(readFileSync(`${site.data}/homes/ann/inbox/big.bin`)), digest(big));
  assert.ok(!existsSync(`${site.data}/homes/ann/inbox/other.bin`));

  // It took its one file.
  await giver.reload();
  await giver.waitForSelector('text=This link does not open');
  withoutComplaints(giver);
  withoutComplaints(ann);
});
