// One file on its way to the server. A small one goes whole; a larger one by tus, in chunks that each carry their digest.

import { DetailedError, Upload } from 'tus-js-client';
import { uploads } from '../../api/client.ts';
import { inAddress, noConnection, onLoggedOut, query, Refusal, refusalFrom, request, root } from '../../api/http.ts';
import { languageTag } from '../../text/index.ts';
import { proved, unreadable } from './prover.ts';

export interface Source {
  path: string;
  file: File;
  ifExists: string;
  /** Of an upload that was begun before, where the server does not find it by its path. */
  address?: string;
}

export interface Progress {
  begun(address: string): void;
  sent(bytes: number): void;
  proving(isProving: boolean): void;
}

const chunk = 16 * 1_048_576;

// One request instead of three; so little is sent again after a break.
const small = 4 * 1_048_576;

/** What tus answers to a chunk whose checksum is not that of what came. */
const checksumMismatch = 460;

/** @returns where it stands now; another name where both were to be kept */
export const upload = (source: Source, place: string, signal: AbortSignal, progress: Progress): Promise<string> =>
  source.file.size <= small && place === ownUploads ? put(source, signal, progress) : resumable(source, place, signal, progress);

/** Where an account's uploads go; those of an upload-only link go to its own. */
export const ownUploads = `${root}/tus`;

async function put(source: Source, signal: AbortSignal, progress: Progress): Promise<string> {
  const content = await source.file.arrayBuffer().catch(() => { throw unreadable(); });
  const digest = base64(await crypto.subtle.digest('SHA-256', content));
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('PUT', `${root}/files${inAddress(source.path)}` + query({ if_exists: source.ifExists, parents: true }));
    call.setRequestHeader('Accept-Language', languageTag());
    call.setRequestHeader('Content-Type', 'application/octet-stream');
    call.setRequestHeader('Repr-Digest', `sha-256=:${digest}:`);
    call.setRequestHeader('X-Modified', String(source.file.lastModified * 1000));
    call.upload.onprogress = event => progress.sent(event.loaded);
    call.onerror = () => reject(noConnection());
    call.onabort = () => reject(signal.reason as Error);
    call.onload = () => call.status < 300 ? resolve((JSON.parse(call.responseText || '{}') as { path?: string }).path ?? source.path) : reject(loggedOutOr(refusalFrom(call.status, call.responseText)));
    signal.addEventListener('abort', () => call.abort(), { once: true });
    call.send(content);
  });
}

async function resumable(source: Source, place: string, signal: AbortSignal, progress: Progress): Promise<string> {
  let begun = await kept(source, place, signal) ?? await create(source, place, signal);
  if (begun.offset > 0 && begun.offset < source.file.size && !await isProved(source, begun, place, signal, progress)) {
    await forget(begun.address, signal);
    begun = await create(source, place, signal);
  }
  progress.begun(begun.address);
  return await send(source, begun, signal, progress);
}

const tus = { 'Tus-Resumable': '1.0.0' };

/** The server keeps nothing of it any longer. */
export const forget = (address: string, signal?: AbortSignal): Promise<Response> => request('DELETE', address.slice(root.length), { headers: tus, signal, quiet: !address.startsWith(ownUploads) });

interface Begun { address: string; id: string; offset: number; path?: string }

/** What was begun through a link is found by its address alone, which only this browser knows. */
async function kept(source: Source, place: string, signal: AbortSignal): Promise<Begun | undefined> {
  if (!source.address?.startsWith(place + '/') || place === ownUploads) return undefined;
  try {
    return begunIn(await request('HEAD', source.address.slice(root.length), { headers: tus, signal, quiet: true }), source.address);
  } catch (error) {
    // Expired, or dropped by its owner.
    if (error instanceof Refusal && error.status === 404) return undefined;
    throw error;
  }
}

/** Begins an upload, or finds the one that is kept of the same file. */
async function create(source: Source, place: string, signal: AbortSignal): Promise<Begun> {
  const metadata = { path: source.path, filename: source.path.slice(source.path.lastIndexOf('/') + 1), last_modified: String(source.file.lastModified), if_exists: source.ifExists };
  const response = await request('POST', place.slice(root.length), {
    signal, quiet: place !== ownUploads,
    headers: {
      ...tus,
      'Upload-Length': String(source.file.size),
      'Upload-Metadata': Object.entries(metadata).map(([name, value]) => `${name} ${base64(new TextEncoder().encode(value))}`).join(','),
    },
  });
  return begunIn(response, response.headers.get('Location') ?? '');
}

const begunIn = ({ headers }: Response, address: string): Begun =>
  ({ address, id: address.slice(address.lastIndexOf('/') + 1), offset: Number(headers.get('Upload-Offset') ?? 0), path: pathIn(headers.get('X-Path')) });

async function isProved(source: Source, begun: Begun, place: string, signal: AbortSignal, progress: Progress): Promise<boolean> {
  progress.proving(true);
  try {
    const leaves = await uploads.leaves(begun.id, place.slice(root.length, -'/tus'.length));
    return await proved({ file: source.file, ...leaves }, signal, bytes => progress.sent(bytes));
  } finally {
    progress.proving(false);
  }
}

function send(source: Source, begun: Begun, signal: AbortSignal, progress: Progress): Promise<string> {
  // Nothing left to send: an empty file, or one whose last byte came before the line broke.
  if (begun.path !== undefined && begun.offset === source.file.size) return Promise.resolve(begun.path);
  const digests = new Digests(source.file);
  return new Promise((resolve, reject) => {
    const sending = new Upload(source.file, {
      uploadUrl: begun.address,
      chunkSize: chunk,
      // Who tries again is the queue: before it goes on, what is kept must be proved.
      retryDelays: null as unknown as number[],
      storeFingerprintForResuming: false,
      headers: { 'Accept-Language': languageTag() },
      onBeforeRequest: async call => {
        if (call.getMethod() === 'PATCH') call.setHeader('Upload-Checksum', 'sha256 ' + await digests.at(Number(call.getHeader('Upload-Offset'))));
      },
      onProgress: bytes => progress.sent(bytes),
      onSuccess: payload => resolve(pathIn(payload.lastResponse.getHeader('X-Path') ?? null) ?? source.path),
      onError: error => reject(refusalOf(error)),
    });
    signal.addEventListener('abort', () => { void sending.abort(); reject(signal.reason as Error); }, { once: true });
    sending.start();
  });
}

/** Digests of the chunks; that of the next one is computed while a chunk is sent. */
class Digests {
  #next: { at: number; digest: Promise<string> } | undefined;

  constructor(private readonly file: File) {}

  async at(offset: number): Promise<string> {
    const digest = this.#next?.at === offset ? this.#next.digest : this.#of(offset);
    const found = await digest;
    const next = offset + chunk;
    this.#next = next < this.file.size ? { at: next, digest: this.#of(next) } : undefined;
    this.#next?.digest.catch(() => undefined);
    return found;
  }

  async #of(offset: number): Promise<string> {
    const content = await this.file.slice(offset, Math.min(this.file.size, offset + chunk)).arrayBuffer().catch(() => { throw unreadable(); });
    return base64(await crypto.subtle.digest('SHA-256', content));
  }
}

function refusalOf(error: Error): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof DetailedError)) return new Refusal('internal', error.message);
  const cause: unknown = error.causingError;
  if (cause instanceof Refusal) return cause;
  const response = error.originalResponse;
  return response ? loggedOutOr(refusalFrom(response.getStatus(), response.getBody())) : noConnection();
}

function loggedOutOr(refusal: Refusal): Refusal {
  if (refusal.code === 'login_required') onLoggedOut.run();
  return refusal;
}

/** Another try may well go through. */
export const passes = (refusal: Refusal): boolean =>
  refusal.passes || refusal.status === checksumMismatch || refusal.code === 'bad_offset' || refusal.code === 'upload_unknown' || refusal.code === 'too_many_tries'
  || (refusal.status >= 500 && refusal.code === 'internal');

const pathIn = (header: string | null): string | undefined => header === null ? undefined : decodeURIComponent(header);

function base64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
