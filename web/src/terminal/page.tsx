import { computed, effect, signal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { jobs as api } from '../api/client.ts';
import { Refusal } from '../api/http.ts';
import type { Job } from '../api/types.ts';
import { t } from '../text/index.ts';
import { isDark } from '../theme.ts';
import { confirm } from '../ui/dialog.tsx';
import { bytes, fullTime, relative } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { useLoaded, type Loaded } from '../ui/load.ts';
import { Name } from '../ui/name.tsx';
import { printable } from '../ui/printable.ts';
import { complain, tried } from '../ui/toast.tsx';
import type { Screen } from './screen.ts';

interface Tab {
  id: number;
  attach?: string;
  job: Signal<string | undefined>;
  title: Signal<string>;
  lost: Signal<Refusal | undefined>;
  isOver: Signal<boolean>;
  screen: Signal<Screen | undefined>;
}

// Tabs outlive the view: who looks at files meanwhile finds the terminals as they were.
const tabs = signal<Tab[]>([]);
const shown = signal(0);
const current = computed(() => tabs.value.find(tab => tab.id === shown.value));
let lastId = 0;

// As many as anybody keeps apart, and far below what the server runs for one account.
const mostTabs = 12;

function open(attach?: string): void {
  const there = attach && tabs.value.find(tab => tab.job.value === attach && !tab.isOver.value);
  if (there) { shown.value = there.id; return; }
  if (tabs.value.length >= mostTabs) return complain(new Refusal('over_limit', t().terminal.tooMany(mostTabs)));
  const tab: Tab = { id: ++lastId, attach, job: signal(attach), title: signal(''), lost: signal(undefined), isOver: signal(false), screen: signal(undefined) };
  tabs.value = [...tabs.value, tab];
  shown.value = tab.id;
}

function close(tab: Tab): void {
  const at = tabs.value.indexOf(tab);
  tab.screen.value?.dispose();
  tabs.value = tabs.value.filter(one => one !== tab);
  if (shown.value === tab.id) shown.value = tabs.value[Math.max(0, at - 1)]?.id ?? 0;
}

export function TerminalPage() {
  const w = t().terminal;
  const loaded = useLoaded(async () => (await api.list(true)).reverse(), [tabs.value.length, shown.value]);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && shown.value === 0) void loaded.again(); }, 5_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="terminals">
      <div class="tabs" role="tablist" aria-label={t().pages.terminal}>
        <button role="tab" aria-selected={shown.value === 0} class="tab" onClick={() => { shown.value = 0; }}><Icon name="list" size={16} /> {w.jobs}</button>
        {tabs.value.map(tab => <TabHead key={tab.id} tab={tab} />)}
        <button class="flat" title={w.newShell} aria-label={w.newShell} onClick={() => open()}><Icon name="add" size={18} /></button>
        <span class="grow" />
        {current.value && <Tools tab={current.value} />}
      </div>
      {shown.value === 0 && <Jobs loaded={loaded} />}
      {tabs.value.map(tab => <TabBody key={tab.id} tab={tab} isShown={tab.id === shown.value} />)}
    </div>
  );
}

function TabHead({ tab }: { tab: Tab }) {
  const w = t().terminal;
  const title = printable(tab.title.value || tab.job.value || w.shell);
  return (
    <span class={'tab' + (tab.isOver.value ? ' off' : '')}>
      <button role="tab" aria-selected={tab.id === shown.value} onClick={() => { shown.value = tab.id; tab.screen.value?.focus(); }}>
        <Icon name={tab.lost.value ? 'warn' : 'terminal'} size={16} /> <span class="cut">{title}</span>
      </button>
      <button class="flat" aria-label={w.closeTab(title)} title={w.closeTab(title)} onClick={() => close(tab)}><Icon name="close" size={14} /></button>
    </span>
  );
}

function Tools({ tab }: { tab: Tab }) {
  const w = t().terminal;
  const copy = (): void => { const text = tab.screen.value?.selection; if (text) void navigator.clipboard.writeText(text).catch(complain); };
  const paste = (): void => void navigator.clipboard.readText().then(text => tab.screen.value?.paste(text), complain);
  return (
    <>
      <button class="flat" aria-label={w.copy} title={w.copy + ' (Ctrl+Shift+C)'} onClick={copy}><Icon name="copy" size={18} /></button>
      <button class="flat" aria-label={w.paste} title={w.paste + ' (Ctrl+Shift+V)'} onClick={paste}><Icon name="clip" size={18} /></button>
    </>
  );
}

function TabBody({ tab, isShown }: { tab: Tab; isShown: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (tab.screen.value) {
      // The view was left and is back: the terminal moves into it as it was.
      tab.screen.value.moveTo(place.current!);
      return;
    }
    void import('./screen.ts').then(loaded => {
      // Undefined where the part could not be fetched; that was told already.
      const Screen = (loaded as typeof loaded | undefined)?.Screen;
      if (!Screen || !tabs.value.includes(tab) || !place.current || tab.screen.value) return;
      const screen = new Screen(place.current, {
        started: job => { tab.job.value = job; },
        title: title => { tab.title.value = title; },
        ended: () => { tab.isOver.value = true; },
        up: reason => { tab.lost.value = reason; },
      });
      tab.screen.value = screen;
      if (tab.attach) screen.attach(tab.attach);
      else screen.openShell();
      screen.focus();
    }, complain);
  }, [tab]);
  useEffect(() => { if (isShown) { tab.screen.value?.fit(); tab.screen.value?.focus(); } }, [isShown, tab.screen.value]);
  return (
    <div class="screen-frame" hidden={!isShown}>
      {tab.lost.value && <div class="note" role="status">{tab.lost.value.message} {t().tryingAgain}</div>}
      <div ref={place} class="screen" />
    </div>
  );
}

function Jobs({ loaded }: { loaded: Loaded<Job[]> }) {
  const w = t().terminal;
  const kill = (job: Job): Promise<boolean> => confirm(w.kill, w.killText(printable(job.command)), w.kill, async () => { await api.signal(job.id, 'KILL'); await loaded.again(); });
  return (
    <div class="sheet">
      <header><h1 class="grow">{w.jobs}</h1><button class="main" onClick={() => open()}><Icon name="terminal" size={18} /> {w.newShell}</button></header>
      <p class="faint">{w.jobsText}</p>
      {loaded.refusal && <p class="bad">{loaded.refusal.message} {loaded.refusal.hint}</p>}
      {loaded.value?.length === 0 && <p class="faint">{w.noJobs}</p>}
      <ul class="jobs">
        {loaded.value?.map(job => (
          <li key={job.id}>
            <span class={'dot ' + job.state} aria-hidden="true" />
            <div class="grow cut">
              <code class="cut"><Name text={job.command} /></code>
              <div class="faint small">{[stateOf(job), <span key="t" title={fullTime(job.started)}>{relative(job.started)}</span>, job.readers > 0 && w.readers(job.readers), bytes(job.stdout + job.stderr)].filter(Boolean).map((part, i) => <span key={i}>{i > 0 && ' · '}{part}</span>)}</div>
            </div>
            {job.state === 'running' && <button class="flat" title={w.interrupt} aria-label={w.interrupt} onClick={() => void tried(() => api.signal(job.id, 'INT'))}><Icon name="pause" size={16} /></button>}
            {job.state === 'running' && <button class="flat" title={w.kill} aria-label={w.kill} onClick={() => void kill(job)}><Icon name="close" size={16} /></button>}
            <button onClick={() => open(job.id)}>{job.state === 'running' ? w.attach : w.look}</button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function stateOf(job: Job): string {
  const w = t().terminal;
  if (job.state === 'running') return job.waiting ? w.waitingState : w.running;
  return job.state === 'lost' ? w.lost : w.ended(job.exit ?? 0, job.reason);
}

effect(() => {
  void isDark();
  for (const tab of tabs.peek()) tab.screen.peek()?.themed();
});
