import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { asRefusal, type Refusal } from '../api/http.ts';
import { t } from '../text/index.ts';
import { Icon } from './icons.tsx';

interface Open { id: number; content: ComponentChildren }

const open = signal<Open[]>([]);
let lastId = 0;

/** Shows a dialog until it calls `done`; what it calls it with is the result, undefined when it was left. */
export function show<T>(content: (done: (result?: T) => void) => ComponentChildren): Promise<T | undefined> {
  return new Promise(resolve => {
    const id = ++lastId;
    const done = (result?: T): void => {
      open.value = open.value.filter(one => one.id !== id);
      resolve(result);
    };
    open.value = [...open.value, { id, content: content(done) }];
  });
}

export const Dialogs = () => <>{open.value.map(one => <div key={one.id}>{one.content}</div>)}</>;

export const isDialogOpen = (): boolean => open.value.length > 0;

/** Gives the focus back; where that control is gone meanwhile, to what the page is about. */
export function focusAgain(before: Element | null): void {
  if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
  else (document.getElementById('entries') ?? document.getElementById('content'))?.focus();
}

interface DialogProps { title: string; onClose: () => void; wide?: boolean; full?: boolean; tools?: ComponentChildren; children: ComponentChildren }

/** A modal dialog: the browser keeps the focus in it and gives it back, and Escape leaves it. */
export function Dialog({ title, onClose, wide, full, tools, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = element.current!;
    const before = document.activeElement;
    shown.showModal();
    (shown.querySelector<HTMLElement>('[autofocus], input, select, textarea') ?? shown).focus();
    return () => focusAgain(before);
  }, []);
  return (
    <dialog ref={element} tabIndex={-1} class={full ? 'full' : wide ? 'wide' : ''} aria-label={title}
      onCancel={event => { event.preventDefault(); onClose(); }}
      onMouseDown={event => { if (event.target === element.current) onClose(); }}>
      <div class="dialog">
        <header>
          <h2 class="grow cut">{title}</h2>
          {tools}
          <button class="flat" aria-label={t().close} onClick={onClose}><Icon name="close" /></button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface FormProps { title: string; submit: string; danger?: boolean; wide?: boolean; onClose: () => void; onSubmit: (data: FormData) => Promise<void> | void; children: ComponentChildren }

/** A dialog that is filled in and sent; what is refused is said in it, and what was typed stays. */
export function FormDialog({ title, submit, danger, wide, onClose, onSubmit, children }: FormProps) {
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setRefusal(undefined);
    try {
      await onSubmit(new FormData(event.currentTarget as HTMLFormElement));
    } catch (error) {
      setRefusal(asRefusal(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form onSubmit={send}>
        <div class="body">{children}</div>
        <Refused refusal={refusal} />
        <footer>
          <button type="button" onClick={onClose}>{t().cancel}</button>
          <button class={danger ? 'danger' : 'main'} disabled={busy}>{submit}</button>
        </footer>
      </form>
    </Dialog>
  );
}

export const Refused = ({ refusal }: { refusal: Refusal | undefined }) => (
  <div role="alert">
    {refusal && <div class="refused"><Icon name="warn" /><div><div>{refusal.message}</div>{refusal.hint && <div class="faint">{refusal.hint}</div>}</div></div>}
  </div>
);

/** Asks for one line of text; `work` is done with it while the dialog stands, so that a refusal can be corrected. */
export const askText = (title: string, label: string, submit: string, value: string, work: (text: string) => Promise<void>, selectTo?: number): Promise<true | undefined> =>
  show<true>(done => (
    <FormDialog title={title} submit={submit} onClose={() => done()}
      onSubmit={async data => { await work(String(data.get('text')).trim()); done(true); }}>
      <label>{label}
        <input name="text" required defaultValue={value} autocomplete="off" spellcheck={false}
          onFocus={event => event.currentTarget.setSelectionRange(0, selectTo ?? value.length)} />
      </label>
    </FormDialog>
  ));

export const confirm = async (title: string, text: ComponentChildren, submit: string, work: () => Promise<unknown>): Promise<boolean> =>
  await show<true>(done => (
    <FormDialog title={title} submit={submit} danger onClose={() => done()} onSubmit={async () => { await work(); done(true); }}>
      <p>{text}</p>
    </FormDialog>
  )) === true;

/** Shows a secret that is told once. */
export const tellOnce = (title: string, text: string, secret: string): Promise<void | undefined> =>
  show<void>(done => (
    <Dialog title={title} onClose={() => done()}>
      <div class="body">
        <p>{text}</p>
        <Copyable text={secret} />
      </div>
      <footer><button class="main" onClick={() => done()}>{t().done}</button></footer>
    </Dialog>
  ));

export function Copyable({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div class="copyable">
      <input readonly value={text} aria-label={t().secret} onFocus={event => event.currentTarget.select()} />
      <button type="button" onClick={() => void copy().catch(() => undefined)}><Icon name={copied ? 'check' : 'copy'} size={16} /> {copied ? t().copied : t().copy}</button>
    </div>
  );
}
