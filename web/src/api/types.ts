// Objects of the HTTP API (docs/http.md) and of the native protocol (docs/protocol.md), where each field is described.

export type Permission = 'files' | 'run' | 'chat' | 'admin' | 'share';

export interface Session {
  account: string;
  allow: string[];
  quota?: number;
  used: number;
  free: number;
  renew?: boolean;
  token?: string;
  server: string;
  name?: string;
}

export interface Space {
  quota?: number;
  used: number;
  partial: number;
  bin: number;
  free: number;
  disk_free?: number;
}

export interface Entry {
  path: string;
  type: 'file' | 'folder' | 'link' | 'other';
  size: number;
  modified: number;
  mode?: number;
  sha256?: string;
}

export interface Listing {
  entry: Entry;
  entries?: Entry[];
  more?: boolean;
}

export interface Kept {
  id: string;
  path: string;
  size?: number;
  offset: number;
  modified: number;
  busy: boolean;
}

export interface Leaves {
  leaf: number;
  offset: number;
  leaves: string[];
}

export interface Binned {
  id: string;
  path: string;
  type: string;
  size: number;
  removed: number;
  expires: number;
}

export interface Share {
  id: string;
  path: string;
  kind: 'read' | 'upload';
  label?: string;
  created: number;
  expires: number;
  count?: number;
  bytes?: number;
  used_count: number;
  used_bytes: number;
  void: boolean;
}

export interface Shared {
  kind: 'read' | 'upload';
  name: string;
  size?: number;
  sha256?: string;
  expires?: number;
  files_left?: number;
  bytes_left?: number;
}

export interface Room {
  name: string;
  kind: 'public' | 'invited' | 'private';
  topic?: string;
  here: number;
  last: number;
  read?: number;
}

export interface Message {
  room: string;
  number: number;
  from: string;
  time: number;
  text: string;
  kind?: string;
  target?: number;
  sha256?: string;
  bytes?: number;
}

export interface Present {
  account: string;
  state: string;
  since: number;
}

export interface Job {
  id: string;
  command: string;
  folder: string;
  state: string;
  started: number;
  ended?: number;
  exit?: number;
  reason?: string;
  terminal: boolean;
  readers: number;
  stdout: number;
  stderr: number;
  dropped: number;
  waiting: boolean;
}

export interface Token {
  id: string;
  account: string;
  label?: string;
  device?: string;
  allow?: string[];
  created: number;
  expires?: number;
  last_used?: number;
}

export interface Account {
  name: string;
  allow: string[];
  quota?: number;
  used: number;
  disabled: boolean;
  created: number;
  last_login?: number;
  tokens: number;
  sessions: number;
  ftp_encoding?: string;
  run_network?: boolean;
  run_programs?: string[];
  run_paths?: string[];
}

export interface OpenSession {
  number: number;
  account: string;
  door: string;
  from: string;
  device?: string;
  token?: string;
  since: number;
}

export interface AuditRecord {
  number: number;
  time: number;
  account?: string;
  from?: string;
  action: string;
  subject?: string;
  detail?: string;
  count: number;
}

export interface Setting {
  name: string;
  value: string;
  origin: string;
}

export interface News extends Space {
  version: number;
  folders?: string[];
  uploads?: Kept[];
}

export interface Experiment { name: string; title: string; expects: string; background: string }

export interface LabGroup { id: string; title: string; experiments: Experiment[] }
