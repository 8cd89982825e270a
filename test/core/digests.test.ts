import { expect, test } from '@jest/globals';
import { Digests } from '../../src/core/store/digests.js';

type Write = readonly [keyHash: number, originHash: number, seq: number, hlc: number];

const sumOf = (...writes: Write[]): number => {
  const digests = new Digests(2);
  for (const write of writes) digests.add(1, ...write);
  return digests.get(1);
};

test('writes that differ in one thing alone, or have two exchanged, have other digests', () => {
  const writes: Write[] = [
    [1, 2, 3, 4],
    [9, 2, 3, 4],
    [1, 9, 3, 4],
    [1, 2, 9, 4],
    [1, 2, 3, 9],
    [2, 1, 3, 4],
    [1, 2, 4, 3],
    [0xffffffff, 2, 3, 4],
    [1, 2, 3, Number.MAX_SAFE_INTEGER],
  ];
  const sums = writes.map((write) => sumOf(write));
  expect(new Set(sums).size).toBe(sums.length);
  for (const sum of sums) expect(Number.isSafeInteger(sum) && sum > 0).toBe(true);
});

test('two writes that exchange their numbers do not cancel out', () => {
  expect(sumOf([1, 5, 3, 10], [2, 5, 4, 11])).not.toBe(sumOf([1, 5, 4, 11], [2, 5, 3, 10]));
});

test('what was taken out leaves no trace, in any order, and a copy goes its own way', () => {
  const digests = new Digests(1);
  const writes = Array.from({ length: 1000 }, (_, i): Write => [i * 7919, 0xdeadbeef, i + 1, i * 4096]);
  for (const write of writes) digests.add(0, ...write);
  const copy = digests.copyOf(0);
  for (const write of writes.slice(1)) copy.remove(0, ...write);
  expect(copy.get(0)).toBe(sumOf(writes[0]!));
  expect(digests.get(0)).toBe(sumOf(...writes.toReversed()));
});
