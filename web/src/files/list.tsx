import { useEffect, useRef } from 'preact/hooks';
import type { Entry } from '../api/types.ts';
import { files } from '../api/client.ts';
import { go } from '../route.ts';
import { t } from '../text/index.ts';
import { bytes, time } from '../ui/format.ts';
import { Icon, iconOf } from '../ui/icons.tsx';
import { showMenu, showMenuAt } from '../ui/menu.tsx';
import { Name } from '../ui/name.tsx';
import { nameOf, parent } from '../ui/path.ts';
import { extension, type SortKey } from '../ui/sort.ts';
import { useInSight, useWindow } from '../ui/virtual.ts';
import { chosenOr, menuFor, moveInto, open } from './actions.tsx';
import { listKeys } from './keys.ts';
import { anchor, cursor, folder, pathOf, select, selection, selectRange, shown, sort, sortBy, toggle, view, wanted } from './store.ts';

const rowHeight = 38, cellHeight = 132, cellWidth = 128;
const headHeight = 34;

/** What is dragged within the page. */
export const draggedType = 'application/x-switchboard';

export function EntryList() {
  const element = useRef<HTMLDivElement>(null);
  const grid = view.value === 'grid';
  const height = grid ? cellHeight : rowHeight;
  const all = shown.value;
  const part = useWindow(element, all.length, height, grid ? cellWidth : 0);
  useInSight(element, cursor.value, part.columns, height, grid ? 0 : headHeight);
  useEffect(() => { if (document.activeElement === document.body) element.current?.focus(); }, [folder.value]);
  const w = t().files;
  return (
    <div id="entries" ref={element} class={grid ? 'entries grid' : 'entries'} tabIndex={0} role="grid" aria-label={w.contents} aria-multiselectable="true"
      aria-rowcount={all.length} aria-activedescendant={'entry-' + cursor.value}
      onKeyDown={event => listKeys(event, part.columns, Math.max(1, Math.floor(element.current!.clientHeight / height) - 1))}
      onClick={event => { if (event.target === event.currentTarget) select([]); }}>
      {!grid && <Heads />}
      <div class="room" role="rowgroup" style={{ blockSize: part.total + 'px' }}>
        {all.slice(part.first, part.last).map((entry, index) => <Item key={entry.path} entry={entry} index={part.first + index} grid={grid} columns={part.columns} />)}
      </div>
    </div>
  );
}

function Heads() {
  const w = t().files;
  const head = (key: SortKey, label: string, className: string) => (
    <div role="columnheader" class={className} aria-sort={sort.value.key === key ? (sort.value.down ? 'descending' : 'ascending') : 'none'}>
      <button class="flat" onClick={() => sortBy(key)}>{label}{sort.value.key === key && <span aria-hidden="true">{sort.value.down ? ' ↓' : ' ↑'}</span>}</button>
    </div>
  );
  return <div class="heads" role="row">{head('name', w.name, 'name')}{head('size', w.size, 'size')}{head('modified', w.modified, 'modified')}<span class="end" /></div>;
}

function Item({ entry, index, grid, columns }: { entry: Entry; index: number; grid: boolean; columns: number }) {
  const chosen = selection.value.has(entry.path);
  const name = nameOf(entry.path);
  const place = grid
    ? { transform: `translate(${index % columns * cellWidth}px, ${Math.floor(index / columns) * cellHeight}px)` }
    : { transform: `translateY(${index * rowHeight}px)` };
  const icon = <Icon name={iconOf(entry.type, extension(name))} size={grid ? 44 : 20} />;
  return (
    <div id={'entry-' + index} class={`item ${entry.type}${index === cursor.value ? ' current' : ''}`} role="row" aria-rowindex={index + 1} aria-selected={chosen} style={place} draggable
      onClick={event => clicked(event, entry, index)} onDblClick={() => open(entry)}
      onContextMenu={event => contextMenu(event, entry, index)}
      onDragStart={event => dragOut(event, entry)}
      {...(entry.type === 'folder' ? dropInto(entry) : {})}>
      {grid ? <>
        {icon}
        <span role="gridcell" class="caption"><Name text={name} /></span>
      </> : <>
        <span role="gridcell" class="check" onClick={event => { event.stopPropagation(); toggle(entry.path); cursor.value = anchor.value = index; }}><span class="box"><Icon name="check" size={14} /></span></span>
        {icon}
        <span role="gridcell" class="name" title={name.length > 40 ? name : undefined}>
          <span class="cut opens" onClick={event => { if (!event.shiftKey && !event.ctrlKey && !event.metaKey) { event.stopPropagation(); cursor.value = anchor.value = index; open(entry); } }}><Name text={name} /></span>
          {wanted.value && <button class="link faint cut" tabIndex={-1} onClick={event => { event.stopPropagation(); go('files', parent(pathOf(entry))); }}><Name text={parent(pathOf(entry))} /></button>}
        </span>
        <span role="gridcell" class="size">{entry.type === 'file' ? bytes(entry.size) : ''}</span>
        <span role="gridcell" class="modified">{time(entry.modified)}</span>
        <span role="gridcell" class="end"><button class="flat" tabIndex={-1} aria-label={t().files.moreOf(name)} aria-haspopup="menu"
          onClick={event => { event.stopPropagation(); showMenuAt(event.currentTarget, name, menuFor(chosenOr(entry))); }}><Icon name="more" size={18} /></button></span>
      </>}
    </div>
  );
}

function clicked(event: MouseEvent, entry: Entry, index: number): void {
  cursor.value = index;
  if (event.shiftKey) {
    selectRange(event.ctrlKey || event.metaKey);
  } else if (event.ctrlKey || event.metaKey) {
    toggle(entry.path);
    anchor.value = index;
  } else {
    select([entry.path]);
    anchor.value = index;
  }
}

function contextMenu(event: MouseEvent, entry: Entry, index: number): void {
  event.preventDefault();
  cursor.value = index;
  if (!selection.value.has(entry.path)) select([entry.path]);
  showMenu(event.clientX, event.clientY, entry.path, menuFor(chosenOr(entry)));
}

/** Within the page it moves; let go outside, a browser that can (Chromium's) downloads the file there. */
function dragOut(event: DragEvent, entry: Entry): void {
  const chosen = chosenOr(entry);
  const data = event.dataTransfer!;
  data.effectAllowed = 'copyMove';
  data.setData(draggedType, JSON.stringify(chosen.map(one => one.path)));
  const path = pathOf(entry);
  const single = chosen.length === 1 && entry.type === 'file';
  const address = location.origin + (single ? files.address(path)
    : chosen.length === 1 ? files.zipAddress(path, []) : files.zipAddress(folder.value, chosen.map(one => one.path)));
  const name = single ? nameOf(path) : (nameOf(chosen.length === 1 ? path : folder.value) || 'files') + '.zip';
  data.setData('DownloadURL', `application/octet-stream:${name.replaceAll(':', '_')}:${address}`);
  data.setData('text/uri-list', address);
}

const dropInto = (target: Entry) => ({
  onDragOver: (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes(draggedType)) return;
    event.preventDefault();
    event.stopPropagation();
    (event.currentTarget as HTMLElement).classList.add('target');
  },
  onDragLeave: (event: DragEvent) => (event.currentTarget as HTMLElement).classList.remove('target'),
  onDrop: (event: DragEvent) => {
    (event.currentTarget as HTMLElement).classList.remove('target');
    const text = event.dataTransfer?.getData(draggedType);
    if (!text) return;
    event.preventDefault();
    event.stopPropagation();
    const paths = new Set(JSON.parse(text) as string[]);
    void moveInto(shown.value.filter(entry => paths.has(entry.path) && entry.path !== target.path), pathOf(target));
  },
});
