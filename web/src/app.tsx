import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { connected, space } from './api/watch.ts';
import { AdminPage } from './admin/page.tsx';
import { startChat, unreadTotal } from './chat/store.ts';
import { ChatPage } from './chat/page.tsx';
import { FilesPage } from './files/page.tsx';
import { TransferPanel } from './files/transfers/panel.tsx';
import { startQueue } from './files/transfers/queue.ts';
import { FirstRun, Login } from './login.tsx';
import { LabPage } from './lab/page.tsx';
import { MePage } from './me/page.tsx';
import { addressOf, go, route } from './route.ts';
import { may, outage, session } from './session.ts';
import { TerminalPage } from './terminal/page.tsx';
import { t } from './text/index.ts';
import { Dialogs, isDialogOpen } from './ui/dialog.tsx';
import { bytes, percent } from './ui/format.ts';
import { Icon, type IconName } from './ui/icons.tsx';
import { Menus } from './ui/menu.tsx';
import { Name } from './ui/name.tsx';
import { showShortcuts } from './ui/shortcuts.tsx';
import { Toasts } from './ui/toast.tsx';
import type { Permission, Session } from './api/types.ts';

interface Page { name: string; icon: IconName; needs?: Permission; view: ComponentType }

const pages: Page[] = [
  { name: 'files', icon: 'folder', needs: 'files', view: FilesPage },
  { name: 'chat', icon: 'chat', needs: 'chat', view: ChatPage },
  { name: 'terminal', icon: 'terminal', needs: 'run', view: TerminalPage },
  { name: 'lab', icon: 'flask', needs: 'run', view: LabPage },
  { name: 'admin', icon: 'people', needs: 'admin', view: AdminPage },
  { name: 'me', icon: 'person', view: MePage },
];

const open = (): Page[] => pages.filter(page => !page.needs || may(page.needs));

export function App() {
  const who = session.value;
  return (
    <>
      {who === undefined ? <Waiting /> : who === null ? <Login /> : who.renew ? <FirstRun /> : <Shell who={who} />}
      <Dialogs />
      <Menus />
      <Toasts />
    </>
  );
}

const Waiting = () => <div class="center" role="status">{outage.value && <><p>{outage.value.message}</p><p class="faint">{t().tryingAgain}</p></>}</div>;

function Shell({ who }: { who: Session }) {
  const shown = open().find(page => page.name === route.value.page);
  useEffect(() => {
    void startQueue(who.account);
    if (may('chat')) return startChat(who.account);
  }, [who.token, who.account]);
  useEffect(() => { if (!shown) go(open()[0]!.name, '', true); }, [shown?.name]);
  useEffect(() => {
    addEventListener('keydown', globalKeys);
    return () => removeEventListener('keydown', globalKeys);
  }, []);
  const unread = unreadTotal.value;
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ''}${shown ? t().pages[shown.name as keyof ReturnType<typeof t>['pages']] : ''} · Switchboard`;
  });
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={event => { event.preventDefault(); document.getElementById('content')?.focus(); }}>{t().skip}</a>
      <Navigation shown={shown?.name} unread={unread} who={who} />
      <main id="content" tabIndex={-1} class={'page ' + (shown?.name ?? '')}>{shown && <shown.view />}</main>
      {may('files') && <TransferPanel />}
      {!connected.value && <div class="offline" role="status"><Icon name="warn" size={16} /> {t().lineLost}</div>}
    </div>
  );
}

function Navigation({ shown, unread, who }: { shown: string | undefined; unread: number; who: Session }) {
  return (
    <nav class="rail" aria-label={t().navigation}>
      <div class="brand" title={who.server}><img src="/favicon.svg" alt="" width="26" height="26" /><span>{who.name ? <Name text={who.name} /> : 'Switchboard'}</span></div>
      {open().map((page, index) => (
        <a key={page.name} href={addressOf(page.name)} aria-current={page.name === shown ? 'page' : undefined} title={`Alt+${index + 1}`}>
          <Icon name={page.icon} />
          <span class="label">{page.name === 'me' ? <Name text={who.account} /> : t().pages[page.name as 'files']}</span>
          {page.name === 'chat' && unread > 0 && <span class="count" aria-label={t().chat.unread(unread)}>{unread > 99 ? '99+' : unread}</span>}
        </a>
      ))}
      <div class="grow" />
      {may('files') && <Quota />}
    </nav>
  );
}

/** How much room is left; always in sight, and as it is now. */
function Quota() {
  const now = space.value;
  if (!now) return null;
  const whole = now.quota ?? now.used + now.free;
  const used = percent(now.used, whole);
  const text = t().quota.text(bytes(now.used), bytes(whole));
  return (
    <div class="quota" title={t().quota.title(bytes(now.free), bytes(now.bin ?? 0), bytes(now.partial ?? 0))}>
      <div class={'meter' + (used > 95 ? ' bad' : used > 80 ? ' warn' : '')} role="meter" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(used)} aria-label={text}>
        <div style={{ inlineSize: used + '%' }} />
      </div>
      <span class="faint">{text}</span>
    </div>
  );
}

function globalKeys(event: KeyboardEvent): void {
  if (isDialogOpen()) return;
  const target = event.target as HTMLElement;
  const typing = target.closest('input, textarea, select, .xterm');
  if (event.key === '?' && !typing) {
    event.preventDefault();
    showShortcuts();
  } else if (event.altKey && !event.ctrlKey && !event.metaKey && event.code.startsWith('Digit')) {
    const page = open()[Number(event.code.slice(5)) - 1];
    if (page) {
      event.preventDefault();
      go(page.name);
    }
  }
}
