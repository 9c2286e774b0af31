// Names and messages that try to be markup, other sites that try to use the cookie, offsets that lie, two browsers that upload to one name.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { choose, digest, scenario, withoutComplaints } from './site.mjs';

await scenario(async site => {
  await site.addAccount('ann');
  const page = await site.enter('ann');
  await page.waitForSelector('.toolbar');

  // The policy stands, and holds.
  const policy = await page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'));
  assert.match(policy, /default-src 'none'/);
  assert.ok(!/unsafe-inline|unsafe-eval/.test(policy));
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    try { script.textContent = 'window.owned = true'; } catch { return false; }
    document.body.append(script);
    return window.owned === true;
  });
  assert.equal(ran, false);
  page.complaints.length = 0;

  // Traversal, in every place a path can stand.
  const statuses = await page.evaluate(async () => {
    const json = body => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    const asked = [
      fetch('/api/v1/files/..%2f..%2f..%2fetc%2fpasswd'), fetch('/api/v1/files/%2e%2e/%2e%2e/etc/passwd'), fetch('/api/v1/entries/..%2f..'),
      fetch('/api/v1/zip/..%2f..?name=..%2f..%2fetc'), fetch('/api/v1/zip/?name=..%2f..%2fetc%2fpasswd'), fetch('/api/v1/move', json({ from: '/../../etc/passwd', to: '/x' })),
      fetch('/assets/..%2f..%2fswitchboard.db'), fetch('/api/v1/uploads/..%2f..%2fx/leaves'), fetch('/api/v1/jobs/..%2fx'),
    ];
    return Promise.all((await Promise.all(asked)).map(async answer => [answer.url, answer.status, (await answer.text()).slice(0, 200)]));
  });
  for (const [url, , text] of statuses) assert.ok(!text.includes('root:'), url);

  // Offsets that lie.
  const lies = await page.evaluate(async () => {
    const headers = { 'Tus-Resumable': '1.0.0' };
    const made = await fetch('/api/v1/tus', { method: 'POST', headers: { ...headers, 'Upload-Length': '10', 'Upload-Metadata': 'filename ' + btoa('lied.txt') } });
    const place = made.headers.get('Location');
    const patch = (offset, body) => fetch(place, { method: 'PATCH', headers: { ...headers, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': offset }, body });
    return [(await patch('5', 'x')).status, (await patch('-1', 'x')).status, (await patch('99999999999999999999', 'x')).status, (await patch('0', 'x'.repeat(11))).status, (await patch('nothing', 'x')).status];
  });
  for (const status of lies) assert.ok(status >= 400 && status < 500, String(lies));

  // Another site: its page may send to us, but the cookie does not come along, and what does is refused.
  const evil = createServer((_, answer) => answer.end('<!doctype html><title>evil</title>')).listen(0, '127.0.0.1');
  const other = await page.context().newPage();
  await other.goto(`http://127.0.0.1:${evil.address().port}/`);
  const cross = await other.evaluate(async url => {
    const tries = await Promise.allSettled([
      fetch(url + '/api/v1/entries/', { credentials: 'include' }),
      fetch(url + '/api/v1/files/stolen.txt', { method: 'PUT', body: 'x', credentials: 'include', mode: 'no-cors' }).catch(() => 0),
      fetch(url + '/api/v1/move', { method: 'POST', body: '{"from":"/a","to":"/b"}', credentials: 'include', mode: 'no-cors' }),
      new Promise((resolve, reject) => { const socket = new WebSocket(url.replace('https', 'wss') + '/api/v1/live'); socket.onopen = () => resolve('open'); socket.onerror = () => reject(new Error('refused')); }),
    ]);
    return tries.map(one => one.status === 'fulfilled' ? (one.value?.status ?? one.value) : 'refused');
  }, site.url);
  assert.equal(cross[0], 'refused');
  assert.equal(cross[3], 'refused');
  const listed = await page.evaluate(async () => (await (await fetch('/api/v1/entries/')).json()).entries.map(entry => entry.path));
  assert.ok(!listed.includes('stolen.txt'));
  evil.close();

  // Two browsers upload to one name at once: what stands there afterwards is one of them, whole.
  const second = await site.enter('ann');
  const contents = [randomBytes(24 << 20), randomBytes(24 << 20)];
  contents.forEach((content, i) => writeFileSync(site.at(`one-${i}`), content));
  const pages = [page, second];
  await Promise.all(pages.map(async (one, i) => {
    await one.evaluate(() => { window.sameName = true; });
    await choose(one, one.locator('.toolbar button.main').first(), { name: 'same name.bin', mimeType: 'application/octet-stream', buffer: contents[i] });
    await one.waitForSelector('.transfer.done >> text=same name.bin', { timeout: 60_000 });
  }));
  const stands = digest(readFileSync(`${site.data}/homes/ann/same name.bin`));
  assert.ok(contents.some(content => digest(content) === stands));
  withoutComplaints(page, /status of|Refused to|violates|blocked by CORS|net::ERR_|WebSocket/);
});
