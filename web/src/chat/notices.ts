import { signal } from '@preact/signals';
import type { Message } from '../api/types.ts';
import { go } from '../route.ts';
import { t } from '../text/index.ts';
import { printable } from '../ui/printable.ts';
import { shownName } from './store.ts';

// The browser's own notifications; no service outside is told of anything.

const has = (): boolean => typeof Notification !== 'undefined';

export const permission = signal<NotificationPermission>(has() ? Notification.permission : 'denied');

export async function askPermission(): Promise<void> {
  if (has()) permission.value = await Notification.requestPermission();
}

export function notify(said: Message): void {
  if (!has() || Notification.permission !== 'granted') return;
  const text = said.kind === 'file' ? t().chat.file(said.text) : said.text;
  try {
    // One for each room: the next takes the place of the one before.
    const shown = new Notification(`${printable(said.from)} · ${printable(shownName(said.room))}`, { body: printable(text).slice(0, 300), tag: 'switchboard ' + said.room });
    shown.onclick = () => { window.focus(); go('chat', '/' + said.room); shown.close(); };
  } catch {
    // Browsers on phones have the class but want a service worker.
  }
}
