import type { Frame, Header } from '../api/frames.ts';
import type { Refusal } from '../api/http.ts';
import { endsLogin, Line, Pauses, refusalOf } from '../api/line.ts';
import { random } from '../ui/store.ts';

export interface Ended { state: string; exit?: number; reason?: string }

export interface JobEvents {
  started(job: string, hasTerminal: boolean): void;
  /** Bytes the program wrote; `shown` is called when they are on the screen, and only then more is asked for. */
  output(bytes: Uint8Array, shown: () => void): void;
  gap(length: number): void;
  ended(how: Ended): void;
  refused(refusal: Refusal): void;
  /** The line is there, or why it is not. */
  up(reason: Refusal | undefined): void;
}

export interface Size { rows: number; columns: number }

export type Begin = { run: string[]; folder?: string } | { attach: string };

// A client tells what it has at least every 15 seconds, and every 4 MiB of output (docs/protocol.md, chapter 10).
const heartbeat = 12_000;
const receivedEvery = 512 * 1024;

/** One job with its terminal: begun or attached to, and after a broken line attached to again at the byte that was reached. */
export class JobSession {
  readonly #key = random();
  readonly #encoder = new TextEncoder();
  readonly #pauses = new Pauses();
  #line: Line | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #isStarted = false;
  #isOver = false;
  #job: string | undefined;
  #stdout = 0;
  #stderr = 0;
  #told = 0;
  #shown = { stdout: 0, stderr: 0 };

  /** Input that the program has not taken yet, and where its first byte stands. */
  #input: Uint8Array[] = [];
  #taken = 0;
  #sentTo = 0;
  #window = 0;

  constructor(private readonly begin: Begin, private size: Size, private readonly events: JobEvents) {
    addEventListener('online', this.#online);
  }

  readonly #online = (): void => { if (!this.#isStarted && !this.#isOver) this.start(); };

  get job(): string | undefined { return this.#job; }

  start(): void {
    clearTimeout(this.#again);
    this.#line?.close();
    const line = this.#line = new Line(true);
    line.onFrame = frame => this.#take(frame);
    line.onClosed = reason => {
      this.#down();
      if (this.#isOver || endsLogin(reason)) return;
      this.events.up(reason);
      this.#again = setTimeout(() => this.start(), this.#pauses.next(reason.retryAfter));
    };
    void line.opened.then(() => this.#open(), () => undefined);
  }

  /** Leaves the job; it goes on. */
  leave(): void {
    this.#isOver = true;
    if (this.#isStarted) this.#send({ type: 'detach' });
    removeEventListener('online', this.#online);
    clearTimeout(this.#again);
    this.#down();
    const line = this.#line;
    // The frame is handed on before the line is closed.
    setTimeout(() => line?.close(), 200);
  }

  type(text: string): void { this.#put(this.#encoder.encode(text)); }

  /** Bytes as they are, one for each unit of the text. */
  typeBinary(text: string): void { this.#put(Uint8Array.from(text, c => c.charCodeAt(0))); }

  resize(size: Size): void {
    this.size = size;
    if (this.#isStarted) this.#send({ type: 'resize', ...size });
  }

  signal(signal: string): void { if (this.#isStarted) this.#send({ type: 'signal', signal }); }

  #open(): void {
    const common = { id: 1, key: this.#key, input: true, ...this.size };
    if (this.#job !== undefined) {
      this.#line?.send({ type: 'attach', job: this.#job, stdout: this.#stdout, stderr: this.#stderr, ...common });
    } else if ('attach' in this.begin) {
      this.#line?.send({ type: 'attach', job: this.begin.attach, ...common });
    } else {
      const { run, folder } = this.begin;
      // The same key again is the same job, should the answer to the first have been lost.
      this.#line?.send({ type: 'run', ...common, arguments: run.length, terminal: true, term: 'xterm-256color', ...(folder ? { folder } : {}) }, this.#encoder.encode(run.map(text => text + '\0').join('')));
    }
  }

  #take({ header, payload }: Frame): void {
    switch (header.type) {
      case 'started': return this.#started(header);
      case 'stdout': return this.#output('stdout', header.offset as number, payload);
      case 'stderr': return this.#output('stderr', header.offset as number, payload);
      case 'gap': return this.#gap(header);
      case 'taken': return this.#took(header.stdin as number);
      case 'ok': return this.#end(() => this.events.ended({ state: header.state as string, exit: header.exit as number | undefined, reason: header.reason as string | undefined }));
      case 'error': return this.#end(() => this.events.refused(refusalOf(header)));
    }
  }

  #started(header: Header): void {
    const isFirst = this.#job === undefined;
    this.#job = header.job as string;
    this.#stdout = header.stdout as number;
    this.#stderr = header.stderr as number;
    this.#shown = { stdout: this.#stdout, stderr: this.#stderr };
    this.#told = this.#stdout + this.#stderr;
    this.#window = header.window as number;
    this.#isStarted = true;
    this.#pauses.reset();
    // What was sent over the broken line and not taken is sent again.
    this.#sentTo = header.stdin as number;
    this.#took(this.#sentTo);
    this.#beat = setInterval(() => this.#tell(), heartbeat);
    this.events.up(undefined);
    if (isFirst) this.events.started(this.#job, header.terminal === true);
    this.#flow();
  }

  #output(stream: 'stdout' | 'stderr', offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (stream === 'stdout') this.#stdout = end; else this.#stderr = end;
    this.events.output(bytes, () => {
      this.#shown[stream] = Math.max(this.#shown[stream], end);
      if (this.#shown.stdout + this.#shown.stderr - this.#told >= receivedEvery) this.#tell();
    });
  }

  #gap(header: Header): void {
    const end = (header.offset as number) + (header.length as number);
    if (header.stream === 'stderr') this.#stderr = end; else this.#stdout = end;
    this.events.gap(header.length as number);
  }

  #tell(): void {
    this.#told = this.#shown.stdout + this.#shown.stderr;
    if (this.#isStarted) this.#send({ type: 'received', stdout: this.#shown.stdout, stderr: this.#shown.stderr });
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isOver) return;
    this.#input.push(bytes);
    this.#flow();
  }

  #took(upTo: number): void {
    while (this.#input.length > 0 && this.#taken < upTo) {
      const first = this.#input[0]!;
      const step = Math.min(first.length, upTo - this.#taken);
      if (step === first.length) this.#input.shift();
      else this.#input[0] = first.subarray(step);
      this.#taken += step;
    }
    this.#taken = Math.max(this.#taken, upTo);
    this.#sentTo = Math.max(this.#sentTo, this.#taken);
    this.#flow();
  }

  /** Sends what the window lets through. */
  #flow(): void {
    if (!this.#isStarted) return;
    let at = this.#taken;
    for (const piece of this.#input) {
      const skip = Math.max(0, this.#sentTo - at);
      const room = this.#taken + this.#window - Math.max(at, this.#sentTo);
      if (skip < piece.length && room > 0) {
        const part = piece.subarray(skip, Math.min(piece.length, skip + room));
        this.#send({ type: 'stdin', offset: at + skip }, part);
        this.#sentTo = at + skip + part.length;
      }
      at += piece.length;
    }
  }

  #end(tell: () => void): void {
    this.#isOver = true;
    this.#down();
    removeEventListener('online', this.#online);
    this.#line?.close();
    tell();
  }

  #down(): void {
    clearInterval(this.#beat);
    this.#isStarted = false;
  }

  #send(header: Header, payload?: Uint8Array): void { this.#line?.send({ ...header, id: 1 }, payload); }
}
