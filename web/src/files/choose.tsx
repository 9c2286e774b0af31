import { useEffect, useState } from 'preact/hooks';
import { files } from '../api/client.ts';
import { asRefusal, type Refusal } from '../api/http.ts';
import { t } from '../text/index.ts';
import { Dialog, Refused, show } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { Name } from '../ui/name.tsx';
import { join, parent } from '../ui/path.ts';
import { byName } from '../ui/sort.ts';

/** Lets a person walk to a folder and choose it. */
export const chooseFolder = (title: string, submit: string, start: string): Promise<string | undefined> =>
  show<string>(done => <Chooser title={title} submit={submit} start={start} done={done} />);

function Chooser({ title, submit, start, done }: { title: string; submit: string; start: string; done: (path?: string) => void }) {
  const [place, setPlace] = useState(start);
  const [names, setNames] = useState<string[]>();
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    const asking = new AbortController();
    setNames(undefined);
    files.list(place, asking.signal).then(
      listing => { setRefusal(undefined); setNames((listing.entries ?? []).filter(entry => entry.type === 'folder').map(entry => entry.path).sort(byName)); },
      error => { if (!asking.signal.aborted) { setRefusal(asRefusal(error)); setNames([]); } });
    return () => asking.abort();
  }, [place]);
  return (
    <Dialog title={title} onClose={() => done()}>
      <div class="body">
        <p class="place"><Icon name="folder" size={18} /> <Name text={place} /></p>
        <ul class="choices" aria-label={t().files.folders}>
          {place !== '/' && <li><button class="flat" onClick={() => setPlace(parent(place))}><Icon name="up" size={18} /> {t().files.up}</button></li>}
          {names?.map(name => <li key={name}><button class="flat" onClick={() => setPlace(join(place, name))}><Icon name="folder" size={18} /> <Name text={name} class="cut" /></button></li>)}
          {names?.length === 0 && !refusal && <li class="faint pad">{t().files.noFolders}</li>}
        </ul>
        <Refused refusal={refusal} />
      </div>
      <footer>
        <button onClick={() => done()}>{t().cancel}</button>
        <button class="main" onClick={() => done(place)}>{submit}</button>
      </footer>
    </Dialog>
  );
}
