import type { Frame, Header } from './frames.ts';
import { type Refusal } from './http.ts';
import { Line, refusalOf } from './line.ts';

interface Waiting {
  items: unknown[];
  onPayload?: (frame: Frame) => void;
  resolve: (answer: { header: Header; items: unknown[] }) => void;
  reject: (reason: Refusal) => void;
}

// Requests that have no place in the HTTP API: they share one line, opened when the first comes, and again after it was idle for too long.
let line: Line | undefined;
let lastId = 0;
const waiting = new Map<number, Waiting>();

/** Asks over the live line; the answer's lists are read as JSON lines. */
export async function ask(header: Header, payload?: Uint8Array, onPayload?: (frame: Frame) => void): Promise<{ header: Header; items: unknown[] }> {
  const open = await lineNow();
  const id = ++lastId;
  return await new Promise((resolve, reject) => {
    waiting.set(id, { items: [], onPayload, resolve, reject });
    open.send({ ...header, id }, payload);
  });
}

async function lineNow(): Promise<Line> {
  if (!line) {
    line = new Line(false);
    line.onFrame = receive;
    line.onClosed = reason => {
      line = undefined;
      const lost = [...waiting.values()];
      waiting.clear();
      for (const one of lost) one.reject(reason);
    };
  }
  const open = line;
  await open.opened;
  return open;
}

/** Ends the shared line, as the session it belongs to ended. */
export function hangUp(): void {
  line?.close();
  line = undefined;
  waiting.clear();
}

function receive({ header, payload }: Frame): void {
  const one = waiting.get(header.id ?? -1);
  if (!one) return;
  if (header.type === 'items') {
    one.items.push(...new TextDecoder().decode(payload).split('\n').filter(row => row).map(row => JSON.parse(row) as unknown));
  } else if (header.type === 'error') {
    waiting.delete(header.id!);
    one.reject(refusalOf(header));
  } else if (header.type === 'ok') {
    waiting.delete(header.id!);
    one.resolve({ header, items: one.items });
  } else {
    one.onPayload?.({ header, payload });
  }
}
