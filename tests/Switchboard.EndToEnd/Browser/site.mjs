// A server of its own and a Chromium that looks at it, for the scenarios beside this file.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const { chromium } = createRequire(new URL('../../../web/package.json', import.meta.url))('playwright-core');
const run = promisify(execFile);
const program = process.env.SWITCHBOARD_BIN;

// What is meant for the tests is no setting of the server.
const surroundings = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SWITCHBOARD_')));

export const password = 'a password for tests';

// A machine that runs everything at once is slow; what takes longer hangs.
const patience = 30_000;

export const digest = content => createHash('sha256').update(content).digest('hex');

/** Waits until something holds, asking again. */
export async function eventually(holds, what) {
  const end = Date.now() + patience;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > end) throw new Error('did not come about: ' + what);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

export class Site {
  #process;
  #browser;
  #relay;
  #lines = new Set();
  folder = mkdtempSync(join(tmpdir(), 'switchboard-browser-'));
  port = 0;
  log = '';
  /** No line comes about through the relay. */
  isDown = false;

  static async start(...settings) {
    const site = new Site();
    // Started by root the server becomes another user, who must be able to come by.
    chmodSync(site.folder, 0o711);
    site.settings = settings;
    await site.startAgain();
    return site;
  }

  at(...names) { return join(this.folder, ...names); }
  get data() { return this.at('data'); }
  get url() { return `https://127.0.0.1:${this.#relay?.address().port ?? this.port}`; }
  get environment() { return { ...surroundings, HOME: this.folder, XDG_CONFIG_HOME: this.at('config'), XDG_DATA_HOME: this.at('share'), LANG: 'C.UTF-8' }; }

  async startAgain() {
    this.#process = spawn(program, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--ftp', 'off', '--udp', 'off', ...this.settings], { env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.stderr.on('data', text => { this.log += text; });
    const line = await new Promise((resolve, reject) => {
      let text = '';
      this.#process.stdout.on('data', part => { text += part; const found = /^ready .*$/m.exec(text); if (found) resolve(found[0]); });
      this.#process.on('exit', () => reject(new Error('the server ended: ' + this.log)));
    });
    this.port = Number(/native=\S*:(\d+)/.exec(line)[1]);
    this.fingerprint = /fingerprint=(\S+)/.exec(line)[1];
  }

  /** From now on browsers come by way of a relay, whose lines can be cut. */
  async behindRelay() {
    this.#relay = createServer(browser => {
      if (this.isDown) return browser.destroy();
      const server = connect(this.port, '127.0.0.1');
      for (const [one, other] of [[browser, server], [server, browser]]) {
        this.#lines.add(one);
        one.pipe(other);
        one.on('error', () => undefined);
        one.on('close', () => { this.#lines.delete(one); other.destroy(); });
      }
    });
    await new Promise(resolve => this.#relay.listen(0, '127.0.0.1', resolve));
  }

  cut() {
    for (const line of this.#lines) line.destroy();
  }

  async kill9() { await this.#end('SIGKILL'); }
  async stop() { await this.#end('SIGTERM'); }

  async #end(signal) {
    const gone = new Promise(resolve => this.#process.once('exit', resolve));
    this.#process.kill(signal);
    await gone;
  }

  get firstPassword() { return readFileSync(this.at('data', 'first-run'), 'utf8').trim(); }

  async #type(words, input = '', environment = this.environment) {
    const started = run(program, words, { env: environment, maxBuffer: 64 << 20 });
    started.child.stdin.end(input);
    return (await started).stdout;
  }

  /** The command line of whoever runs the server. */
  operate(...words) { return this.#type([...words, '--data', this.data]); }

  async addAccount(name, { quota, allow } = {}) {
    await this.#type(['account', 'add', name, '--password-stdin', '--data', this.data, ...(quota ? ['--quota', quota] : []), ...(allow ? ['--allow', allow] : [])], password + '\n');
    // Chosen by somebody else it would have to be changed first: the person has done that already.
    await this.#becomeOwn(name);
  }

  async #becomeOwn(name) {
    const page = await this.page();
    await page.goto(this.url);
    await fillLogin(page, name, password);
    await page.waitForSelector('input[name=again], .rail');
    if (await page.locator('input[name=again]').count() > 0) {
      await fillNewPassword(page, password, password);
      await page.waitForSelector('.rail');
    }
    await page.context().close();
  }

  /** The client in a terminal, as an account. */
  client(account, ...words) { return this.#type(words, '', this.clientEnvironment(account)); }

  clientEnvironment(account) {
    return { ...this.environment, SWITCHBOARD_SERVER: `127.0.0.1:${this.port}`, SWITCHBOARD_USER: account, SWITCHBOARD_PASSWORD: password, SWITCHBOARD_FINGERPRINT: this.fingerprint };
  }

  startClient(account, ...words) { return spawn(program, words, { env: this.clientEnvironment(account), stdio: ['pipe', 'pipe', 'pipe'] }); }

  /** An empty browser window; what goes wrong in it is kept in `complaints`. */
  async page(options = {}) {
    this.#browser ??= await chromium.launch({
      executablePath: process.env.BROWSER_TEST_PROGRAM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--ignore-certificate-errors',
        // A page that comes from a folder has no address that the browser could compare the server's with.
        ...(process.env.BROWSER_TEST_PAGE ? ['--disable-features=LocalNetworkAccessChecks'] : [])],
    });
    const context = await this.#browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 }, locale: 'en-US', permissions: ['clipboard-read', 'clipboard-write'], ...options });
    if (process.env.BROWSER_TEST_PAGE) await context.route(address => address.protocol === 'https:' && !/^\/(api\/|healthz)/.test(address.pathname), route => this.#fromFolder(route, process.env.BROWSER_TEST_PAGE));
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.complaints = [];
    page.on('console', message => { if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text()); });
    page.on('pageerror', error => page.complaints.push(String(error.stack ?? error)));
    page.on('dialog', dialog => {
      // Whoever leaves in the middle of an upload is asked; every other dialog is none of ours.
      if (dialog.type() === 'beforeunload') return void dialog.accept();
      page.complaints.push('dialog: ' + dialog.message());
      void dialog.dismiss();
    });
    return page;
  }

  /** For work on the page: what was just built (web/dist) in place of what is in the program. */
  async #fromFolder(route, folder) {
    const { pathname } = new URL(route.request().url());
    const file = join(folder, /^\/(assets\/|favicon)/.test(pathname) ? pathname : 'index.html');
    if (!existsSync(file)) return route.continue();
    const answer = await route.fetch();
    await route.fulfill({ path: file, headers: { 'Content-Security-Policy': answer.headers()['content-security-policy'] + "; require-trusted-types-for 'script'" } });
  }

  /** A window in which an account is logged in, at a place of the page. */
  async enter(account, place = 'files', options = {}) {
    const page = await this.page(options);
    await page.goto(`${this.url}/#/${place}`);
    await fillLogin(page, account, password);
    await page.waitForSelector('.rail');
    return page;
  }

  /** What stood on the screen when it went wrong, where somebody wants to see it. */
  async showPages() {
    const folder = process.env.BROWSER_TEST_SCREENSHOTS;
    const pages = folder ? this.#browser?.contexts().flatMap(context => context.pages()) ?? [] : [];
    for (const [i, page] of pages.entries()) {
      console.error(page.url(), page.complaints);
      await page.screenshot({ path: join(folder, `failed-${i}.png`) }).catch(() => undefined);
    }
  }

  /** Jobs outlive the server, but not the scenario: whatever was started with our folder in its command line ends here. */
  #endJobs() {
    for (const id of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        if (readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(this.folder)) process.kill(Number(id), 'SIGKILL');
      } catch {
        // It ended while it was looked at, or is somebody else's.
      }
    }
  }

  async end() {
    await this.#browser?.close();
    this.#relay?.close();
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill9();
    this.#endJobs();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function fillLogin(page, user, word) {
  await page.fill('input[name=user]', user);
  await page.fill('input[name=password]', word);
  await page.click('form button.main');
}

export async function fillNewPassword(page, given, own) {
  await page.fill('input[name=current]', given);
  await page.fill('input[name=password]', own);
  await page.fill('input[name=again]', own);
  await page.click('form button.main');
}

/** Chooses files by a button that opens the system's dialog. */
export async function choose(page, button, paths) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.click()]);
  await chooser.setFiles(paths);
}

export async function chooseFolder(page, path) {
  await page.click('.toolbar button[aria-label="More"]');
  await choose(page, page.locator('.menu button', { hasText: 'Upload a folder' }), path);
}

/** A line that needs seconds for the file, so that there is a middle of it. */
export async function slowly(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 12 << 20 });
}

/** Percent of the upload that runs. */
export async function sentOf(page) {
  return Number(await page.locator('.transfer.running .meter').first().getAttribute('aria-valuenow').catch(() => 0));
}

/** Nothing but what was expected stands on the console: no policy violated, no error of ours. A refused request is told there by the browser itself. */
export function withoutComplaints(page, except = /the server responded with a status of|WebSocket connection to|net::ERR_/) {
  const left = page.complaints.filter(text => !except.test(text));
  if (left.length > 0) throw new Error('the browser complained: ' + left.join('\n'));
}

/** Runs a scenario with a site of its own, and takes it down whatever happens. */
export async function scenario(work, ...settings) {
  const site = await Site.start(...settings);
  process.on('uncaughtException', error => { console.error(error); void site.end().finally(() => process.exit(1)); });
  try {
    await work(site);
    console.log('passed');
  } catch (error) {
    console.error(error);
    await site.showPages();
    console.error('log of the server:\n' + site.log.slice(-4000));
    process.exitCode = 1;
  } finally {
    await site.end();
  }
}
