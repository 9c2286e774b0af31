import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { prove } from './leaves.ts';
import { secondsLeft, Speed } from './speed.ts';

test('speed is that of the last seconds, and a standstill counts', () => {
  const speed = new Speed();
  assert.equal(speed.perSecond(0), 0);
  for (let second = 0; second <= 20; second++) speed.add(second * 1000, second * 100);
  assert.equal(Math.round(speed.perSecond(20_000)), 100);
  assert.ok(speed.perSecond(28_000) < 60);
  speed.reset();
  assert.equal(speed.perSecond(28_000), 0);
});

test('time left', () => {
  assert.equal(secondsLeft(100, 50), 2);
  assert.equal(secondsLeft(100, 0), undefined);
  assert.equal(secondsLeft(0, 0), 0);
});

test('what is kept is proved by every leaf, the last one short', async () => {
  const content = randomBytes(2_500);
  const file = new File([content], 'x');
  const leaf = 1_000;
  const leaves = (upTo: number): string[] => Array.from({ length: Math.ceil(upTo / leaf) }, (_, i) => createHash('sha256').update(content.subarray(i * leaf, Math.min(upTo, (i + 1) * leaf))).digest('hex'));
  const told: number[] = [];
  assert.equal(await prove({ file, leaf, offset: 2_200, leaves: leaves(2_200) }, at => told.push(at)), true);
  assert.deepEqual(told, [1_000, 2_000, 2_200]);
  assert.equal(await prove({ file, leaf, offset: 2_200, leaves: leaves(2_100) }, () => undefined), false, 'the last leaf is of another length');
  assert.equal(await prove({ file, leaf, offset: 2_200, leaves: leaves(2_000) }, () => undefined), false, 'a leaf is missing');
  assert.equal(await prove({ file, leaf, offset: 3_000, leaves: leaves(3_000) }, () => undefined), false, 'more is kept than the file has');
});
