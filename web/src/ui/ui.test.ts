import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../api/types.ts';
import { en } from '../text/en.ts';
import { zh } from '../text/zh.ts';
import { bytes, duration, parseBytes } from './format.ts';
import { join, nameOf, parent, steps } from './path.ts';
import { printable, printableLines } from './printable.ts';
import { byName, extension, sorted } from './sort.ts';

test('what could forge or reorder text is shown as its code', () => {
  assert.equal(printable('a\u202eb'), 'a\\u{202e}b');
  assert.equal(printable('\u001b[31m\u0000\u0085\u2028\u2069\u200f\u061c'), '\\u{1b}[31m\\u{0}\\u{85}\\u{2028}\\u{2069}\\u{200f}\\u{61c}');
  assert.equal(printable('\ud800x\udc00'), '\\u{d800}x\\u{dc00}');
  for (const harmless of ['文件 🎉.txt', 'עברית', '<img src=x>', 'a&b']) assert.equal(printable(harmless), harmless);
});

test('text of several lines keeps its lines and tabs, and nothing else', () => {
  assert.equal(printableLines('a\r\n\tb\u0007'), 'a\n\tb\\u{7}');
});

test('names are in the order people expect, and always in the same', () => {
  assert.deepEqual(['b10', 'B2', 'a', 'ä', 'b1'].sort(byName), ['a', 'ä', 'b1', 'B2', 'b10']);
  assert.deepEqual(['A', 'a'].sort(byName), ['a', 'A'].sort(byName));
});

test('folders stand first, whichever way the rest is sorted', () => {
  const entry = (path: string, type: Entry['type'], size: number): Entry => ({ path, type, size, modified: 0 });
  const all = [entry('a', 'file', 2), entry('z', 'folder', 0), entry('b', 'file', 1)];
  assert.deepEqual(sorted(all, { key: 'size', down: true }).map(one => one.path), ['z', 'a', 'b']);
  assert.deepEqual(sorted(all, { key: 'name', down: false }).map(one => one.path), ['z', 'a', 'b']);
});

test('endings', () => {
  assert.equal(extension('a.tar.GZ'), 'gz');
  assert.equal(extension('.bashrc'), '');
});

test('sizes are written and read', () => {
  for (const [count, text] of [[0, '0 bytes'], [1, '1 byte'], [1023, '1023 bytes'], [1024, '1 KiB'], [1536, '1.5 KiB'], [1_048_100, '1 MiB'], [20 * 2 ** 30, '20 GiB']] as const) assert.equal(bytes(count), text);
  for (const [text, count] of [['10 GiB', 10 * 2 ** 30], ['500M', 500 * 2 ** 20], ['12', 12], ['1.5 kb', 1536]] as const) assert.equal(parseBytes(text), count);
  for (const text of ['', 'x', '-1', '1 GiBx', '1 2']) assert.equal(parseBytes(text), undefined);
});

test('durations', () => {
  assert.deepEqual([59.6, 61, 3_660, Infinity].map(duration), ['1 min 0 s', '1 min 1 s', '1 h 1 min', 'a long time']);
});

test('paths', () => {
  assert.deepEqual(steps('/a/b'), ['/', '/a', '/a/b']);
  assert.deepEqual([parent('/a/b'), parent('/a'), parent('/')], ['/a', '/', '/']);
  assert.deepEqual([nameOf('/a/b'), nameOf('b')], ['b', 'b']);
  assert.deepEqual([join('/', 'a'), join('/a', 'b')], ['/a', '/a/b']);
});

test('no sentence was left in the other language', () => {
  const walk = (one: unknown, other: unknown, place: string): void => {
    if (typeof one === 'string') assert.ok(one.length > 0 && (one !== other || /^(shell|–)?$/.test(one)), place);
    else if (typeof one === 'object' && !Array.isArray(one)) for (const key of Object.keys(one!)) walk((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], `${place}.${key}`);
  };
  walk(en, zh, 'en');
});
