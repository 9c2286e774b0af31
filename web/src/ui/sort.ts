import type { Entry } from '../api/types.ts';

export type SortKey = 'name' | 'size' | 'modified' | 'type';
export interface Sort { key: SortKey; down: boolean }

// One collator for all comparisons: making one costs more than ten thousand comparisons.
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Names as people order them: 2 before 10, capitals beside small letters; equal ones by code point, so that the order is always the same. */
export const byName = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

export const extension = (name: string): string => {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
};

const compare: Record<SortKey, (a: Entry, b: Entry) => number> = {
  name: (a, b) => byName(a.path, b.path),
  size: (a, b) => a.size - b.size || byName(a.path, b.path),
  modified: (a, b) => a.modified - b.modified || byName(a.path, b.path),
  type: (a, b) => byName(extension(a.path), extension(b.path)) || byName(a.path, b.path),
};

/** Folders first, whatever the order. */
export function sorted(entries: Entry[], { key, down }: Sort): Entry[] {
  const order = compare[key];
  const sign = down ? -1 : 1;
  return [...entries].sort((a, b) => Number(b.type === 'folder') - Number(a.type === 'folder') || sign * order(a, b));
}
