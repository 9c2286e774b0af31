import { signal } from '@preact/signals';
import { Line, Pauses, endsLogin } from './line.ts';
import type { News, Space } from './types.ts';

/** The account's room, as it is now. */
export const space = signal<Space | undefined>(undefined);

/** The line to the server is there. */
export const connected = signal(true);

/** `isFirst`: of a line; what changed before it was there is not told. */
type Listener = (news: News, isFirst: boolean) => void;

const listeners = new Set<Listener>();
let line: Line | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
const pauses = new Pauses();

export function onNews(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows what changes in the account's files, for as long as somebody is logged in. */
export function watch(): void {
  unwatch();
  const mine = line = new Line(true);
  let isFirst = true;
  mine.onFrame = ({ header }) => {
    if (header.type !== 'news') return;
    const news = header as unknown as News;
    space.value = news;
    for (const listener of listeners) listener(news, isFirst);
    isFirst = false;
  };
  mine.onClosed = reason => {
    connected.value = false;
    if (!endsLogin(reason)) again = setTimeout(watch, pauses.next(reason.retryAfter));
  };
  void mine.opened.then(() => {
    connected.value = true;
    pauses.reset();
    mine.send({ type: 'watch', id: 1 });
  }, () => undefined);
}

export function unwatch(): void {
  clearTimeout(again);
  line?.close();
  line = undefined;
}

// The machine woke up, or has a network again: no reason to wait out the pause.
globalThis.addEventListener?.('online', () => { if (line && !line.isOpen) watch(); });
