// The first login with the generated password leads to setting one's own; wrong passwords are refused; a session ends on all pages at once.
import assert from 'node:assert/strict';
import { fillLogin, fillNewPassword, scenario, withoutComplaints } from './site.mjs';

await scenario(async site => {
  const page = await site.page();
  await page.goto(site.url);
  await fillLogin(page, 'admin', 'not the password');
  await page.waitForSelector('.refused');
  assert.match(await page.textContent('.refused'), /password/i);

  // One failed login costs a second: the page says so, and the next goes through when it has passed.
  await page.waitForTimeout(1500);
  await fillLogin(page, 'admin', site.firstPassword);
  await page.waitForSelector('text=Choose your own password');
  const early = await page.evaluate(async () => (await fetch('/api/v1/entries/')).status);
  assert.equal(early, 403, 'nothing else is possible before');

  await fillNewPassword(page, site.firstPassword, 'short');
  await page.waitForSelector('.refused');
  await fillNewPassword(page, site.firstPassword, 'correct horse battery');
  await page.waitForSelector('.toolbar');

  // The cookie is there, and no script sees it.
  const cookies = await page.context().cookies();
  const cookie = cookies.find(one => one.name === '__Host-switchboard');
  assert.ok(cookie.httpOnly && cookie.secure && cookie.sameSite === 'Strict');
  assert.equal(await page.evaluate(() => document.cookie), '');

  // A second page of the same browser is logged in; logging out ends both.
  const second = await page.context().newPage();
  await second.goto(site.url);
  await second.waitForSelector('.toolbar');
  await page.goto(site.url + '/#/me');
  await page.click('text=Log out');
  await page.waitForSelector('input[name=user]');
  await second.waitForSelector('input[name=user]');

  // A revoked token is felt at once, without anybody doing anything on the page.
  await fillLogin(page, 'admin', 'correct horse battery');
  await page.waitForSelector('.toolbar, .sheet');
  const tokens = await page.evaluate(async () => (await (await fetch('/api/v1/tokens')).json()).tokens);
  const own = await page.evaluate(async () => (await (await fetch('/api/v1/session')).json()).token);
  assert.ok(tokens.some(token => token.id === own));
  await site.operate('account', 'disable', 'admin');
  await page.waitForSelector('input[name=user]');
  withoutComplaints(page);
});
