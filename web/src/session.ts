import { signal } from '@preact/signals';
import { session as api } from './api/client.ts';
import { asRefusal, onLoggedOut, type Refusal } from './api/http.ts';
import { hangUp } from './api/requests.ts';
import type { Permission, Session } from './api/types.ts';
import { space, unwatch, watch } from './api/watch.ts';
import { kept, keep, random } from './ui/store.ts';

/** Who is logged in: undefined until that is known, null when nobody is. */
export const session = signal<Session | null | undefined>(undefined);

/** Why the server could not be asked, where that is so. */
export const outage = signal<Refusal | undefined>(undefined);

/** The session ended while somebody worked with it. */
export const wasEnded = signal(false);

// Other pages of this browser: the cookie is theirs too.
const others = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('switchboard');

export const may = (permission: Permission): boolean => session.value?.allow.includes(permission) ?? false;

export async function begin(): Promise<void> {
  if (others) others.onmessage = () => void ask();
  onLoggedOut.run = () => { wasEnded.value = session.value !== null && session.value !== undefined; ended(); };
  await ask();
}

async function ask(): Promise<void> {
  try {
    arrived(await api.get());
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal.status === 401) return ended();
    outage.value = refusal;
    setTimeout(() => void ask(), 3000);
  }
}

function arrived(told: Session): void {
  const before = session.value;
  outage.value = undefined;
  session.value = told;
  space.value = { quota: told.quota, used: told.used, free: told.free, partial: 0, bin: 0 };
  if (told.renew) return unwatch();
  if (told.allow.includes('files') && (before?.token !== told.token || before?.renew)) watch();
}

function ended(): void {
  outage.value = undefined;
  unwatch();
  hangUp();
  session.value = null;
}

export async function login(user: string, password: string): Promise<void> {
  wasEnded.value = false;
  arrived(await api.begin(user, password, deviceId(), deviceLabel()));
  others?.postMessage('login');
}

export async function logout(): Promise<void> {
  await api.end();
  wasEnded.value = false;
  ended();
  others?.postMessage('logout');
}

/** One's own password; the server may end this session with all others, then a new one is begun. */
export async function changePassword(current: string, password: string): Promise<void> {
  const user = session.value!.account;
  await api.password(current, password);
  try {
    arrived(await api.get());
  } catch {
    await login(user, password);
  }
}

/** An id this browser made itself: a later login takes the place of the earlier, and failed logins of others do not hold it up. */
function deviceId(): string {
  let id = kept('device');
  if (!id) keep('device', id = 'web-' + random());
  return id;
}

function deviceLabel(): string {
  const agent = navigator.userAgent;
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([mark]) => agent.includes(mark!))?.[1] ?? 'Browser';
  const system = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']].find(([mark]) => agent.includes(mark!))?.[1];
  return system ? `${browser} · ${system}` : browser;
}
