import { batch, computed, effect, signal } from '@preact/signals';
import { files } from '../api/client.ts';
import { asRefusal, type Refusal } from '../api/http.ts';
import type { Entry } from '../api/types.ts';
import { onNews } from '../api/watch.ts';
import { join } from '../ui/path.ts';
import { sorted, type Sort } from '../ui/sort.ts';
import { keep, kept } from '../ui/store.ts';

export type View = 'list' | 'grid';

/** The folder that is shown. */
export const folder = signal('/');

/** What is searched for below it; empty when nothing is. */
export const wanted = signal('');

export const entries = signal<Entry[]>([]);
export const hasMore = signal(false);
export const loading = signal(false);
export const failure = signal<Refusal | undefined>(undefined);

export const view = signal<View>(kept('view') === 'grid' ? 'grid' : 'list');
export const sort = signal<Sort>(storedSort());

export const shown = computed(() => sorted(entries.value, sort.value));

/** Selected entries, by their path as it was listed. */
export const selection = signal<ReadonlySet<string>>(new Set());

/** The entry that keys act on, and the one that a range begins at; indexes into `shown`. */
export const cursor = signal(0);
export const anchor = signal(0);

export const selected = computed(() => shown.value.filter(entry => selection.value.has(entry.path)));

function storedSort(): Sort {
  const [key, down] = (kept('sort') ?? '').split(' ');
  return { key: key === 'size' || key === 'modified' || key === 'type' ? key : 'name', down: down === 'down' };
}

export function chooseView(value: View): void {
  keep('view', value);
  view.value = value;
}

export function sortBy(key: Sort['key']): void {
  const down = sort.value.key === key ? !sort.value.down : key === 'size' || key === 'modified';
  keep('sort', `${key} ${down ? 'down' : 'up'}`);
  sort.value = { key, down };
}

/** The path from the home of an entry that was listed. */
export const pathOf = (entry: Entry): string => entry.path.startsWith('/') ? entry.path : join(folder.value, entry.path);

let asking: AbortController | undefined;
let askedAt = 0;
let later: ReturnType<typeof setTimeout> | undefined;

// A name to put the cursor on when the list comes: what was just made or renamed, or the folder one came from.
let expected: string | undefined;

export const expect = (name: string): void => { expected = name; };

export async function load(): Promise<void> {
  clearTimeout(later);
  later = undefined;
  asking?.abort();
  const mine = asking = new AbortController();
  const place = folder.value;
  loading.value = true;
  askedAt = Date.now();
  try {
    const listing = wanted.value ? await files.search(place, wanted.value, mine.signal) : await files.list(place, mine.signal);
    if (mine.signal.aborted) return;
    batch(() => take(listing.entries ?? [], listing.more ?? false));
  } catch (error) {
    if (mine.signal.aborted) return;
    batch(() => { failure.value = asRefusal(error); loading.value = false; });
  }
}

function take(listed: Entry[], more: boolean): void {
  const at = shown.value[cursor.value]?.path;
  entries.value = listed;
  hasMore.value = more;
  failure.value = undefined;
  loading.value = false;
  const names = new Set(listed.map(entry => entry.path));
  const left = [...selection.value].filter(path => names.has(path));
  if (left.length !== selection.value.size) selection.value = new Set(left);
  const wish = expected ?? at;
  const found = wish === undefined ? -1 : shown.value.findIndex(entry => entry.path === wish);
  if (expected !== undefined && found >= 0) selection.value = new Set([expected]);
  expected = undefined;
  cursor.value = anchor.value = found >= 0 ? found : Math.min(cursor.value, Math.max(0, listed.length - 1));
}

/** Shows another folder, or searches below one. */
export function show(place: string, text = ''): void {
  if (folder.value === place && wanted.value === text && (entries.value.length > 0 || loading.value)) return;
  batch(() => {
    folder.value = place;
    wanted.value = text;
    entries.value = [];
    selection.value = new Set();
    cursor.value = anchor.value = 0;
    failure.value = undefined;
  });
  void load();
}

// A folder into which thousands of files stream changes four times a second; a list of ten thousand entries is not asked for that often.
const leastPause = 1_000;

function loadSoon(): void {
  later ??= setTimeout(() => void load(), Math.max(100, askedAt + leastPause - Date.now()));
}

onNews((news, isFirst) => {
  const concerns = isFirst || !news.folders || news.folders.includes(folder.value) || wanted.value !== '';
  // Before anything was asked for there is nothing to be refreshed.
  if (concerns && askedAt > 0) loadSoon();
});

export function select(paths: Iterable<string>): void { selection.value = new Set(paths); }

export function toggle(path: string): void {
  const next = new Set(selection.value);
  if (!next.delete(path)) next.add(path);
  selection.value = next;
}

/** Selects from the anchor to the cursor. */
export function selectRange(keepOthers = false): void {
  const [from, to] = [Math.min(anchor.value, cursor.value), Math.max(anchor.value, cursor.value)];
  const range = shown.value.slice(from, to + 1).map(entry => entry.path);
  select(keepOthers ? [...selection.value, ...range] : range);
}

effect(() => {
  const last = Math.max(0, shown.value.length - 1);
  if (cursor.value > last) cursor.value = last;
});
