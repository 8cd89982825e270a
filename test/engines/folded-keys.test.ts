import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FoldedKeys } from '../../src/engines/embedded/slab/folded-keys.js';

test('each bucket has the hashes that were added and not removed, as often as that was', () => {
  const step = fc.record({ adds: fc.boolean(), bucket: fc.nat(3), whole: fc.constantFrom(1, 2, 3, 0xffffffff, 77) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const keys = new FoldedKeys();
      const model: number[][] = [[], [], [], []];
      for (const { adds, bucket, whole } of steps) {
        const known = model[bucket]!;
        if (adds) known.push(whole);
        else if (!known.includes(whole)) continue;
        else known.splice(known.indexOf(whole), 1);
        if (adds) keys.add(bucket, whole);
        else keys.remove(bucket, whole);
      }
      for (const [bucket, known] of model.entries()) {
        expect([...keys.in(bucket)].sort()).toEqual([...new Set(known)].sort());
      }
      expect(keys.size).toBe(model.flat().length);
    }),
    { numRuns: 200 },
  );
});

test('what was removed is used again, and nothing is kept once all is', () => {
  const keys = new FoldedKeys();
  const fill = (from: number): void => {
    for (let i = from; i < from + 100_000; i++) keys.add(i % 64, i);
  };
  fill(0);
  const { bytes } = keys;
  expect(bytes).toBeLessThan(5.3 * 100_000);
  for (let i = 0; i < 50_000; i++) keys.remove(i % 64, i);
  for (let i = 0; i < 50_000; i++) keys.add(i % 64, i);
  expect(keys.bytes).toBe(bytes);
  for (let i = 0; i < 100_000; i++) keys.remove(i % 64, i);
  expect([keys.size, keys.bytes]).toEqual([0, 0]);
});
