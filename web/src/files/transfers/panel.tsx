import { useEffect, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { uploads } from '../../api/client.ts';
import type { Kept } from '../../api/types.ts';
import { onNews } from '../../api/watch.ts';
import { route } from '../../route.ts';
import { t } from '../../text/index.ts';
import { bytes, duration, percent } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Name } from '../../ui/name.tsx';
import { nameOf } from '../../ui/path.ts';
import { tried } from '../../ui/toast.tsx';
import { pickAgain, pickFor } from './enqueue.tsx';
import { cancel, clearDone, pauseAll, pauseTransfer, reopenable, reopenAll, resume, resumeAll, summary, transfers, type State, type Transfer } from './queue.ts';
import { secondsLeft } from './speed.ts';

// More rows than a person looks at; the rest is told as a number.
const mostShown = 60;

// Long enough to read that all went well.
const shownWhenDone = 12_000;

const kept = signal<Kept[]>([]);
onNews(news => { kept.value = news.uploads ?? []; });

const order: Record<State, number> = { running: 0, proving: 0, retrying: 1, failed: 2, asking: 3, paused: 4, waiting: 5, done: 6 };

/** The queue of uploads, over every page, for as long as there is something to say. */
export function TransferPanel({ alwaysOpen }: { alwaysOpen?: boolean }) {
  const isFiles = alwaysOpen || route.value.page === 'files';
  const [open, setOpen] = useState(isFiles);
  const all = transfers.value;
  const now = summary.value;
  const mine = new Set(all.map(one => one.path));
  const elsewhere = kept.value.filter(upload => !mine.has(upload.path) && !upload.busy);
  // Beside the files it shows itself; elsewhere it would lie over what somebody works with.
  useEffect(() => setOpen(isFiles), [isFiles, now.active > 0]);
  const isAllDone = all.length > 0 && now.active === 0 && now.stuck === 0;
  useEffect(() => {
    if (!isAllDone || alwaysOpen) return;
    const timer = setTimeout(clearDone, shownWhenDone);
    return () => clearTimeout(timer);
  }, [isAllDone]);
  if (all.length === 0 && (elsewhere.length === 0 || alwaysOpen)) return null;
  const w = t().transfers;
  const isOpen = open || alwaysOpen;
  // By how it was at the last summary: ten thousand states one by one would make ten thousand new lists.
  const rows = [...all].sort((a, b) => order[a.state.peek()] - order[b.state.peek()]);
  return (
    <section class={'transfers' + (isOpen ? ' open' : '') + (isFiles ? '' : ' elsewhere')} aria-label={w.title}>
      <header>
        <button class="flat grow" aria-expanded={isOpen} onClick={() => setOpen(!open)}>
          <span class="grow cut" role="status">{title(elsewhere.length)}</span>
          {!alwaysOpen && <span class={isOpen ? 'turn down' : 'turn'}><Icon name="chevron" size={16} /></span>}
        </button>
        {all.length > 0 && <All />}
      </header>
      {now.active > 0 && <Meter part={now.sent} whole={now.bytes} label={w.title} />}
      {isOpen && (
        <ul>
          {rows.slice(0, mostShown).map(one => <Row key={one.key} transfer={one} />)}
          {rows.length > mostShown && <li class="faint pad">{w.more(rows.length - mostShown)}</li>}
          {elsewhere.map(upload => <KeptRow key={upload.id} upload={upload} />)}
        </ul>
      )}
    </section>
  );
}

function title(elsewhere: number): string {
  const w = t().transfers;
  const now = summary.value;
  if (now.active > 0) {
    const left = secondsLeft(now.bytes - now.sent, now.perSecond);
    return [w.under(now.done, now.files), now.perSecond > 0 && w.perSecond(bytes(now.perSecond)), left !== undefined && w.left(duration(left))].filter(Boolean).join(' · ');
  }
  return now.stuck > 0 ? w.stuck(now.stuck) : now.files > 0 ? w.done(now.done) : w.elsewhere(elsewhere);
}

function All() {
  const w = t().transfers;
  const now = summary.value;
  const asking = transfers.value.some(one => one.state.peek() === 'asking');
  const stopped = transfers.value.some(one => one.file && (one.state.peek() === 'paused' || one.state.peek() === 'failed'));
  return (
    <>
      {reopenable.value.length > 0 && <button onClick={() => void reopenAll()}>{w.goOn}</button>}
      {asking && <button title={w.chooseAgainHint} onClick={() => pickAgain(false)}>{w.chooseAgain}</button>}
      {asking && <button class="flat" aria-label={w.chooseFolderAgain} title={w.chooseFolderAgain} onClick={() => pickAgain(true)}><Icon name="folder" size={18} /></button>}
      {now.active > 0 && <button class="flat" aria-label={w.pauseAll} title={w.pauseAll} onClick={pauseAll}><Icon name="pause" size={18} /></button>}
      {stopped && <button class="flat" aria-label={w.resumeAll} title={w.resumeAll} onClick={resumeAll}><Icon name="play" size={18} /></button>}
      {now.active === 0 && now.done > 0 && <button class="flat" aria-label={w.clear} title={w.clear} onClick={clearDone}><Icon name="close" size={18} /></button>}
    </>
  );
}

function Row({ transfer }: { transfer: Transfer }) {
  const w = t().transfers;
  const state = transfer.state.value;
  const name = nameOf(transfer.path);
  return (
    <li class={'transfer ' + state}>
      <div class="grow">
        <div class="cut"><Name text={name} /></div>
        {state !== 'done' && state !== 'waiting' && <Meter part={transfer.sent.value} whole={transfer.size} label={name} />}
        <div class="faint small">{told(transfer)}</div>
      </div>
      {(state === 'running' || state === 'waiting' || state === 'retrying' || state === 'proving') && <button class="flat" aria-label={w.pause(name)} title={w.pause(name)} onClick={() => pauseTransfer(transfer)}><Icon name="pause" size={16} /></button>}
      {(state === 'paused' || (state === 'failed' && transfer.file)) && <button class="flat" aria-label={w.resume(name)} title={w.resume(name)} onClick={() => resume(transfer)}><Icon name={state === 'failed' ? 'again' : 'play'} size={16} /></button>}
      {state === 'done' ? <Icon name="check" size={18} /> : <button class="flat" aria-label={w.cancel(name)} title={w.cancel(name)} onClick={() => cancel(transfer)}><Icon name="close" size={16} /></button>}
    </li>
  );
}

function told(transfer: Transfer) {
  const w = t().transfers;
  const size = bytes(transfer.size);
  const refusal = transfer.refusal.value;
  switch (transfer.state.value) {
    case 'waiting': return `${size} · ${w.waiting}`;
    case 'proving': return w.proving;
    case 'paused': return `${w.of(bytes(transfer.sent.value), size)} · ${w.paused}`;
    case 'retrying': return `${refusal?.message ?? ''} ${w.retrying}`;
    case 'asking': return `${size} · ${w.asking}`;
    case 'failed': return <span class="bad">{refusal?.message} {refusal?.hint}</span>;
    case 'done': return size;
    case 'running': {
      const left = secondsLeft(transfer.size - transfer.sent.value, transfer.perSecond.value);
      return [w.of(bytes(transfer.sent.value), size), transfer.perSecond.value > 0 && w.perSecond(bytes(transfer.perSecond.value)), left !== undefined && left > 0 && w.left(duration(left))].filter(Boolean).join(' · ');
    }
  }
}

/** An upload that the server keeps and this page does not have: begun in the terminal, in another browser, or long ago. */
function KeptRow({ upload }: { upload: Kept }) {
  const w = t().transfers;
  return (
    <li class="transfer">
      <div class="grow">
        <div class="cut"><Name text={upload.path} /></div>
        <div class="faint small">{upload.size === undefined ? bytes(upload.offset) : w.of(bytes(upload.offset), bytes(upload.size))} · {w.unfinished}</div>
      </div>
      <button onClick={() => pickFor(upload.path)}>{w.chooseFile}</button>
      <button class="flat" aria-label={w.forget} title={w.forget} onClick={() => void tried(async () => { await uploads.drop(upload.id); kept.value = kept.value.filter(one => one.id !== upload.id); })}><Icon name="bin" size={16} /></button>
    </li>
  );
}

const Meter = ({ part, whole, label }: { part: number; whole: number; label: string }) => {
  const done = percent(part, whole);
  return <div class="meter" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(done)}><div style={{ inlineSize: done + '%' }} /></div>;
};
