import { useEffect, useRef } from 'preact/hooks';
import { readInput } from '../files/drop.ts';
import { pickByInput } from '../files/transfers/enqueue.tsx';
import { may } from '../session.ts';
import { t } from '../text/index.ts';
import { Icon } from '../ui/icons.tsx';
import { printable } from '../ui/printable.ts';
import { sendFiles } from './files.ts';
import { completed } from './mentions.ts';
import { people, post, shownName, type RoomState } from './store.ts';

const mostHeight = 200;

// What was begun in a room and not sent yet.
const drafts = new Map<string, string>();

export function Composer({ state }: { state: RoomState }) {
  const input = useRef<HTMLTextAreaElement>(null);
  const w = t().chat;
  const grow = (): void => {
    const field = input.current!;
    drafts.set(state.name, field.value);
    field.style.blockSize = 'auto';
    field.style.blockSize = Math.min(mostHeight, field.scrollHeight) + 'px';
  };
  useEffect(() => {
    input.current!.value = drafts.get(state.name) ?? '';
    grow();
    if (matchMedia('(hover: hover)').matches) input.current!.focus();
  }, [state]);
  const send = (): void => {
    const text = input.current!.value.trimEnd();
    if (!text.trim()) return;
    post(state, text);
    input.current!.value = '';
    grow();
    input.current!.focus();
  };
  const keys = (event: KeyboardEvent): void => {
    // Enter also ends the choice of a character in an input method; that one is not meant.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === 'Tab' && !event.shiftKey) {
      const field = input.current!;
      const full = completed(field.value, field.selectionEnd, people);
      if (!full) return;
      event.preventDefault();
      field.value = full.text;
      field.setSelectionRange(full.caret, full.caret);
    }
  };
  const paste = (event: ClipboardEvent): void => {
    const list = event.clipboardData?.files;
    if (!list?.length || !may('files')) return;
    event.preventDefault();
    void sendFiles(state.name, readInput(list));
  };
  return (
    <div class="composer">
      {may('files') && <button class="flat" aria-label={w.sendFile} title={w.sendFile} onClick={() => pickByInput(false, list => void sendFiles(state.name, readInput(list)))}><Icon name="clip" /></button>}
      <textarea ref={input} rows={1} dir="auto" aria-label={w.writeIn(printable(shownName(state.name)))} placeholder={w.writeIn(printable(shownName(state.name)))} onInput={grow} onKeyDown={keys} onPaste={paste} />
      <button class="main" aria-label={w.send} title={w.send + ' (Enter)'} onClick={send}><Icon name="send" /></button>
    </div>
  );
}
