import type { Frame, Header } from '../api/frames.ts';
import type { Refusal } from '../api/http.ts';
import { endsLogin, Line, Pauses, refusalOf } from '../api/line.ts';
import type { Message } from '../api/types.ts';

export interface ChatEvents {
  /** The rooms to be in, asked for whenever a line comes up. */
  rooms(): { room: string; from: number }[];
  /** What was said and not answered yet; it is sent again. */
  texts(): { room: string; key: string; text: string }[];
  joined(room: string, next: number, last: number, topic: string | undefined, here: number): void;
  message(message: Message): void;
  presence(room: string, came: string[], went: string[], here: number): void;
  posted(room: string, key: string | undefined, number: number, time: number): void;
  refused(room: string, key: string | undefined, refusal: Refusal): void;
  parted(room: string): void;
  up(isUp: boolean): void;
}

// Each side says something at least every 15 seconds (docs/protocol.md, chapter 11).
const heartbeat = 12_000;

/** A chat session over the live line; when that breaks, another one that goes on where it was. */
export class ChatSession {
  #line: Line | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #isJoined = false;
  #stopped = false;
  readonly #pauses = new Pauses();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  constructor(private readonly events: ChatEvents) {
    addEventListener('online', this.#online);
  }

  readonly #online = (): void => { if (!this.#isJoined) this.start(); };

  start(): void {
    if (this.#stopped) return;
    clearTimeout(this.#again);
    this.#line?.close();
    const line = this.#line = new Line(true);
    line.onFrame = frame => this.#take(frame);
    line.onClosed = reason => {
      this.#down();
      if (!endsLogin(reason) && !this.#stopped) this.#again = setTimeout(() => this.start(), this.#pauses.next(reason.retryAfter));
    };
    void line.opened.then(() => this.#begin(), () => undefined);
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener('online', this.#online);
    clearTimeout(this.#again);
    this.#line?.close();
    this.#down();
  }

  #begin(): void {
    const rooms = this.events.rooms();
    this.#isJoined = true;
    rooms.forEach(({ room, from }, index) => this.#send({ type: 'join', room, from, presence: true, ...(index === 0 ? { private: true } : {}) }));
    for (const { room, key, text } of this.events.texts()) this.post(room, key, text);
    this.#beat = setInterval(() => this.#send({ type: 'away', gone: document.hidden }), heartbeat);
  }

  #down(): void {
    clearInterval(this.#beat);
    this.#isJoined = false;
    this.events.up(false);
  }

  join(room: string, from: number): void { this.#send({ type: 'join', room, from, presence: true }); }

  leave(room: string): void { this.#send({ type: 'leave', room }); }

  post(room: string, key: string, text: string): void { this.#send({ type: 'post', room, key }, this.#encoder.encode(text)); }

  seen(room: string, number: number): void { this.#send({ type: 'seen', room, number }); }

  // What is not sent because the line is down comes again when it is up: rooms, texts, and what was seen with the next that is.
  #send(header: Header, payload?: Uint8Array): void { if (this.#isJoined) this.#line?.send({ ...header, id: 1 }, payload); }

  #take({ header, payload }: Frame): void {
    const events = this.events;
    switch (header.type) {
      case 'joined':
        this.#pauses.reset();
        events.up(true);
        return events.joined(header.room as string, header.next as number, header.last as number, header.topic as string | undefined, header.here as number);
      case 'message': return events.message({ ...(header as unknown as Message), text: this.#decoder.decode(payload) });
      case 'presence': return events.presence(header.room as string, header.came as string[] ?? [], header.went as string[] ?? [], header.here as number);
      case 'posted': return events.posted(header.room as string, header.key as string | undefined, header.number as number, header.time as number);
      case 'refused': return events.refused(header.room as string, header.key as string | undefined, refusalOf(header));
      case 'parted': return events.parted(header.room as string);
      case 'error': return events.refused('', undefined, refusalOf(header));
    }
  }
}
