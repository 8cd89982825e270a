import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BUCKETS,
  bucketOf,
  bytesToId,
  compareBytes,
  hashBytes,
  hashPart,
  idToBytes,
  seedAfter,
} from '../../src/core/model/bytes.js';
import { anyKey, bytes, KEYS } from './samples.js';

const anyBytes = fc.oneof(anyKey, fc.uint8Array({ maxLength: 200 }));

test('bytes are ordered byte by byte, the shorter first', () => {
  const sorted = [...KEYS].sort(compareBytes);
  expect(sorted.map((key) => bytesToId(key))).toEqual(['', '\0', '\0\0', 'doc', 'doc2', '\xff', '\xff\0']);
});

test('the order of bytes is the order of their ids, and total', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      const [idA, idB] = [bytesToId(a), bytesToId(b)];
      expect(compareBytes(a, b)).toBe(idA < idB ? -1 : idA > idB ? 1 : 0);
      expect(compareBytes(b, a) + compareBytes(a, b)).toBe(0);
    }),
  );
});

test('an id gives its bytes back, short or long, also those of a view into a larger buffer', () => {
  fc.assert(
    fc.property(anyBytes, fc.nat(3), (a, cut) => {
      expect(Buffer.compare(idToBytes(bytesToId(a)), a)).toBe(0);
      const view = Buffer.from(a).subarray(Math.min(cut, a.length));
      expect(Buffer.compare(idToBytes(bytesToId(view)), view)).toBe(0);
    }),
  );
});

test('hashes are unsigned 32-bit numbers and the same for equal bytes', () => {
  fc.assert(
    fc.property(anyBytes, (a) => {
      const hash = hashBytes(a);
      expect(hash).toBe(hash >>> 0);
      expect(hashBytes(Uint8Array.from(a))).toBe(hash);
    }),
  );
});

test('a part has the hash of its bytes, and with the seed of the byte before it, of both', () => {
  fc.assert(
    fc.property(anyBytes, fc.nat(255), (a, first) => {
      const whole = Buffer.concat([Buffer.of(1, first), a, Buffer.of(2)]);
      expect(hashPart(whole, 2, 2 + a.length)).toBe(hashBytes(a));
      expect(hashPart(whole, 2, 2 + a.length, seedAfter(first))).toBe(hashBytes(Buffer.of(first, ...a)));
    }),
  );
});

test('numbered keys spread over the buckets evenly', () => {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (let i = 0; i < BUCKETS * 8; i++) counts[bucketOf(bytes(`user:${i}`))]!++;
  expect(Math.max(...counts)).toBeLessThan(30);
  expect(counts.filter((count) => count === 0).length).toBeLessThan(10);
});
