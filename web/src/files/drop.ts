import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** What was dropped or chosen: files with their path below the place they go to, and folders that hold nothing. */
export interface Found {
  files: FoundFile[];
  emptyFolders: string[];
}

export interface FoundFile {
  path: string;
  file: File;
  /** By which the browser finds the file again after the page was loaded anew; Chromium's have it. */
  handle?: FileSystemFileHandle;
}

/** Takes files and folders that are dragged in. @returns whether something is held over it now */
export function useDropTarget(element: RefObject<HTMLElement | null>, onDrop: (found: Found) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const target = element.current!;
    // Each child that is entered tells of itself before the one before it tells that it was left.
    let depth = 0;
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent): void => { if (carriesFiles(event)) { event.preventDefault(); depth++; setOver(true); } };
    const leave = (event: DragEvent): void => { if (carriesFiles(event) && --depth <= 0) { depth = 0; setOver(false); } };
    const hold = (event: DragEvent): void => { if (carriesFiles(event)) { event.preventDefault(); event.dataTransfer!.dropEffect = 'copy'; } };
    const drop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      void readDrop(event.dataTransfer!).then(onDrop);
    };
    const events = [['dragenter', enter], ['dragleave', leave], ['dragover', hold], ['drop', drop]] as const;
    for (const [name, listener] of events) target.addEventListener(name, listener);
    return () => { for (const [name, listener] of events) target.removeEventListener(name, listener); };
  }, []);
  return over;
}

// A file let go beside the target would replace the page by its content.
addEventListener('dragover', event => { if (event.dataTransfer?.types.includes('Files')) event.preventDefault(); });
addEventListener('drop', event => { if (event.dataTransfer?.types.includes('Files')) event.preventDefault(); });

type WithHandle = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };

/** Everything must be asked of the items before the first wait: afterwards the browser has emptied them. */
async function readDrop(data: DataTransfer): Promise<Found> {
  const found: Found = { files: [], emptyFolders: [] };
  const items = [...data.items].filter(item => item.kind === 'file').map(item => ({
    handle: (item as WithHandle).getAsFileSystemHandle?.().catch(() => null),
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
  }));
  for (const { handle, entry, file } of items) {
    const opened = await handle;
    if (opened) await walkHandle(opened, '', found);
    else if (entry) await walkEntry(entry, '', found);
    else if (file) found.files.push({ path: file.name, file });
  }
  return found;
}

type Directory = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };

export async function walkHandle(handle: FileSystemHandle, place: string, found: Found): Promise<void> {
  const path = place + handle.name;
  if (handle.kind === 'file') {
    const file = handle as FileSystemFileHandle;
    // One that vanished meanwhile is no reason to give up the others.
    const content = await file.getFile().catch(() => undefined);
    if (content) found.files.push({ path, file: content, handle: file });
    return;
  }
  let any = false;
  for await (const inner of (handle as Directory).values()) {
    any = true;
    await walkHandle(inner, path + '/', found);
  }
  if (!any) found.emptyFolders.push(path);
}

async function walkEntry(entry: FileSystemEntry, place: string, found: Found): Promise<void> {
  const path = place + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File | undefined>(resolve => (entry as FileSystemFileEntry).file(resolve, () => resolve(undefined)));
    if (file) found.files.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  let any = false;
  // It hands out a hundred at a time, and nothing at the end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>(resolve => reader.readEntries(resolve, () => resolve([])));
    if (part.length === 0) break;
    any = true;
    for (const inner of part) await walkEntry(inner, path + '/', found);
  }
  if (!any) found.emptyFolders.push(path);
}

/** What an input of files holds, with the folders it came with. */
export const readInput = (list: FileList): Found => ({
  files: [...list].map(file => ({ path: file.webkitRelativePath || file.name, file })),
  emptyFolders: [],
});
