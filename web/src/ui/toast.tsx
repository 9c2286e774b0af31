import { signal } from '@preact/signals';
import { asRefusal } from '../api/http.ts';
import { t } from '../text/index.ts';
import { Icon } from './icons.tsx';

interface Toast {
  id: number;
  text: string;
  hint?: string;
  bad: boolean;
  action?: { label: string; run: () => void };
}

// More at once would hide the page; the oldest goes.
const most = 4;

const toasts = signal<Toast[]>([]);
let lastId = 0;

function add(toast: Omit<Toast, 'id'>, milliseconds: number): void {
  const id = ++lastId;
  toasts.value = [...toasts.value.filter(one => one.text !== toast.text), { ...toast, id }].slice(-most);
  setTimeout(() => close(id), milliseconds);
}

const close = (id: number): void => { toasts.value = toasts.value.filter(toast => toast.id !== id); };

export const say = (text: string, action?: Toast['action']): void => add({ text, bad: false, action }, action ? 10_000 : 5_000);

/** Shows what went wrong in the words of whoever refused. */
export function complain(error: unknown): void {
  const refusal = asRefusal(error);
  if (refusal.code !== 'login_required') add({ text: refusal.message, hint: refusal.hint, bad: true }, 12_000);
}

/** Runs it, and shows why it failed if it does. Tells whether it went well. */
export async function tried(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(toast => (
      <div key={toast.id} class={toast.bad ? 'toast bad' : 'toast'}>
        {toast.bad && <Icon name="warn" />}
        <div class="grow">
          <div>{toast.text}</div>
          {toast.hint && <div class="faint">{toast.hint}</div>}
        </div>
        {toast.action && <button class="link" onClick={() => { close(toast.id); toast.action!.run(); }}>{toast.action.label}</button>}
        <button class="flat" aria-label={t().close} onClick={() => close(toast.id)}><Icon name="close" size={16} /></button>
      </div>
    ))}
  </div>
);
