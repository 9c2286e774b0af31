import { shares } from '../api/client.ts';
import type { Share } from '../api/types.ts';
import { t } from '../text/index.ts';
import { confirm } from '../ui/dialog.tsx';
import { bytes, fullTime, relative } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/load.ts';
import { Name } from '../ui/name.tsx';
import { Table } from '../ui/table.tsx';
import { BackToFiles } from './bin.tsx';

export function SharesView() {
  const w = t().share;
  const loaded = useLoaded(shares.list);
  const revoke = (share: Share): Promise<boolean> => confirm(w.revoke, w.revokeText, w.revoke, async () => { await shares.remove(share.id); await loaded.again(); });
  return (
    <div class="sheet">
      <header><BackToFiles /><h1 class="grow">{t().files.shares}</h1></header>
      <p class="faint">{w.listText}</p>
      <Table label={t().files.shares} loaded={loaded} keyOf={share => share.id} empty={w.none} classOf={share => share.void ? 'off' : ''} columns={[
        { head: w.path, class: 'wide', cell: share => <span class="with-icon"><Icon name={share.kind === 'upload' ? 'upload' : 'download'} /><span><Name text={share.path} />{share.label && <span class="faint small block"><Name text={share.label} /></span>}</span></span> },
        { head: w.kind, cell: share => share.kind === 'upload' ? w.kindUpload : w.kindRead },
        { head: w.expires, cell: share => share.void ? <span class="bad">{w.isVoid}</span> : <span title={fullTime(share.expires)}>{relative(share.expires)}</span> },
        { head: w.bounds, cell: share => [w.times(share.used_count, share.count), share.bytes !== undefined && w.ofBytes(bytes(share.used_bytes), bytes(share.bytes))].filter(Boolean).join(' · ') },
        { head: '', class: 'acts', cell: share => <button onClick={() => void revoke(share)}>{w.revoke}</button> },
      ]} />
    </div>
  );
}
