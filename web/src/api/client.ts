// The HTTP API, one function for each request the page makes.

import { inAddress, json, nothing, query, request, root } from './http.ts';
import type { Account, AuditRecord, Binned, Job, Kept, LabGroup, Leaves, Listing, Message, OpenSession, Room, Session, Setting, Share, Shared, Space, Token } from './types.ts';

export const session = {
  get: async () => await (await request('GET', '/session', { quiet: true })).json() as Session,
  begin: async (user: string, password: string, device: string, label: string) =>
    await (await request('POST', '/session', { json: { user, password, device, label }, quiet: true })).json() as Session,
  end: () => nothing('DELETE', '/session'),
  password: (current: string, password: string) => nothing('PUT', '/password', { current, password }),
};

export const files = {
  address: (path: string, inline = false) => root + '/files' + inAddress(path) + (inline ? '?inline' : ''),
  zipAddress: (folder: string, names: string[]) => root + '/zip' + inAddress(folder) + (names.length ? '?' + names.map(name => 'name=' + encodeURIComponent(name)).join('&') : ''),
  list: (path: string, signal?: AbortSignal) => json<Listing>('GET', '/entries' + inAddress(path), undefined, signal),
  search: (path: string, text: string, signal?: AbortSignal) => json<Listing>('GET', '/entries' + inAddress(path) + query({ search: text }), undefined, signal),
  makeFolder: (path: string, parents = false) => request('POST', '/entries' + inAddress(path) + query({ parents })),
  move: (from: string, to: string, overwrite?: boolean) => nothing('POST', '/move', { from, to, overwrite }),
  remove: (path: string, forever = false) => nothing('DELETE', '/files' + inAddress(path) + query({ recursive: true, forever })),
  space: () => json<Space>('GET', '/space'),
  beginning: async (path: string, bytes: number, signal?: AbortSignal) =>
    await (await request('GET', '/files' + inAddress(path), { headers: { Range: `bytes=0-${bytes - 1}`, Accept: '*/*' }, signal })).arrayBuffer(),
};

export const uploads = {
  list: async () => (await json<{ uploads: Kept[] }>('GET', '/uploads')).uploads,
  /** @param below `/shared/ID` for those of a link */
  leaves: (id: string, below = '') => json<Leaves>('GET', `${below}/uploads/${id}/leaves`),
  address: (id: string) => `${root}/tus/${id}`,
  drop: (id: string) => request('DELETE', `/tus/${id}`, { headers: { 'Tus-Resumable': '1.0.0' } }),
};

export const bin = {
  list: async () => (await json<{ entries: Binned[] }>('GET', '/bin')).entries,
  restore: async (id: string) => (await json<{ path: string }>('POST', `/bin/${id}/restore`)).path,
  free: (id: string) => nothing('DELETE', `/bin/${id}`),
  empty: () => nothing('DELETE', '/bin'),
};

export interface NewShare { path: string; upload?: boolean; expires?: number; count?: number; bytes?: number; label?: string }

export const shares = {
  list: async () => (await json<{ shares: Share[] }>('GET', '/shares')).shares,
  add: (share: NewShare) => json<{ share: Share; secret: string; link: string }>('POST', '/shares', share),
  remove: (id: string) => nothing('DELETE', `/shares/${id}`),
  open: async (id: string, secret: string) => await (await request('POST', `/shared/${id}`, { json: { secret }, quiet: true })).json() as Shared,
  content: (id: string) => `${root}/shared/${id}/content`,
};

export const rooms = {
  list: async () => (await json<{ rooms: Room[] }>('GET', '/rooms')).rooms,
  messages: async (room: string, from: number, last: number) =>
    (await json<{ messages: Message[] }>('GET', `/rooms/${encodeURIComponent(room)}/messages` + query({ from, last }))).messages,
  /** The file that a message is, whosever home it lies in. */
  fileAddress: (room: string, number: number) => `${root}/rooms/${encodeURIComponent(room)}/messages/${number}/file`,
  find: async (room: string, words: string) => (await json<{ messages: Message[] }>('GET', `/rooms/${encodeURIComponent(room)}/messages` + query({ last: 100, words }))).messages,
};

export const jobs = {
  list: async (all: boolean) => (await json<{ jobs: Job[] }>('GET', '/jobs' + query({ all }))).jobs,
  signal: (id: string, signal: string) => nothing('POST', `/jobs/${id}/signal`, { signal }),
};

export const laboratory = {
  list: async () => (await json<{ groups: LabGroup[] }>('GET', '/lab')).groups,
  /** Asking for it runs it. */
  address: (name: string, language: string) => `${root}/lab/${encodeURIComponent(name)}` + query({ lang: language }),
};

export const tokens = {
  list: async (account?: string) => (await json<{ tokens: Token[] }>('GET', '/tokens' + query({ account }))).tokens,
  revoke: (id: string, account?: string) => nothing('DELETE', `/tokens/${id}` + query({ account })),
  add: (token: { account?: string; label?: string; allow?: string[]; expires?: number }) => json<{ id: string; token: string }>('POST', '/tokens', token),
};

export interface AccountChange { quota?: number; allow?: string[]; disabled?: boolean; password?: string }

export const accounts = {
  list: async () => (await json<{ accounts: Account[] }>('GET', '/accounts')).accounts,
  add: (account: { name: string; password?: string; quota?: number; allow?: string[] }) => json<{ account: Account; password?: string }>('POST', '/accounts', account),
  change: (name: string, change: AccountChange) => json<{ account: Account; password?: string }>('PATCH', `/accounts/${encodeURIComponent(name)}`, change),
  remove: (name: string, purge: boolean) => nothing('DELETE', `/accounts/${encodeURIComponent(name)}` + query({ purge })),
};

export const administration = {
  sessions: async () => (await json<{ sessions: OpenSession[] }>('GET', '/sessions')).sessions,
  endSession: (number: number) => nothing('DELETE', `/sessions/${number}`),
  audit: async (filter: { account?: string; action?: string; last?: number }) => (await json<{ records: AuditRecord[] }>('GET', '/audit' + query(filter))).records,
  settings: async () => (await json<{ settings: Setting[] }>('GET', '/settings')).settings,
};
