// A shell in the page, vim in it, a line that breaks, the same job in a second tab and in the terminal client.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { eventually, scenario, withoutComplaints } from './site.mjs';

const screen = page => page.locator('.screen-frame:not([hidden]) .xterm-rows');

async function shows(page, text) {
  await eventually(async () => (await screen(page).innerText()).replaceAll('\u00a0', ' ').includes(text), `the terminal shows ${text}`);
}

await scenario(async site => {
  await site.addAccount('ann', { allow: 'files,chat,run' });
  await site.behindRelay();
  const page = await site.enter('ann', 'terminal');
  await page.click('button.main >> text=New shell');
  await shows(page, '$');
  await page.keyboard.type('echo $((6*7))-answer; printf "\\033[38;2;250;100;0mcolour\\033[0m\\n"; stty size\n');
  await shows(page, '42-answer');
  await shows(page, 'colour');
  assert.equal(await page.evaluate(() => [...document.querySelectorAll('.xterm-rows span')].find(span => span.textContent === 'colour') ? getComputedStyle([...document.querySelectorAll('.xterm-rows span')].find(span => span.textContent === 'colour')).color : ''), 'rgb(250, 100, 0)');

  // vim, with letters of another script.
  await page.keyboard.type('vim -u NONE -N -i NONE -n page.txt\n');
  await shows(page, 'page.txt');
  await page.keyboard.type('i');
  await page.keyboard.insertText('written in a browser — 第一行');
  await shows(page, '第一行');
  await page.keyboard.press('Escape');
  await page.keyboard.type(':wq\n');
  await eventually(() => { try { return readFileSync(`${site.data}/homes/ann/page.txt`, 'utf8') === 'written in a browser — 第一行\n'; } catch { return false; } }, 'vim wrote the file');

  // The window changes its size; the program is told.
  await page.setViewportSize({ width: 900, height: 500 });
  await page.keyboard.type('clear; sleep 0.5; echo size $(stty size)\n');
  await eventually(async () => /^size \d+ \d\d\s*$/m.test((await screen(page).innerText()).replaceAll('\u00a0', ' ')), 'less than 100 columns');

  // The line breaks in the middle of output; nothing is lost and nothing is twice.
  await page.keyboard.type('clear; for i in $(seq 1 40); do echo line-$i; sleep 0.1; done; echo all-said\n');
  await shows(page, 'line-5');
  site.cut();
  await shows(page, 'all-said');
  const said = (await screen(page).innerText()).replaceAll('\u00a0', ' ').split('\n').map(line => line.trim()).filter(line => /^line-\d+$/.test(line));
  const last = Number(said[said.length - 1].slice(5));
  assert.equal(last, 40);
  assert.deepEqual(said, said.map((_, i) => `line-${last - said.length + 1 + i}`));

  // Several tabs, and the same job once more.
  const job = (await page.evaluate(async () => (await (await fetch('/api/v1/jobs')).json()).jobs))[0].id;
  await page.click('[role=tab] >> text=Jobs');
  await page.click('button[aria-label="New shell"]');
  await shows(page, '$');
  assert.equal(await page.locator('.tab [role=tab]').count(), 2);
  const attached = site.startClient('ann', 'attach', job, '--from-start');
  let heard = '';
  attached.stdout.on('data', text => { heard += text; });
  await eventually(() => heard.includes('42-answer'), 'the terminal client sees the job of the page');
  attached.kill();

  // A job that was begun in the terminal is taken up in the page.
  const begun = (await site.client('ann', 'run', '--detach', '--', 'sh', '-c', 'echo begun elsewhere; sleep 300')).trim();
  await page.click('[role=tab] >> text=Jobs');
  await page.locator('.jobs li', { hasText: 'begun elsewhere' }).locator('button', { hasText: 'Attach' }).click();
  await shows(page, 'begun elsewhere');
  await page.evaluate(async id => fetch(`/api/v1/jobs/${id}/signal`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"signal":"KILL"}' }), begun);
  await shows(page, 'ended');
  withoutComplaints(page);
});
