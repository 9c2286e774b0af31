import { batch, computed, signal, type Signal } from '@preact/signals';
import { rooms as api } from '../api/client.ts';
import { asRefusal, type Refusal } from '../api/http.ts';
import { ask } from '../api/requests.ts';
import type { Message, Room } from '../api/types.ts';
import { complain } from '../ui/toast.tsx';
import { keep, kept, random } from '../ui/store.ts';
import { isNamed } from './mentions.ts';
import { notify } from './notices.ts';
import { ChatSession } from './session.ts';

export interface Pending { key: string; text: string; refusal?: Refusal }

/** Who came and went behind a message; neighbours are folded into one. */
export interface Coming { after: number; came: string[]; went: string[] }

export class RoomState {
  readonly info: Signal<Room>;
  readonly messages = signal<Message[]>([]);
  readonly pending = signal<Pending[]>([]);
  readonly comings = signal<Coming[]>([]);
  readonly atBeginning = signal(false);
  readonly joined = signal(false);
  readonly refusal = signal<Refusal | undefined>(undefined);

  /** The last message that was read when the room was opened: the line of what is new stands behind it. */
  readonly mark = signal(0);
  readonly unread = computed(() => Math.max(0, this.info.value.last - (this.info.value.read ?? 0)));

  /** The last one that came in its turn; after a broken line the next is asked for. */
  received = 0;
  loading = false;

  constructor(room: Room) { this.info = signal(room); }

  get name(): string { return this.info.peek().name; }

  change(change: Partial<Room>): void { this.info.value = { ...this.info.peek(), ...change }; }
}

// Older ones are fetched again when somebody scrolls there.
const mostHeld = 2_000;
const page = 60;

export const rooms = signal<ReadonlyMap<string, RoomState>>(new Map());
export const chatFailure = signal<Refusal | undefined>(undefined);
export const chatIsUp = signal(false);
export const people = new Set<string>();
export let self = '';

/** The room in front of the person's eyes, with its last message in sight; else none. */
export const watched = signal<string | undefined>(undefined);

// Rooms that are open to the account but that it never entered count for nothing.
const isMember = (room: Room): boolean => (room.read !== undefined || room.kind !== 'public' || room.name === 'lobby') && !left().has(room.name);

const left = (): Set<string> => new Set((kept('left.' + self) ?? '').split(' ').filter(name => name));
const keepLeft = (names: Set<string>): void => keep('left.' + self, names.size > 0 ? [...names].join(' ') : undefined);

export const members = computed(() => [...rooms.value.values()].filter(room => isMember(room.info.value) || room.joined.value));
export const others = computed(() => [...rooms.value.values()].filter(room => !members.value.includes(room)));
export const unreadTotal = computed(() => members.value.reduce((sum, room) => sum + room.unread.value, 0));

let session: ChatSession | undefined;

/** Follows the rooms of an account. @returns what ends it */
export function startChat(account: string): () => void {
  self = account;
  people.add(account);
  const mine = session = new ChatSession({
    rooms: joins, joined, message, presence, posted, refused, parted,
    up: isUp => { chatIsUp.value = isUp; },
    texts: () => [...rooms.value.values()].flatMap(room => room.pending.value.filter(one => !one.refusal).map(one => ({ room: room.name, ...one }))),
  });
  void refreshRooms().then(() => { if (session === mine) mine.start(); });
  const visible = (): void => { if (document.visibilityState === 'visible') void refreshRooms(); };
  document.addEventListener('visibilitychange', visible);
  return () => {
    document.removeEventListener('visibilitychange', visible);
    mine.stop();
    session = undefined;
    rooms.value = new Map();
  };
}

export async function refreshRooms(): Promise<void> {
  try {
    const listed = await api.list();
    batch(() => {
      const next = new Map<string, RoomState>();
      for (const room of listed) {
        const there = rooms.value.get(room.name);
        there?.change({ ...room, last: Math.max(room.last, there.info.value.last), read: there.info.value.read === undefined ? room.read : Math.max(room.read ?? 0, there.info.value.read) });
        next.set(room.name, there ?? new RoomState(room));
      }
      rooms.value = next;
      chatFailure.value = undefined;
    });
  } catch (error) {
    chatFailure.value = asRefusal(error);
  }
}

const room = (name: string): RoomState | undefined => rooms.value.get(name);

// At most 64 fit into one session; those with something new first.
const joins = () => [...members.value]
  .sort((a, b) => b.unread.value - a.unread.value || b.info.value.last - a.info.value.last)
  .slice(0, 60)
  .map(state => ({ room: state.name, from: state.received > 0 ? state.received + 1 : Math.max(1, state.info.value.last - page + 1) }));

function joined(name: string, next: number, last: number, topic: string | undefined, here: number): void {
  if (!room(name)) {
    const added = new RoomState({ name, kind: name.startsWith('@') ? 'private' : 'public', topic, here, last });
    rooms.value = new Map(rooms.value).set(name, added);
  }
  const state = room(name)!;
  batch(() => {
    state.joined.value = true;
    state.refusal.value = undefined;
    state.change({ topic, here, last: Math.max(last, state.info.value.last) });
    if (state.received === 0) {
      state.received = next - 1;
      state.atBeginning.value = next <= 1;
      state.mark.value = state.info.value.read ?? last;
    }
  });
}

function message(said: Message): void {
  const state = room(said.room);
  if (!state) return;
  people.add(said.from);
  state.received = Math.max(state.received, said.number);
  const isNew = insert(state, said);
  if (!isNew) return;
  if (said.from === self || watched.value === said.room) read(state, said.number);
  else if (said.number > (state.info.value.read ?? 0) && state.joined.value && (said.room.startsWith('@') || (!said.kind && isNamed(said.text, self)))) notify(said);
}

/** Puts a message in its place. @returns whether it was not there before */
function insert(state: RoomState, said: Message): boolean {
  const all = state.messages.value;
  let at = all.length;
  while (at > 0 && all[at - 1]!.number > said.number) at--;
  if (at > 0 && all[at - 1]!.number === said.number) return false;
  batch(() => {
    const next = [...all.slice(Math.max(0, all.length - mostHeld), at), said, ...all.slice(at)];
    if (all.length > mostHeld) state.atBeginning.value = false;
    state.messages.value = said.kind === 'removed' && said.target !== undefined ? next.map(one => one.number === said.target ? { ...one, kind: 'gone', text: '' } : one) : next;
    state.change({ last: Math.max(state.info.value.last, said.number), ...(said.kind === 'topic' ? { topic: said.text || undefined } : {}) });
  });
  return true;
}

/** A person has seen a room up to here. */
export function read(state: RoomState, number: number): void {
  if (number <= (state.info.value.read ?? -1)) return;
  state.change({ read: number });
  session?.seen(state.name, number);
}

function presence(name: string, came: string[], went: string[], here: number): void {
  const state = room(name);
  if (!state) return;
  for (const one of came) people.add(one);
  state.change({ here });
  // In a conversation between two it would be noise: the other one is not the room's guest.
  if (name.startsWith('@')) return;
  state.comings.value = folded(state.comings.value, state.info.value.last, came.filter(one => one !== self), went.filter(one => one !== self));
}

/** Who comes and goes behind the same message becomes one line, in which nobody stands twice. */
export function folded(all: Coming[], after: number, came: string[], went: string[]): Coming[] {
  if (came.length + went.length === 0) return all;
  const last = all[all.length - 1];
  const before = last?.after === after ? last : { after, came: [], went: [] };
  const next = {
    after,
    came: [...before.came.filter(name => !went.includes(name)), ...came.filter(name => !before.came.includes(name) && !before.went.includes(name))],
    went: [...before.went.filter(name => !came.includes(name)), ...went.filter(name => !before.went.includes(name) && !before.came.includes(name))],
  };
  const rest = last === before ? all.slice(0, -1) : all;
  return next.came.length + next.went.length === 0 ? rest : [...rest, next].slice(-50);
}

function posted(name: string, key: string | undefined, number: number, time: number): void {
  const state = room(name);
  const mine = state?.pending.value.find(one => one.key === key);
  if (!state || !mine) return;
  batch(() => {
    state.pending.value = state.pending.value.filter(one => one !== mine);
    if (number === state.received + 1) state.received = number;
    insert(state, { room: name, number, from: self, time, text: mine.text });
    read(state, number);
  });
}

function refused(name: string, key: string | undefined, refusal: Refusal): void {
  const state = room(name) ?? [...rooms.value.values()].find(one => one.name === name);
  if (!state) return complain(refusal);
  if (key === undefined) state.refusal.value = refusal;
  else state.pending.value = state.pending.value.map(one => one.key === key ? { ...one, refusal } : one);
}

function parted(name: string): void {
  const state = room(name);
  if (state) state.joined.value = false;
}

export function post(state: RoomState, text: string): void {
  const one = { key: random(), text };
  state.pending.value = [...state.pending.value, one];
  session?.post(state.name, one.key, text);
}

export function postAgain(state: RoomState, pending: Pending): void {
  state.pending.value = state.pending.value.map(one => one === pending ? { key: one.key, text: one.text } : one);
  session?.post(state.name, pending.key, pending.text);
}

export const dropPending = (state: RoomState, pending: Pending): void => { state.pending.value = state.pending.value.filter(one => one !== pending); };

/** Enters a room that this page is not in yet. */
export function enter(state: RoomState): void {
  const gone = left();
  if (gone.delete(state.name)) keepLeft(gone);
  if (!state.joined.value) session?.join(state.name, state.received > 0 ? state.received + 1 : Math.max(1, state.info.value.last - page + 1));
}

/** Begins a conversation with somebody. @returns the room's own name */
export async function writeTo(name: string): Promise<string> {
  const wanted = '@' + [self, name].sort((a, b) => a < b ? -1 : 1).join(',');
  if (!room(wanted)) {
    // Asked on a line of its own: only the server knows whether there is such an account.
    await ask({ type: 'who', room: '@' + name });
    rooms.value = new Map(rooms.value).set(wanted, new RoomState({ name: wanted, kind: 'private', here: 0, last: 0 }));
  }
  return wanted;
}

export async function leaveRoom(state: RoomState): Promise<void> {
  await ask({ type: 'room-leave', room: state.name });
  session?.leave(state.name);
  keepLeft(left().add(state.name));
  state.joined.value = false;
  state.received = 0;
  state.messages.value = [];
  await refreshRooms();
}

/** Fetches what was said before the first message that is there. */
export async function loadEarlier(state: RoomState): Promise<void> {
  const first = state.messages.value[0]?.number ?? state.received + 1;
  if (state.loading || state.atBeginning.value) return;
  if (first <= 1) { state.atBeginning.value = true; return; }
  state.loading = true;
  try {
    const from = Math.max(1, first - page);
    const earlier = (await api.messages(state.name, from, first - from)).filter(one => one.number < first);
    batch(() => {
      state.messages.value = [...earlier, ...state.messages.value];
      if (from === 1 || earlier.length === 0) state.atBeginning.value = true;
    });
    for (const one of earlier) people.add(one.from);
  } catch (error) {
    complain(error);
  } finally {
    state.loading = false;
  }
}

/** What a person calls a room. */
export function shownName(name: string): string {
  if (!name.startsWith('@')) return name;
  const [one, two] = name.slice(1).split(',');
  return two === undefined ? name : '@' + (one === self ? two : one);
}
