import { useEffect, useRef, useState } from 'preact/hooks';
import { shares } from '../api/client.ts';
import { asRefusal, root, type Refusal } from '../api/http.ts';
import type { Shared } from '../api/types.ts';
import { readInput, useDropTarget, type Found } from '../files/drop.ts';
import { add, giveAll, startQueue } from '../files/transfers/queue.ts';
import { pickByInput } from '../files/transfers/enqueue.tsx';
import { TransferPanel } from '../files/transfers/panel.tsx';
import { Card } from '../login.tsx';
import { t } from '../text/index.ts';
import { Dialogs, Refused } from '../ui/dialog.tsx';
import { bytes, relative } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { Name } from '../ui/name.tsx';
import { nameOf } from '../ui/path.ts';
import { Toasts } from '../ui/toast.tsx';

/** What whoever has a link sees, without an account. The secret stands behind the "#", which no browser sends. */
export function SharedPage({ id }: { id: string }) {
  const [shared, setShared] = useState<Shared>();
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    const open = (): void => void shares.open(id, location.hash.slice(1)).then(setShared, error => setRefusal(asRefusal(error)));
    open();
    // What opens the link lasts an hour; a long upload outlives it.
    const again = setInterval(open, 30 * 60_000);
    return () => clearInterval(again);
  }, []);
  return (
    <>
      <Card>
        {refusal ? <><h1>{t().share.cannotOpen}</h1><Refused refusal={refusal} /></>
          : !shared ? <p class="faint" role="status">{t().loading}</p>
            : shared.kind === 'upload' ? <Give id={id} shared={shared} /> : <Take id={id} shared={shared} />}
      </Card>
      <Dialogs />
      <Toasts />
    </>
  );
}

function Take({ id, shared }: { id: string; shared: Shared }) {
  const w = t().share;
  return (
    <>
      <div class="shared"><Icon name="file" size={44} /><h1><Name text={shared.name} /></h1></div>
      <p class="faint">{[shared.size !== undefined && bytes(shared.size), shared.expires !== undefined && w.until(relative(shared.expires))].filter(Boolean).join(' · ')}</p>
      <a class="button main" href={shares.content(id)} download={shared.name}><Icon name="download" /> {t().files.download}</a>
      {shared.sha256 && <p class="faint small digest">SHA-256 <code>{shared.sha256}</code></p>}
    </>
  );
}

function Give({ id, shared }: { id: string; shared: Shared }) {
  const element = useRef<HTMLDivElement>(null);
  const w = t().share;
  useEffect(() => void startQueue('share ' + id, `${root}/shared/${id}/tus`), []);
  // A link takes names, no paths: what lies in folders comes beside each other. What was begun before the page was loaded anew goes on.
  const take = (found: Found): void => {
    const others = new Set(giveAll(found.files.map(({ file }) => file)));
    add(found.files.filter(({ file }) => others.has(file)).map(({ path, file, handle }) => ({ path: '/' + nameOf('/' + path), file, handle, ifExists: 'keep-both' })));
  };
  const over = useDropTarget(element, take);
  return (
    <div ref={element} class={over ? 'give over' : 'give'}>
      <h1>{w.giveTitle}</h1>
      <p><Name text={shared.name} /></p>
      <p class="faint">{w.giveText}</p>
      <p class="faint">{[shared.bytes_left !== undefined && w.atMostBytes(bytes(shared.bytes_left)), shared.files_left !== undefined && w.atMostFiles(shared.files_left), shared.expires !== undefined && w.until(relative(shared.expires))].filter(Boolean).join(' · ')}</p>
      <button class="main" onClick={() => pickByInput(false, list => take(readInput(list)))}><Icon name="upload" /> {t().transfers.chooseFiles}</button>
      <TransferPanel alwaysOpen />
    </div>
  );
}
