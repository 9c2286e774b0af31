import { computed, signal, type Signal } from '@preact/signals';
import { asRefusal, type Refusal } from '../../api/http.ts';
import { Pauses } from '../../api/line.ts';
import { random } from '../../ui/store.ts';
import { forgetTransfers, keepTransfers, keptTransfers } from './keep.ts';
import { Speed } from './speed.ts';
import { forget, ownUploads, passes, upload } from './upload.ts';

/**
 * waiting: its turn has not come. proving: what the server keeps is compared. running. paused: by a person. retrying: the line is lost.
 * asking: the page was loaded anew and the file must be given again. failed: by itself it will not go on.
 */
export type State = 'waiting' | 'proving' | 'running' | 'paused' | 'retrying' | 'asking' | 'failed' | 'done';

export interface Transfer {
  key: string;
  path: string;
  size: number;
  modified: number;
  ifExists: string;
  file?: File;
  handle?: FileSystemFileHandle;
  address?: string;
  state: Signal<State>;
  sent: Signal<number>;
  perSecond: Signal<number>;
  refusal: Signal<Refusal | undefined>;
  speed: Speed;
  stop?: AbortController;
  onDone?: (path: string) => void;
}

// Small files go side by side, so that the line is full while the server makes one durable; more only shares the line.
const sideBySide = 3;

// A queue that outlives the page is worth this many records; what is beyond is asked for again by dropping it again.
const mostKept = 5_000;

// Finished ones that stay to be looked at.
const mostDone = 100;

export const transfers = signal<Transfer[]>([]);

/** How far all are, twice a second. */
export const summary = signal({ files: 0, done: 0, bytes: 0, sent: 0, perSecond: 0, active: 0, stuck: 0 });

export const isBusy = computed(() => summary.value.active > 0);

let running = 0;
let waiting: Transfer[] = [];
let ticking: ReturnType<typeof setInterval> | undefined;
let doneFiles = 0, doneBytes = 0;
const speed = new Speed();

/** Where the uploads of this page go, and whose they are. */
let place = ownUploads;
let owner: string | undefined;

export interface NewTransfer { path: string; file: File; handle?: FileSystemFileHandle; ifExists: string; onDone?: (path: string) => void }

export function add(list: NewTransfer[]): void {
  const made = list.map(one => transferOf({ ...one, key: random(9), size: one.file.size, modified: one.file.lastModified }, 'waiting'));
  transfers.value = [...transfers.value, ...made];
  waiting.push(...made);
  void keep(made.slice(0, mostKept).filter(one => !one.onDone));
  pump();
}

async function keep(list: Transfer[]): Promise<void> {
  const account = owner;
  if (account) await keepTransfers(list.map(({ key, path, size, modified, ifExists, handle, address }) => ({ key, account, path, size, modified, ifExists, handle, address })));
}

const transferOf = (from: Pick<Transfer, 'key' | 'path' | 'size' | 'modified' | 'ifExists' | 'file' | 'handle' | 'address' | 'onDone'>, state: State): Transfer =>
  ({ ...from, state: signal(state), sent: signal(0), perSecond: signal(0), refusal: signal(undefined), speed: new Speed() });

/** Takes up what this browser kept of a queue: an account's, or that of a link with its own place. */
export async function startQueue(account: string, address = ownUploads): Promise<void> {
  if (owner === account) return pump();
  stopAll();
  owner = account;
  place = address;
  const kept = await keptTransfers(account);
  const made = kept.map(record => transferOf(record, 'asking'));
  transfers.value = [...made, ...transfers.value];
  for (const one of made) if (one.handle && await permission(one.handle, false)) await reopen(one);
  tick();
}

function stopAll(): void {
  for (const one of transfers.value) one.stop?.abort(new DOMException('', 'AbortError'));
  transfers.value = [];
  waiting = [];
  doneFiles = doneBytes = 0;
}

type WithPermission = FileSystemFileHandle & { queryPermission?(mode: { mode: 'read' }): Promise<string>; requestPermission?(mode: { mode: 'read' }): Promise<string> };

async function permission(handle: FileSystemFileHandle, ask: boolean): Promise<boolean> {
  const asked = handle as WithPermission;
  try {
    return await (ask ? asked.requestPermission?.({ mode: 'read' }) : asked.queryPermission?.({ mode: 'read' })) === 'granted';
  } catch {
    return false;
  }
}

async function reopen(transfer: Transfer): Promise<boolean> {
  const file = await transfer.handle?.getFile().catch(() => undefined);
  return file !== undefined && give(transfer, file);
}

/** The browser may be asked for these without a person choosing them again. */
export const reopenable = computed(() => transfers.value.filter(one => one.state.value === 'asking' && one.handle));

export async function reopenAll(): Promise<void> {
  for (const one of reopenable.value) if (await permission(one.handle!, true)) await reopen(one);
}

/** Hands a file to a transfer that waits for it. @returns false when it is another file */
export function give(transfer: Transfer, file: File): boolean {
  if (file.size !== transfer.size || file.lastModified !== transfer.modified) return false;
  transfer.file = file;
  enlist(transfer);
  return true;
}

/** Hands chosen files to whichever transfers wait for them. @returns those nobody waits for */
export function giveAll(files: File[]): File[] {
  return files.filter(file => {
    const found = transfers.value.find(one => one.state.value === 'asking' && one.path.endsWith('/' + (file.webkitRelativePath || file.name)) && give(one, file))
      ?? transfers.value.find(one => one.state.value === 'asking' && one.path.endsWith('/' + file.name) && give(one, file));
    return !found;
  });
}

function enlist(transfer: Transfer): void {
  transfer.refusal.value = undefined;
  transfer.state.value = 'waiting';
  waiting.push(transfer);
  pump();
}

function pump(): void {
  while (running < sideBySide && waiting.length > 0) {
    const next = waiting.shift()!;
    if (next.state.value !== 'waiting') continue;
    running++;
    void run(next).finally(() => { running--; pump(); });
  }
  if (ticking === undefined) tick();
}

async function run(transfer: Transfer): Promise<void> {
  const stop = transfer.stop = new AbortController();
  const pauses = new Pauses();
  transfer.speed.reset();
  while (!stop.signal.aborted) {
    try {
      transfer.state.value = 'running';
      const path = await upload({ path: transfer.path, file: transfer.file!, ifExists: transfer.ifExists, address: transfer.address }, place, stop.signal, {
        begun: address => remember(transfer, address),
        sent: bytes => { if (bytes > transfer.sent.value) pauses.reset(); transfer.sent.value = bytes; },
        proving: isProving => { transfer.state.value = isProving ? 'proving' : 'running'; },
      });
      return finished(transfer, path);
    } catch (error) {
      if (stop.signal.aborted) return;
      const refusal = asRefusal(error);
      // To leave alone what stands there was asked for.
      if (refusal.code === 'exists' && transfer.ifExists === 'skip') return finished(transfer, transfer.path);
      transfer.refusal.value = refusal;
      if (!passes(refusal)) {
        transfer.state.value = 'failed';
        return;
      }
      transfer.state.value = 'retrying';
      await pause(pauses.next(refusal.retryAfter), stop.signal);
    }
  }
}

// The server finds an account's uploads by their paths; those of a link are found by whoever knows where they are.
function remember(transfer: Transfer, address: string): void {
  if (transfer.address === address || place === ownUploads) return;
  transfer.address = address;
  void keep([transfer]);
}

/** Waits, but no longer than until there is a network again. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => { clearTimeout(timer); removeEventListener('online', end); resolve(); };
    const timer = setTimeout(end, milliseconds);
    addEventListener('online', end);
    signal.addEventListener('abort', end, { once: true });
  });
}

function finished(transfer: Transfer, path: string): void {
  transfer.path = path;
  transfer.sent.value = transfer.size;
  transfer.state.value = 'done';
  transfer.file = undefined;
  void forgetTransfers([transfer.key]);
  transfer.onDone?.(path);
  const done = transfers.value.filter(one => one.state.peek() === 'done');
  if (done.length > mostDone * 2) drop(new Set(done.slice(0, mostDone)));
}

/** Takes finished ones off the list; they stay in the count. */
function drop(gone: ReadonlySet<Transfer>): void {
  for (const one of gone) {
    doneFiles++;
    doneBytes += one.size;
  }
  transfers.value = transfers.value.filter(one => !gone.has(one));
}

export function pauseTransfer(transfer: Transfer): void {
  transfer.stop?.abort(new DOMException('', 'AbortError'));
  transfer.state.value = 'paused';
  transfer.perSecond.value = 0;
  if (ticking === undefined) tick();
}

export const resume = (transfer: Transfer): void => { if (transfer.file) enlist(transfer); };

/** Takes one off the queue; what the server keeps of it stays there until it expires or is forgotten. */
export function cancel(transfer: Transfer): void {
  transfer.stop?.abort(new DOMException('', 'AbortError'));
  transfer.state.value = 'failed';
  transfers.value = transfers.value.filter(one => one !== transfer);
  void forgetTransfers([transfer.key]);
  // It holds a place among the few that a link takes, and nobody else could give that up.
  if (transfer.address) void forget(transfer.address).catch(() => undefined);
  tick();
}

const isActive = (state: State): boolean => state === 'waiting' || state === 'running' || state === 'proving' || state === 'retrying';

export function pauseAll(): void {
  for (const one of transfers.value) if (isActive(one.state.value)) pauseTransfer(one);
  tick();
}

export function resumeAll(): void {
  for (const one of transfers.value) if (one.state.value === 'paused' || one.state.value === 'failed') resume(one);
}

export function clearDone(): void {
  transfers.value = transfers.value.filter(one => one.state.value !== 'done');
  doneFiles = doneBytes = 0;
  tick();
}

function tick(): void {
  const now = Date.now();
  const next = { files: doneFiles, done: doneFiles, bytes: doneBytes, sent: doneBytes, perSecond: 0, active: 0, stuck: 0 };
  for (const one of transfers.peek()) {
    const state = one.state.peek();
    next.files++;
    next.bytes += one.size;
    next.sent += state === 'proving' ? 0 : one.sent.peek();
    if (state === 'done') next.done++;
    else if (isActive(state)) next.active++;
    else next.stuck++;
    if (state === 'running') {
      one.speed.add(now, one.sent.peek());
      one.perSecond.value = one.speed.perSecond(now);
    } else if (one.perSecond.peek() !== 0) one.perSecond.value = 0;
  }
  if (next.active > 0) speed.add(now, next.sent);
  else speed.reset();
  next.perSecond = speed.perSecond(now);
  summary.value = next;
  if (next.active > 0) ticking ??= setInterval(tick, 500);
  else { clearInterval(ticking); ticking = undefined; }
}

addEventListener('beforeunload', event => { if (isBusy.peek()) event.preventDefault(); });
