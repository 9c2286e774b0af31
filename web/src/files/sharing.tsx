import { shares } from '../api/client.ts';
import type { Entry } from '../api/types.ts';
import { Refusal } from '../api/http.ts';
import { t } from '../text/index.ts';
import { Copyable, Dialog, FormDialog, show } from '../ui/dialog.tsx';
import { parseBytes } from '../ui/format.ts';
import { Name } from '../ui/name.tsx';
import { pathOf } from './store.ts';

const day = 86_400_000_000;

/** Makes a link to a file, or one through which strangers may put files into a folder. */
export async function showSharing(entry: Entry): Promise<void> {
  const path = pathOf(entry);
  const isFolder = entry.type === 'folder';
  const w = t().share;
  const made = await show<string>(done => (
    <FormDialog title={isFolder ? w.uploadTitle : w.readTitle} submit={w.make} onClose={() => done()} onSubmit={async data => done((await shares.add(asked(path, isFolder, data))).link)}>
      <p class="faint"><Name text={path} /></p>
      <p>{isFolder ? w.uploadText : w.readText}</p>
      <label>{w.days}<input name="days" type="number" min="1" max="365" defaultValue="7" required /></label>
      <label>{isFolder ? w.countFiles : w.countReads}<input name="count" type="number" min="1" defaultValue={isFolder ? '20' : ''} placeholder={w.unbounded} /></label>
      {isFolder && <label>{w.bytes}<input name="bytes" defaultValue="1 GiB" required placeholder="1 GiB" /></label>}
      <label>{w.label}<input name="label" maxLength={100} autocomplete="off" /></label>
    </FormDialog>
  ));
  if (made) await tell(made, isFolder);
}

function asked(path: string, upload: boolean, data: FormData) {
  const text = (name: string): string => String(data.get(name) ?? '').trim();
  const size = text('bytes') ? parseBytes(text('bytes')) : undefined;
  if (upload && size === undefined) throw new Refusal('bad_request', t().badSize);
  return {
    path,
    upload: upload || undefined,
    expires: Date.now() * 1000 + Number(text('days')) * day,
    count: text('count') ? Number(text('count')) : undefined,
    bytes: size,
    label: text('label') || undefined,
  };
}

const tell = (link: string, isFolder: boolean): Promise<void | undefined> => show<void>(done => (
  <Dialog title={t().share.ready} onClose={() => done()}>
    <div class="body">
      <p>{isFolder ? t().share.uploadReady : t().share.readReady}</p>
      <Copyable text={link} />
      <p class="faint">{t().share.once}</p>
    </div>
    <footer><button class="main" onClick={() => done()}>{t().done}</button></footer>
  </Dialog>
));
