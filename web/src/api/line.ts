import { languageTag } from '../text/index.ts';
import { encode, FrameReader, type Frame, type Header } from './frames.ts';
import { noConnection, onLoggedOut, Refusal, root } from './http.ts';

// The server sends something every 15 seconds within a session; three times that is a broken line (docs/protocol.md, chapter 10).
const silence = 45_000;

/** One WebSocket that carries one conversation of the native protocol. It is used once: after it broke, another one is opened. */
export class Line {
  onFrame: (frame: Frame) => void = () => undefined;
  onClosed: (reason: Refusal) => void = () => undefined;

  readonly #socket: WebSocket;
  readonly #reader = new FrameReader();
  readonly #opened: Promise<void>;
  #reason: Refusal | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;

  /** @param isSession what is carried is a session, so silence means a broken line. */
  constructor(private readonly isSession: boolean) {
    this.#socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${root}/live?lang=${languageTag()}`);
    this.#socket.binaryType = 'arraybuffer';
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.onopen = () => { this.#heard(); resolve(); };
      this.#socket.onclose = () => { const reason = this.#reason ?? noConnection(); this.#end(reason); reject(reason); };
    });
    this.#opened.catch(() => undefined);
    this.#socket.onmessage = event => this.#receive(new Uint8Array(event.data as ArrayBuffer));
  }

  get opened(): Promise<void> { return this.#opened; }

  get isOpen(): boolean { return this.#socket.readyState === WebSocket.OPEN; }

  /** Bytes that the browser has not handed on yet. */
  get waiting(): number { return this.#socket.bufferedAmount; }

  send(header: Header, payload?: Uint8Array): void {
    if (this.isOpen) this.#socket.send(encode(header, payload));
  }

  close(): void {
    this.onClosed = () => undefined;
    this.#end(noConnection());
  }

  #receive(bytes: Uint8Array<ArrayBuffer>): void {
    this.#heard();
    try {
      for (const frame of this.#reader.push(bytes)) {
        if (frame.header.type === 'closing') this.#reason = refusalOf(frame.header);
        else this.onFrame(frame);
      }
    } catch (error) {
      this.#end(new Refusal('bad_frame', String(error)));
    }
  }

  #heard(): void {
    clearTimeout(this.#watch);
    if (this.isSession) this.#watch = setTimeout(() => this.#end(noConnection()), silence);
  }

  #end(reason: Refusal): void {
    clearTimeout(this.#watch);
    this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close();
    const told = this.onClosed;
    this.onClosed = () => undefined;
    if (endsLogin(reason)) onLoggedOut.run();
    told(reason);
  }
}

export const endsLogin = (reason: Refusal): boolean => ['login_required', 'account_disabled', 'account_unknown'].includes(reason.code);

/** The refusal that an `error`, `refused` or `closing` frame tells. */
export function refusalOf(header: Header): Refusal {
  const text = (name: string): string | undefined => typeof header[name] === 'string' ? header[name] : undefined;
  return new Refusal(text('code') ?? 'internal', text('message') ?? text('code') ?? '', text('hint'), 0, typeof header.retry_after === 'number' ? header.retry_after : undefined);
}

/** Pauses between tries to connect: they grow, and differ so that not every page comes back in the same moment. */
export class Pauses {
  #tries = 0;

  reset(): void { this.#tries = 0; }

  next(atLeast = 0): number {
    const pause = Math.min(15_000, 400 * 2 ** this.#tries++);
    return Math.max(atLeast * 1000, pause * (0.75 + Math.random() / 2));
  }
}
