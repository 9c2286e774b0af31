// A Chromium to look at the page with, for development and for the browser tests.
import { chromium } from 'playwright-core';

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--ignore-certificate-errors'],
});

/** A page that collects what went wrong in it. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', message => { if (message.type() === 'error' || message.type() === 'warning') page.complaints.push(message.text()); });
  page.on('pageerror', error => page.complaints.push(String(error.stack ?? error)));
  return page;
}
