import { files } from '../../api/client.ts';
import { t } from '../../text/index.ts';
import { Dialog, show } from '../../ui/dialog.tsx';
import { join } from '../../ui/path.ts';
import { printable } from '../../ui/printable.ts';
import { complain, say, tried } from '../../ui/toast.tsx';
import { readInput, walkHandle, type Found } from '../drop.ts';
import { entries, folder, load, wanted } from '../store.ts';
import { add, giveAll } from './queue.ts';

/** Puts what was dropped or chosen on the queue; where names stand already, a person says what becomes of them. */
export async function enqueue(found: Found, target: string): Promise<void> {
  if (found.files.length === 0 && found.emptyFolders.length === 0) return say(t().transfers.nothing);
  const ifExists = await decide(found, target);
  if (!ifExists) return;
  add(found.files.map(({ path, file, handle }) => ({ path: join(target, path), file, handle, ifExists })));
  await tried(async () => {
    for (const path of found.emptyFolders) await files.makeFolder(join(target, path), true);
    if (found.emptyFolders.length > 0) await load();
  });
}

async function decide(found: Found, target: string): Promise<string | undefined> {
  const tops = new Set(found.files.map(file => file.path.split('/')[0]!));
  const there = (await standing(target)).filter(name => tops.has(name));
  if (there.length === 0) return 'overwrite';
  const w = t().transfers;
  return await show<string>(done => (
    <Dialog title={w.existsTitle} onClose={() => done()}>
      <div class="body"><p>{w.exists(there.length, printable(there[0]!))}</p></div>
      <footer class="wrap">
        <button onClick={() => done()}>{t().cancel}</button>
        <button onClick={() => done('skip')}>{w.skip}</button>
        <button onClick={() => done('overwrite')}>{w.overwrite}</button>
        <button class="main" autofocus onClick={() => done('keep-both')}>{w.keepBoth}</button>
      </footer>
    </Dialog>
  ));
}

async function standing(target: string): Promise<string[]> {
  if (target === folder.value && !wanted.value) return entries.value.map(entry => entry.path);
  try {
    return ((await files.list(target)).entries ?? []).map(entry => entry.path);
  } catch {
    // The folder is made on the way; nothing stands in it.
    return [];
  }
}

interface Pickers {
  showOpenFilePicker?(options: { multiple: boolean }): Promise<FileSystemFileHandle[]>;
  showDirectoryPicker?(): Promise<FileSystemDirectoryHandle>;
}

/** Lets a person choose files, or a folder, to upload. By the browser's handles where it has them: they outlive the page. */
export async function pickFiles(isFolder: boolean): Promise<void> {
  const target = folder.value;
  const pickers = globalThis as Pickers;
  // A program that drives the browser answers the dialog of an input, and no other.
  if (navigator.webdriver || !(isFolder ? pickers.showDirectoryPicker : pickers.showOpenFilePicker)) return pickByInput(isFolder, list => void enqueue(readInput(list), target));
  try {
    const handles = isFolder ? [await pickers.showDirectoryPicker!()] : await pickers.showOpenFilePicker!({ multiple: true });
    const found: Found = { files: [], emptyFolders: [] };
    for (const handle of handles) await walkHandle(handle, '', found);
    await enqueue(found, target);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) complain(error);
  }
}

export function pickByInput(isFolder: boolean, take: (list: FileList) => void, isSingle = false): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = !isSingle;
  input.webkitdirectory = isFolder;
  input.hidden = true;
  // Some browsers let go of an input that is in no document before it tells.
  document.body.append(input);
  input.onchange = () => { if (input.files?.length) take(input.files); input.remove(); };
  input.oncancel = () => input.remove();
  input.click();
}

/** Asks for files that transfers wait for since the page was loaded anew. */
export const pickAgain = (isFolder: boolean): void => pickByInput(isFolder, list => {
  const others = giveAll([...list]);
  if (others.length > 0) say(t().transfers.notTheSame(others.length, printable(others[0]!.name)));
});

/** Asks for the file of an upload that the server keeps, begun elsewhere or long ago. */
export const pickFor = (path: string): void => pickByInput(false, list => {
  const file = list[0];
  if (file) add([{ path, file, ifExists: 'overwrite' }]);
}, true);
