// The frames of the native protocol (docs/protocol.md, chapter 2): four bytes with the header's length, the header in JSON, `size` bytes of payload.

export interface Header {
  type: string;
  id?: number;
  size?: number;
  [field: string]: unknown;
}

export interface Frame {
  header: Header;
  payload: Uint8Array<ArrayBuffer>;
}

export class FrameError extends Error {}

const mostHeader = 65_536;

// What the server sends over a page's line is at most 1 MiB of a job's output; a get is asked for in pieces.
const mostPayload = 16 * 1_048_576;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const nothing = new Uint8Array(0);

export function encode(header: Header, payload: Uint8Array = nothing): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(JSON.stringify(payload.length > 0 ? { ...header, size: payload.length } : header));
  if (text.length > mostHeader) throw new FrameError('header too long');
  const frame = new Uint8Array(4 + text.length + payload.length);
  new DataView(frame.buffer).setUint32(0, text.length);
  frame.set(text, 4);
  frame.set(payload, 4 + text.length);
  return frame;
}

/** Cuts a stream of bytes, that comes in pieces of any length, into frames. */
export class FrameReader {
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;
  #header: Header | undefined;

  /** Frames that are complete with this piece. */
  *push(piece: Uint8Array<ArrayBuffer>): Generator<Frame> {
    if (piece.length > 0) {
      this.#pieces.push(piece);
      this.#held += piece.length;
    }
    for (let frame = this.#next(); frame; frame = this.#next()) yield frame;
  }

  /** The stream ended between two frames. */
  get isBetweenFrames(): boolean { return this.#held === 0 && !this.#header; }

  #next(): Frame | undefined {
    if (!this.#header) {
      if (this.#held < 4) return undefined;
      const length = this.#peekLength();
      if (length === 0 || length > mostHeader) throw new FrameError('header length ' + length);
      if (this.#held < 4 + length) return undefined;
      this.#header = parse(this.#take(4 + length).subarray(4));
    }
    const size = this.#header.size ?? 0;
    if (this.#held < size) return undefined;
    const frame = { header: this.#header, payload: this.#take(size) };
    this.#header = undefined;
    return frame;
  }

  #peekLength(): number {
    if (this.#pieces[0]!.length < 4) this.#join();
    const first = this.#pieces[0]!;
    return new DataView(first.buffer, first.byteOffset).getUint32(0);
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    if (count === 0) return nothing;
    if (this.#pieces[0]!.length < count) this.#join();
    const first = this.#pieces[0]!;
    this.#held -= count;
    if (first.length === count) this.#pieces.shift();
    else this.#pieces[0] = first.subarray(count);
    return first.subarray(0, count);
  }

  #join(): void {
    const whole = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [whole];
  }
}

function parse(bytes: Uint8Array): Header {
  let header: unknown;
  try {
    header = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new FrameError('header is no JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw new FrameError('header is no object');
  const size = (header as Header).size ?? 0;
  if (!Number.isSafeInteger(size) || size < 0 || size > mostPayload) throw new FrameError('size');
  return header as Header;
}
