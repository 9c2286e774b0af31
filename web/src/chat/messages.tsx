import { useLayoutEffect, useRef, useState, useEffect } from 'preact/hooks';
import { rooms } from '../api/client.ts';
import type { Message } from '../api/types.ts';
import { may } from '../session.ts';
import { t } from '../text/index.ts';
import { bytes, clock, day, fullTime } from '../ui/format.ts';
import { Icon, iconOf } from '../ui/icons.tsx';
import { Name } from '../ui/name.tsx';
import { printable, printableLines } from '../ui/printable.ts';
import { extension } from '../ui/sort.ts';
import { removeMessage } from './actions.tsx';
import { colorStyle } from './colors.ts';
import { isNamed } from './mentions.ts';
import { dropPending, loadEarlier, postAgain, read, self, watched, type Coming, type Pending, type RoomState } from './store.ts';

// What one person says within this time stands under one name.
const together = 5 * 60_000_000;

// So close to the end counts as being there.
const nearEnd = 40;

export function MessageList({ state }: { state: RoomState }) {
  const element = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const before = useRef({ first: 0, height: 0 });
  const all = state.messages.value;
  const first = all[0]?.number ?? 0;

  useLayoutEffect(() => {
    const scrolled = element.current!;
    // Earlier messages were put before: what is read must not move.
    if (before.current.first > first && before.current.height > 0) scrolled.scrollTop += scrolled.scrollHeight - before.current.height;
    else if (atEnd) scrolled.scrollTop = scrolled.scrollHeight;
    before.current = { first, height: scrolled.scrollHeight };
    if (scrolled.scrollHeight <= scrolled.clientHeight && !state.atBeginning.value && all.length > 0) void loadEarlier(state);
  }, [all, state.pending.value, state.comings.value]);

  useEffect(() => {
    const look = (): void => {
      const sees = atEnd && document.visibilityState === 'visible' && document.hasFocus();
      watched.value = sees ? state.name : undefined;
      if (sees && state.joined.value) read(state, state.info.peek().last);
    };
    look();
    const events = [['focus', window], ['blur', window], ['visibilitychange', document]] as const;
    for (const [name, target] of events) target.addEventListener(name, look);
    return () => { watched.value = undefined; for (const [name, target] of events) target.removeEventListener(name, look); };
  }, [atEnd, all, state.joined.value]);

  useEffect(() => {
    const size = new ResizeObserver(() => { if (atEnd && element.current) element.current.scrollTop = element.current.scrollHeight; });
    size.observe(element.current!);
    return () => size.disconnect();
  }, [atEnd]);

  const scrolled = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = element.current!;
    setAtEnd(scrollHeight - scrollTop - clientHeight < nearEnd);
    if (scrollTop < 300) void loadEarlier(state);
  };
  return (
    <div class="messages-frame">
      <div ref={element} class="messages" role="log" aria-live="polite" aria-label={t().chat.messages} tabIndex={0} onScroll={scrolled}>
        {state.atBeginning.value && <p class="faint beginning">{t().chat.beginning}</p>}
        <Rows state={state} all={all} />
        {state.pending.value.map(one => <PendingRow key={one.key} state={state} pending={one} />)}
      </div>
      {!atEnd && <button class="to-end" aria-label={t().chat.toEnd} title={t().chat.toEnd} onClick={() => { element.current!.scrollTop = element.current!.scrollHeight; }}><span class="turn down"><Icon name="chevron" /></span></button>}
    </div>
  );
}

function Rows({ state, all }: { state: RoomState; all: Message[] }) {
  const w = t().chat;
  const comings = new Map(state.comings.value.map(coming => [coming.after, coming]));
  const mark = state.mark.value;
  let before: Message | undefined;
  const rows = [];
  for (const message of all) {
    if (before && message.number > before.number + 1) rows.push(<p key={'gap' + message.number} class="rule faint"><span>{w.gap(before.number + 1, message.number - 1)}</span></p>);
    if (!before || day(before.time) !== day(message.time)) rows.push(<p key={'day' + message.number} class="rule faint"><span>{day(message.time)}</span></p>);
    const isFirstNew = mark > 0 && message.number > mark && (!before || before.number <= mark) && message.from !== self;
    if (isFirstNew) rows.push(<p key="new" class="rule new"><span>{w.newOnes}</span></p>);
    const goesOn = !!before && !isFirstNew && !message.kind && !before.kind && before.from === message.from && message.time - before.time < together && !comings.has(before.number);
    rows.push(<Row key={message.number} state={state} message={message} goesOn={goesOn} />);
    const coming = comings.get(message.number);
    if (coming) rows.push(<ComingRow key={'coming' + message.number} coming={coming} />);
    before = message;
  }
  if (all.length === 0 && comings.get(state.info.value.last)) rows.push(<ComingRow key="coming" coming={comings.get(state.info.value.last)!} />);
  return <>{rows}</>;
}

const ComingRow = ({ coming }: { coming: Coming }) => {
  const w = t().chat;
  const names = (list: string[]): string => list.slice(0, 5).map(printable).join(', ') + (list.length > 5 ? w.andMore(list.length - 5) : '');
  return <p class="notice faint">{[coming.came.length > 0 && w.came(names(coming.came)), coming.went.length > 0 && w.went(names(coming.went))].filter(Boolean).join(' · ')}</p>;
};

function Row({ state, message, goesOn }: { state: RoomState; message: Message; goesOn: boolean }) {
  const w = t().chat;
  if (message.kind === 'topic') return <p class="notice faint">{message.text ? w.topic(printable(message.from), printable(message.text)) : w.noTopic(printable(message.from))}</p>;
  if (message.kind === 'removed') return <p class="notice faint">{w.removed(printable(message.from), message.target ?? 0)}</p>;
  const meant = message.from !== self && !message.kind && isNamed(message.text, self);
  const isMine = message.from === self;
  return (
    <div class={`message${goesOn ? ' goes-on' : ''}${meant ? ' meant' : ''}`}>
      <time title={fullTime(message.time)}>{clock(message.time)}</time>
      <div class="said">
        {!goesOn && <span class="person" style={colorStyle(message.from)}><Name text={message.from} /></span>}
        {message.kind === 'gone' ? <span class="faint">{w.gone}</span> : message.kind === 'file' ? <FileOf message={message} /> : <Text text={message.text} />}
      </div>
      {(isMine || may('admin')) && !message.kind && <button class="flat acts" aria-label={w.remove} title={w.remove} onClick={() => void removeMessage(state, message)}><Icon name="bin" size={14} /></button>}
    </div>
  );
}

// Only addresses that begin like this become links; what stands behind them is told, and nothing of ours goes along.
const link = /(https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}])/g;

const Text = ({ text }: { text: string }) => (
  <span class="text" dir="auto">
    {printableLines(text).split(link).map((part, index) => index % 2 === 1 ? <a href={part} target="_blank" rel="noopener noreferrer nofollow">{part}</a> : part)}
  </span>
);

const FileOf = ({ message }: { message: Message }) => (
  <a class="button file" href={rooms.fileAddress(message.room, message.number)} download={message.text} title={message.sha256 && 'SHA-256 ' + message.sha256}>
    <Icon name={iconOf('file', extension(message.text))} />
    <span class="cut"><Name text={message.text} /></span>
    <span class="faint">{bytes(message.bytes ?? 0)}</span>
    <Icon name="download" size={16} />
  </a>
);

const PendingRow = ({ state, pending }: { state: RoomState; pending: Pending }) => (
  <div class="message pending">
    <time>…</time>
    <div class="said">
      <Text text={pending.text} />
      {pending.refusal && <div class="bad small" role="alert">{pending.refusal.message} {pending.refusal.hint}{' '}
        <button class="link" onClick={() => postAgain(state, pending)}>{t().tryAgain}</button> <button class="link" onClick={() => dropPending(state, pending)}>{t().chat.discard}</button></div>}
    </div>
  </div>
);
