import { useEffect, useRef } from 'preact/hooks';
import { connected } from '../api/watch.ts';
import { go, route } from '../route.ts';
import { may } from '../session.ts';
import { t } from '../text/index.ts';
import { Icon } from '../ui/icons.tsx';
import { showMenuAt } from '../ui/menu.tsx';
import { Name } from '../ui/name.tsx';
import { nameOf, steps } from '../ui/path.ts';
import { download, makeFolder, menuFor, move, remove } from './actions.tsx';
import { BinView } from './bin.tsx';
import { EntryList } from './list.tsx';
import { SharesView } from './shares.tsx';
import { chooseView, entries, failure, folder, hasMore, load, loading, selected, selection, select, show, view, wanted } from './store.ts';
import { useDropTarget } from './drop.ts';
import { summary } from './transfers/queue.ts';
import { enqueue, pickFiles } from './transfers/enqueue.tsx';
import { isDialogOpen, Refused } from '../ui/dialog.tsx';

// Pauses of typing shorter than this are no reason to search.
const typingPause = 250;

export function FilesPage() {
  const { rest } = route.value;
  if (rest === '//bin') return <BinView />;
  if (rest === '//shares') return <SharesView />;
  return <FolderView path={rest === '' ? '/' : rest} />;
}

function FolderView({ path }: { path: string }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => { show(path.length > 1 ? path.replace(/\/+$/, '') || '/' : '/'); }, [path]);
  // What is selected is what one is about to act on; whoever went elsewhere is not any more.
  useEffect(() => {
    const keys = (event: KeyboardEvent): void => { if (event.key === 'Escape' && !isDialogOpen() && !(event.target as Element).closest('input, .menu')) select([]); };
    addEventListener('keydown', keys);
    return () => { removeEventListener('keydown', keys); select([]); };
  }, []);
  const over = useDropTarget(element, found => void enqueue(found, folder.value));
  // Who is told of changes needs no more than that; without the live line, one's own uploads show themselves.
  const done = summary.value.done;
  useEffect(() => { if (done > 0 && !connected.value) void load(); }, [done]);
  const w = t().files;
  return (
    <div ref={element} class={over ? 'folder over' : 'folder'}>
      <Toolbar />
      <Crumbs />
      {failure.value
        ? <div class="pad"><Refused refusal={failure.value} /><button onClick={() => void load()}>{t().tryAgain}</button></div>
        : entries.value.length > 0 ? <EntryList /> : <Empty />}
      <Status />
      {over && <div class="drop-hint" aria-hidden="true"><Icon name="upload" size={40} />{w.dropHere}</div>}
    </div>
  );
}

function Empty() {
  const w = t().files;
  if (loading.value) return <p class="empty faint" role="status">{t().loading}</p>;
  if (wanted.value) return <p class="empty faint" role="status">{w.nothingFound}</p>;
  return (
    <div class="empty">
      <Icon name="folder" size={56} />
      <p>{w.empty}</p>
      <p class="faint">{w.emptyHint}</p>
      <button class="main" onClick={() => pickFiles(false)}><Icon name="upload" /> {w.upload}</button>
    </div>
  );
}

function Toolbar() {
  const w = t().files;
  const chosen = selected.value;
  return (
    <div class="toolbar" role="toolbar" aria-label={w.tools}>
      {chosen.length === 0 ? <FolderTools /> : (
        <>
          <button class="flat" aria-label={w.selectNone} title={w.selectNone + ' (Esc)'} onClick={() => select([])}><Icon name="close" /></button>
          <span class="grow">{w.selected(chosen.length)}</span>
          <button onClick={() => download(chosen)}><Icon name="download" /> <span class="label">{chosen.length === 1 && chosen[0]!.type === 'file' ? w.download : w.downloadZip}</span></button>
          <button onClick={() => void move(chosen)}><Icon name="move" /> <span class="label">{w.move}</span></button>
          <button onClick={() => void remove(chosen)}><Icon name="bin" /> <span class="label">{w.remove}</span></button>
          <ViewSwitch />
          <button class="flat" aria-label={w.more} aria-haspopup="menu" onClick={event => showMenuAt(event.currentTarget, w.more, menuFor(chosen))}><Icon name="more" /></button>
        </>
      )}
    </div>
  );
}

function FolderTools() {
  const w = t().files;
  const more = (button: Element): void => showMenuAt(button, w.more, [
    { label: w.uploadFolder, icon: 'upload', run: () => pickFiles(true) },
    { label: w.downloadFolder, icon: 'download', run: () => download([{ path: folder.value, type: 'folder', size: 0, modified: 0 }]) },
    may('share') && { label: w.shares, icon: 'share', run: () => go('files', '//shares') },
    { label: w.bin, icon: 'bin', run: () => go('files', '//bin') },
  ]);
  return (
    <>
      <button class="main" title="Alt+U" onClick={() => pickFiles(false)}><Icon name="upload" /> <span class="label">{w.upload}</span></button>
      <button title="Alt+N" onClick={makeFolder}><Icon name="add" /> <span class="label">{w.newFolder}</span></button>
      <Search />
      <ViewSwitch />
      <button class="flat" aria-label={w.bin} title={w.bin} onClick={() => go('files', '//bin')}><Icon name="bin" /></button>
      <button class="flat" aria-label={w.more} title={w.more} aria-haspopup="menu" onClick={event => more(event.currentTarget)}><Icon name="more" /></button>
    </>
  );
}

function ViewSwitch() {
  const isGrid = view.value === 'grid';
  const label = isGrid ? t().files.asList : t().files.asGrid;
  return <button class="flat" aria-label={label} title={label} onClick={() => chooseView(isGrid ? 'list' : 'grid')}><Icon name={isGrid ? 'list' : 'grid'} /></button>;
}

function Search() {
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const search = (text: string): void => {
    clearTimeout(pause.current);
    pause.current = setTimeout(() => show(folder.value, text.trim()), typingPause);
  };
  return (
    <label class="search grow">
      <Icon name="search" size={18} />
      <input id="search" type="search" placeholder={t().files.search} aria-label={t().files.search} title="/" key={folder.value} defaultValue={wanted.value}
        onInput={event => search(event.currentTarget.value)}
        onKeyDown={event => { if (event.key === 'Escape') { event.currentTarget.value = ''; show(folder.value); document.getElementById('entries')?.focus(); } if (event.key === 'Enter' || event.key === 'ArrowDown') { event.preventDefault(); document.getElementById('entries')?.focus(); } }} />
    </label>
  );
}

function Crumbs() {
  const all = steps(folder.value);
  return (
    <nav class="crumbs" aria-label={t().files.path}>
      {all.map((path, index) => (
        <span key={path}>
          {index > 0 && <Icon name="chevron" size={14} />}
          <button class="flat" aria-current={index === all.length - 1 ? 'page' : undefined} onClick={() => go('files', path)}>{path === '/' ? t().files.home : <Name text={nameOf(path)} />}</button>
        </span>
      ))}
    </nav>
  );
}

function Status() {
  const w = t().files;
  const count = entries.value.length;
  return (
    <div class="status faint" role="status">
      {hasMore.value ? w.firstFound(count) : wanted.value ? w.found(count) : w.count(count)}
      {selection.value.size > 0 && ' · ' + w.selected(selection.value.size)}
    </div>
  );
}
