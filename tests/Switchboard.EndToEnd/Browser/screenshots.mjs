// Every page in both languages and both themes, on a phone's screen and on a large one, for people to look at. What scrolls sideways is a defect.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { choose, chooseFolder, scenario, withoutComplaints } from './site.mjs';

const places = ['files', 'files/notes', 'files//bin', 'files//shares', 'chat/lobby', 'terminal', 'admin/accounts', 'admin/sessions', 'admin/audit', 'admin/settings', 'me'];
// The large ones take as long as all others: only for who wants to look at them.
const sizes = { phone: { width: 360, height: 740 }, laptop: { width: 1280, height: 800 }, ...(process.env.BROWSER_TEST_SCREENSHOTS ? { '4k': { width: 3840, height: 2160 } } : {}) };

await scenario(async site => {
  const out = process.env.BROWSER_TEST_SCREENSHOTS ?? site.at('screenshots');
  mkdirSync(out, { recursive: true });
  await site.addAccount('小明', { allow: 'files,chat,run,admin,share', quota: '2GiB' });
  await site.addAccount('ben');
  const first = await site.enter('小明');
  mkdirSync(site.at('notes'));
  for (const name of ['读我.md', 'report 2.pdf', 'report 10.pdf', 'photo.png', 'film.mp4', 'a very long name of a file that somebody did not think about before they saved it, twice.tar.gz', 'song.flac', 'x.zip']) writeFileSync(site.at('notes', name), name.repeat(100));
  await chooseFolder(first, site.at('notes'));
  await first.waitForSelector('.item >> text=notes');
  await choose(first, first.locator('.toolbar button.main'), site.at('notes', '读我.md'));
  await first.waitForSelector('.item >> text=读我.md');
  const second = await site.enter('ben', 'chat/lobby');
  for (const text of ['Good morning', '小明, 早上好 — did you see https://example.com/report?', 'a long message '.repeat(20)]) {
    await second.fill('.composer textarea', text);
    await second.keyboard.press('Enter');
  }
  await second.waitForSelector('.message:not(.pending) >> text=a long message');
  await first.context().close();

  for (const [lang, locale] of [['en', 'en-US'], ['zh', 'zh-CN']]) {
    for (const theme of ['light', 'dark']) {
      for (const [size, viewport] of Object.entries(sizes)) {
        const login = await site.page({ locale, colorScheme: theme, viewport });
        await login.goto(site.url);
        await login.waitForSelector('input[name=user]');
        await login.screenshot({ path: `${out}/login-${lang}-${theme}-${size}.png` });
        await login.context().close();
        const page = await site.enter('小明', 'files', { locale, colorScheme: theme, viewport });
        for (const place of places) {
          await page.goto(`${site.url}/#/${place}`);
          await page.waitForFunction(() => document.querySelector('#content > *') && ![...document.querySelectorAll('#content [role=status]')].some(one => /Loading|正在加载/.test(one.textContent)));
          await page.screenshot({ path: `${out}/${place.replaceAll('/', '-')}-${lang}-${theme}-${size}.png` });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${place} is ${wide} pixels too wide (${lang}, ${size})`);
        }
        withoutComplaints(page);
        await page.context().close();
      }
    }
  }
});
