import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash, hueOf } from './colors.ts';
import { completed, isNamed } from './mentions.ts';

test('places of colours are those of the terminal: FNV-1a of the name', () => {
  // Published values of FNV-1a, 32 bits.
  assert.equal(hash(''), 0x811c9dc5);
  assert.equal(hash('a'), 0xe40c292c);
  assert.equal(hash('foobar'), 0xbf9cf968);
});

test('hues of xterm’s colours', () => {
  assert.deepEqual(hueOf(33), { hue: 208, saturation: 100 });
  assert.equal(hueOf(196).hue, 0);
  assert.equal(hueOf(46).hue, 120);
});

test('a name is meant when it stands by itself', () => {
  for (const text of ['ann?', 'hello Ann', '@ann: look', 'x,ann']) assert.ok(isNamed(text, 'ann'), text);
  for (const text of ['anna', 'joann', '', 'ann1', 'än ann9']) assert.ok(!isNamed(text, 'ann'), text);
});

test('a name is completed where only one fits', () => {
  assert.deepEqual(completed('an', 2, ['ann', 'ben']), { text: 'ann: ', caret: 5 });
  assert.deepEqual(completed('hi @b', 5, ['ann', 'ben']), { text: 'hi @ben ', caret: 8 });
  assert.equal(completed('a', 1, ['ann', 'abe']), undefined);
});
