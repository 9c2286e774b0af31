import { useEffect, useState } from 'preact/hooks';
import { files } from '../api/client.ts';
import { asRefusal, type Refusal } from '../api/http.ts';
import type { Entry } from '../api/types.ts';
import { t } from '../text/index.ts';
import { Dialog, Refused, show } from '../ui/dialog.tsx';
import { bytes, time } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { nameOf } from '../ui/path.ts';
import { printable, printableLines } from '../ui/printable.ts';
import { extension } from '../ui/sort.ts';
import { download } from './actions.tsx';
import { pathOf, shown } from './store.ts';

type Kind = 'image' | 'video' | 'audio' | 'pdf' | 'text';

const kinds: [RegExp, Kind][] = [
  [/^(png|jpe?g|gif|webp|avif|bmp|ico)$/, 'image'],
  [/^(mp4|m4v|webm|ogv|mov)$/, 'video'],
  [/^(mp3|m4a|ogg|oga|opus|flac|wav|aac)$/, 'audio'],
  [/^pdf$/, 'pdf'],
  [/^(txt|md|log|csv|tsv|json|xml|ya?ml|toml|ini|conf|cfg|html?|css|m?js|tsx?|jsx|cs|c|h|cc|cpp|hpp|rs|go|py|sh|bash|java|kt|rb|php|sql|tex|svg|diff|patch|lock|env|gitignore|editorconfig|srt|vtt|ps1|lua|pl|r|asm|cmake|gradle|properties)$/, 'text'],
];

// More text than this makes a page slow and is nothing anybody reads here.
const mostText = 512 * 1024;

function kindOf(entry: Entry): Kind | undefined {
  if (entry.type !== 'file') return undefined;
  const ending = extension(nameOf(entry.path));
  if (!ending) return entry.size <= mostText ? 'text' : undefined;
  return kinds.find(([pattern]) => pattern.test(ending))?.[1];
}

export const canPreview = (entry: Entry): boolean => kindOf(entry) !== undefined;

export const preview = (entry: Entry): void => void show<void>(done => <Preview first={entry} onClose={() => done()} />);

function Preview({ first, onClose }: { first: Entry; onClose: () => void }) {
  const [entry, setEntry] = useState(first);
  const step = (by: number): void => {
    const all = shown.value.filter(canPreview);
    const at = all.findIndex(one => one.path === entry.path);
    const next = all[(at + by + all.length) % all.length];
    if (next) setEntry(next);
  };
  const keys = (event: KeyboardEvent): void => {
    if ((event.target as HTMLElement).closest('video, audio, pre')) return;
    if (event.key === 'ArrowLeft') step(-1);
    else if (event.key === 'ArrowRight') step(1);
  };
  const w = t().files;
  const name = nameOf(entry.path);
  const tools = (
    <>
      <span class="faint narrow-hide">{bytes(entry.size)} · {time(entry.modified)}</span>
      <button class="flat" aria-label={w.previous} title={w.previous} onClick={() => step(-1)}><Icon name="back" /></button>
      <button class="flat turned" aria-label={w.next} title={w.next} onClick={() => step(1)}><Icon name="back" /></button>
      <button class="flat" aria-label={w.download} title={w.download} onClick={() => download([entry])}><Icon name="download" /></button>
    </>
  );
  return (
    <Dialog title={printable(name)} full tools={tools} onClose={onClose}>
      <div class="preview" onKeyDown={keys} key={entry.path}><Content entry={entry} name={printable(name)} /></div>
    </Dialog>
  );
}

function Content({ entry, name }: { entry: Entry; name: string }) {
  const address = files.address(pathOf(entry), true);
  const [broken, setBroken] = useState(false);
  const failed = (): void => setBroken(true);
  if (broken) return <p class="faint">{t().files.cannotShow}</p>;
  switch (kindOf(entry)) {
    case 'image': return <img src={address} alt={name} onError={failed} />;
    case 'video': return <video src={address} controls autoplay onError={failed} aria-label={name} />;
    case 'audio': return <audio src={address} controls autoplay onError={failed} aria-label={name} />;
    case 'pdf': return <iframe src={address} title={name} />;
    default: return <TextContent entry={entry} name={name} />;
  }
}

/** Text as text: whatever it says, none of it is read as markup. */
function TextContent({ entry, name }: { entry: Entry; name: string }) {
  const [text, setText] = useState<string>();
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    const asking = new AbortController();
    if (entry.size === 0) return setText('');
    files.beginning(pathOf(entry), Math.min(entry.size, mostText), asking.signal).then(
      content => setText(decoded(content)),
      error => { if (!asking.signal.aborted) setRefusal(asRefusal(error)); });
    return () => asking.abort();
  }, [entry.path]);
  if (refusal) return <Refused refusal={refusal} />;
  if (text === undefined) return <p class="faint" role="status">{t().loading}</p>;
  return (
    <div class="text">
      {entry.size > mostText && <p class="note">{t().files.onlyBeginning(bytes(mostText))}</p>}
      {text === '' ? <p class="faint pad">{t().files.emptyFile}</p> : <pre tabIndex={0} aria-label={name} dir="auto">{printableLines(text)}</pre>}
    </div>
  );
}

// UTF-8 where it is, else what old programs for Chinese wrote, else bytes as letters.
function decoded(content: ArrayBuffer): string {
  for (const label of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(trimmed(content, label));
    } catch {
      // The next one.
    }
  }
  return new TextDecoder('windows-1252').decode(content);
}

// The beginning of a long text may end within a character.
function trimmed(content: ArrayBuffer, label: string): ArrayBuffer {
  if (label !== 'utf-8' || content.byteLength < mostText) return content;
  const view = new Uint8Array(content);
  let end = view.length;
  while (end > 0 && (view[end - 1]! & 0xc0) === 0x80) end--;
  return content.slice(0, Math.max(0, end - 1));
}
