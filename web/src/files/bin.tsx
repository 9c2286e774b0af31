import { bin } from '../api/client.ts';
import type { Binned } from '../api/types.ts';
import { go } from '../route.ts';
import { t } from '../text/index.ts';
import { confirm } from '../ui/dialog.tsx';
import { bytes, fullTime, relative } from '../ui/format.ts';
import { Icon, iconOf } from '../ui/icons.tsx';
import { useLoaded } from '../ui/load.ts';
import { Name } from '../ui/name.tsx';
import { nameOf } from '../ui/path.ts';
import { printable } from '../ui/printable.ts';
import { extension } from '../ui/sort.ts';
import { Table } from '../ui/table.tsx';
import { say, tried } from '../ui/toast.tsx';

export const BackToFiles = () => <button class="flat" aria-label={t().files.backToFiles} title={t().files.backToFiles} onClick={() => go('files', '/')}><Icon name="back" /></button>;

export function BinView() {
  const w = t().files;
  const loaded = useLoaded(async () => (await bin.list()).sort((a, b) => b.removed - a.removed));
  const restore = async (entry: Binned): Promise<void> => {
    await tried(async () => say(w.restored(printable(await bin.restore(entry.id)))));
    await loaded.again();
  };
  const empty = (): Promise<boolean> => confirm(w.emptyBin, w.emptyBinText, w.emptyBin, async () => { await bin.empty(); await loaded.again(); });
  const free = (entry: Binned): Promise<boolean> => confirm(w.removeForever, w.removeForeverText(1), w.removeForever, async () => { await bin.free(entry.id); await loaded.again(); });
  const total = loaded.value?.reduce((sum, entry) => sum + entry.size, 0) ?? 0;
  return (
    <div class="sheet">
      <header><BackToFiles /><h1 class="grow">{w.bin}</h1>{total > 0 && <span class="faint">{bytes(total)}</span>}{loaded.value?.length ? <button class="danger" onClick={() => void empty()}>{w.emptyBin}</button> : null}</header>
      <p class="faint">{w.binText}</p>
      <Table label={w.bin} loaded={loaded} keyOf={entry => entry.id} empty={w.binIsEmpty} columns={[
        { head: w.name, class: 'wide', cell: entry => <span class="with-icon"><Icon name={iconOf(entry.type, extension(nameOf(entry.path)))} /><Name text={entry.path} /></span> },
        { head: w.size, cell: entry => bytes(entry.size) },
        { head: w.removedAt, cell: entry => <span title={fullTime(entry.removed)}>{relative(entry.removed)}</span> },
        { head: w.expiresAt, cell: entry => <span title={fullTime(entry.expires)}>{relative(entry.expires)}</span> },
        { head: '', class: 'acts', cell: entry => <>
          <button onClick={() => void restore(entry)}><Icon name="undo" size={16} /> {w.restore}</button>
          <button class="flat" aria-label={`${w.removeForever}: ${printable(entry.path)}`} title={w.removeForever} onClick={() => void free(entry)}><Icon name="close" size={16} /></button>
        </> },
      ]} />
    </div>
  );
}
