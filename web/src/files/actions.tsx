// What can be done to entries; buttons, menus and keys all come here.

import { bin, files } from '../api/client.ts';
import type { Entry } from '../api/types.ts';
import { go } from '../route.ts';
import { may } from '../session.ts';
import { t } from '../text/index.ts';
import { askText, confirm } from '../ui/dialog.tsx';
import type { MenuItem } from '../ui/menu.tsx';
import { printable } from '../ui/printable.ts';
import { join, nameOf, parent } from '../ui/path.ts';
import { complain, say, tried } from '../ui/toast.tsx';
import { chooseFolder } from './choose.tsx';
import { canPreview, preview } from './preview.tsx';
import { showSharing } from './sharing.tsx';
import { expect, folder, load, pathOf, select, selected } from './store.ts';

export function open(entry: Entry): void {
  if (entry.type === 'folder') go('files', pathOf(entry));
  else if (canPreview(entry)) preview(entry);
  else download([entry]);
}

/** A click on a link is how a browser downloads without leaving the page. */
function follow(address: string, name?: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name ?? '';
  link.rel = 'noopener';
  document.body.append(link);
  link.click();
  link.remove();
}

export function download(chosen: Entry[]): void {
  const only = chosen[0];
  if (!only) return;
  if (chosen.length === 1 && only.type === 'file') return follow(files.address(pathOf(only)), nameOf(pathOf(only)));
  if (chosen.length === 1) return follow(files.zipAddress(pathOf(only), []));
  const places = new Set(chosen.map(entry => parent(pathOf(entry))));
  // A zip is of one folder; what a search found in several comes from the one they have in common, the folder searched.
  if (places.size > 1) {
    for (const entry of chosen.slice(0, 20)) download([entry]);
    return;
  }
  follow(files.zipAddress([...places][0]!, chosen.map(entry => nameOf(pathOf(entry)))));
}

export const makeFolder = (): void => void askText(t().files.newFolder, t().files.name, t().files.make, '', async name => {
  await files.makeFolder(join(folder.value, name));
  expect(name);
  await load();
});

export function rename(entry: Entry): void {
  const path = pathOf(entry);
  const name = nameOf(path);
  const dot = entry.type === 'file' ? name.lastIndexOf('.') : -1;
  void askText(t().files.rename, t().files.name, t().files.rename, name, async text => {
    if (text !== name) await files.move(path, join(parent(path), text));
    expect(text);
    await load();
  }, dot > 0 ? dot : undefined);
}

export async function move(chosen: Entry[]): Promise<void> {
  const w = t().files;
  const target = await chooseFolder(w.moveTitle(chosen.length), w.moveHere, folder.value);
  if (target !== undefined) await moveInto(chosen, target);
}

/** Moves entries into a folder, and offers to move them back. */
export async function moveInto(chosen: Entry[], target: string): Promise<void> {
  const moved: [string, string][] = [];
  await tried(async () => {
    for (const entry of chosen) {
      const from = pathOf(entry);
      const to = join(target, nameOf(from));
      if (from === to) continue;
      await files.move(from, to);
      moved.push([to, from]);
    }
  });
  await load();
  if (moved.length > 0) say(t().files.moved(moved.length, printable(target)), { label: t().undo, run: () => void tried(async () => { for (const [from, to] of moved) await files.move(from, to); await load(); }) });
}

export async function remove(chosen: Entry[]): Promise<void> {
  if (chosen.length === 0) return;
  const paths = chosen.map(pathOf);
  const removed: string[] = [];
  await tried(async () => {
    for (const path of paths) {
      await files.remove(path);
      removed.push(path);
    }
  });
  select([]);
  await load();
  if (removed.length > 0) say(t().files.removed(removed.length, printable(nameOf(removed[0]!))), { label: t().undo, run: () => void tried(() => restore(removed)) });
}

// The newest of a path is the one that was just removed.
async function restore(paths: string[]): Promise<void> {
  const binned = await bin.list();
  for (const path of paths) {
    const found = binned.filter(entry => entry.path === path).sort((a, b) => b.removed - a.removed)[0];
    if (found) await bin.restore(found.id);
  }
  await load();
}

export const removeForever = (chosen: Entry[]): Promise<boolean> => confirm(t().files.removeForever, t().files.removeForeverText(chosen.length), t().files.removeForever, async () => {
  for (const entry of chosen) await files.remove(pathOf(entry), true);
  select([]);
  await load();
});

export async function copyPath(entry: Entry): Promise<void> {
  try {
    await navigator.clipboard.writeText(pathOf(entry));
    say(t().copied);
  } catch (error) {
    complain(error);
  }
}

/** What the menu of some entries offers. */
export function menuFor(chosen: Entry[]): (MenuItem | false | undefined)[] {
  const w = t().files;
  const only = chosen.length === 1 ? chosen[0] : undefined;
  return [
    only && { label: only.type === 'folder' ? w.open : canPreview(only) ? w.preview : w.download, icon: only.type === 'folder' ? 'folder' : 'eye', keys: 'Enter', run: () => open(only) },
    chosen.length > 0 && { label: only?.type === 'file' ? w.download : w.downloadZip, icon: 'download', run: () => download(chosen) },
    only && may('share') && { label: w.share, icon: 'share', run: () => void showSharing(only) },
    only && { label: w.rename, icon: 'edit', keys: 'F2', run: () => rename(only) },
    chosen.length > 0 && { label: w.move, icon: 'move', run: () => void move(chosen) },
    only && { label: w.copyPath, icon: 'copy', run: () => void copyPath(only) },
    chosen.length > 0 && { label: w.remove, icon: 'bin', keys: 'Del', danger: true, run: () => void remove(chosen) },
    chosen.length > 0 && { label: w.removeForever, icon: 'close', keys: 'Shift+Del', danger: true, run: () => void removeForever(chosen) },
  ];
}

export const chosenOr = (entry: Entry): Entry[] => selected.value.includes(entry) ? selected.value : [entry];
