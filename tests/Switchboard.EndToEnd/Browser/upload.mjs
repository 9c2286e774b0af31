// A folder with odd names; an upload that is cut by killing the server and finished after its restart; one that outlives the page; one that is
// begun in the page and finished by the terminal; what comes down again has the digest of what went up.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { choose, chooseFolder, digest, eventually, scenario, sentOf, slowly, withoutComplaints } from './site.mjs';

const odd = ['a%20b#?&.txt', '<img src=x onerror=alert(1)>.txt', 'quote\'".txt', '100%.txt', 'trailing dot.', ' leading', '文件 🎉.txt', 'é.txt', 'gpj\u202eexe.txt'];
const mib = 1 << 20;

await scenario(async site => {
  await site.addAccount('ann');
  const place = site.at('odd names', 'deep', 'deeper');
  mkdirSync(place, { recursive: true });
  for (const name of odd) writeFileSync(site.at('odd names', name), name);
  writeFileSync(site.at('odd names', 'deep', 'deeper', 'x'), 'x');
  const big = randomBytes(96 * mib);
  writeFileSync(site.at('big.bin'), big);
  // A whole second: what a browser tells of a file's time ends at the millisecond.
  utimesSync(site.at('big.bin'), 1_700_000_000, 1_700_000_000);

  let page = await site.enter('ann');
  await chooseFolder(page, site.at('odd names'));
  await page.waitForSelector('.transfers >> text=uploads done');
  await page.locator('.opens', { hasText: 'odd names' }).click();
  await page.waitForFunction(count => document.querySelectorAll('.item').length === count, odd.length + 1);
  for (const name of odd) assert.equal(readFileSync(`${site.data}/homes/ann/odd names/${name}`, 'utf8'), name);
  assert.equal(readFileSync(`${site.data}/homes/ann/odd names/deep/deeper/x`, 'utf8'), 'x');
  assert.ok((await page.locator('.item .name').allInnerTexts()).some(text => text.includes('gpj\\u{202e}exe.txt')), 'what turns the order around is shown as its code');

  // Cut by the server's death; the page goes on by itself.
  await page.goto(site.url + '/#/files');
  await slowly(page);
  await choose(page, page.locator('.toolbar button.main'), site.at('big.bin'));
  await eventually(async () => (await sentOf(page)) > 10, 'a tenth is sent');
  await site.kill9();
  await page.waitForSelector('.transfer.retrying');
  await site.startAgain();
  await page.waitForSelector('.transfer.done >> text=big.bin', { timeout: 60_000 });
  assert.equal(digest(readFileSync(`${site.data}/homes/ann/big.bin`)), digest(big));

  // Down again, with an equal digest.
  await page.locator('.item', { hasText: 'big.bin' }).locator('.check').click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.toolbar button', { hasText: 'Download' }).click()]);
  assert.equal(digest(readFileSync(await download.path())), digest(big));

  // The page is closed in the middle. The same file is asked for again, another one is not taken, and what is kept is not sent again.
  await page.keyboard.press('Escape');
  await page.goto(site.url + '/#/files/odd%20names');
  await page.waitForSelector('text=<img src=x');
  await slowly(page);
  await choose(page, page.locator('.toolbar button.main'), site.at('big.bin'));
  await eventually(async () => (await sentOf(page)) > 20, 'a fifth is sent');
  await page.reload();
  await page.waitForSelector('.transfer.asking');
  writeFileSync(site.at('other'), 'other');
  await choose(page, page.locator('.transfers button', { hasText: 'Choose again' }), site.at('other'));
  await page.waitForSelector('.toast >> text=is not one of the files');
  const before = await keptOf(page);
  assert.ok(before > 0, 'something is kept');
  let patched = 0;
  page.on('request', request => { if (request.method() === 'PATCH') patched += Number(request.headers()['content-length'] ?? 0); });
  await choose(page, page.locator('.transfers button', { hasText: 'Choose again' }), site.at('big.bin'));
  await page.waitForSelector('.transfer.done >> text=big.bin', { timeout: 60_000 });
  assert.ok(patched <= big.length - before, `${patched} bytes were sent although ${before} were kept`);
  assert.equal(digest(readFileSync(`${site.data}/homes/ann/odd names/big.bin`)), digest(big));

  // Begun in the page, finished by the terminal.
  await page.goto(site.url + '/#/files/odd%20names/deep');
  await page.waitForSelector('.item >> text=deeper');
  await slowly(page);
  await choose(page, page.locator('.toolbar button.main'), site.at('big.bin'));
  await eventually(async () => (await sentOf(page)) > 20, 'a fifth is sent once more');
  await page.locator('.transfer button[aria-label^="Pause"]').first().click();
  await page.waitForSelector('.transfer.paused');
  await page.goto('about:blank');
  const said = await site.client('ann', 'put', site.at('big.bin'), '/odd names/deep/big.bin', '--json');
  assert.match(said, /"resumed":\s*[1-9]|big\.bin/);
  assert.equal(digest(readFileSync(`${site.data}/homes/ann/odd names/deep/big.bin`)), digest(big));
  withoutComplaints(page, /status of|WebSocket|net::ERR_/);
});

function keptOf(page) {
  return page.evaluate(async () => (await (await fetch('/api/v1/uploads')).json()).uploads.reduce((sum, upload) => sum + upload.offset, 0));
}
