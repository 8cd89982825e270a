import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EXPIRY_MAX, exactExpiry, heldExpiry, isExpiry, isNearest } from '../../src/core/model/expiry.js';

const LAST = 2n ** 63n - 1n;
const anyTime = fc.bigInt({ min: 0n, max: LAST });

describe('an expiry', () => {
  test('is exact up to 2^53 - 1, and for what people write for "never"', () => {
    for (const ms of [
      0n,
      1n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 60n,
      LAST,
      (LAST / 1000n) * 1000n,
      9_999_999_999_999_998n,
    ])
      expect(BigInt(exactExpiry(heldExpiry(ms)))).toBe(ms);
  });

  test('never ends earlier than was asked, and later by a little beyond 2^53 alone', () => {
    fc.assert(
      fc.property(anyTime, (ms) => {
        const exact = BigInt(exactExpiry(heldExpiry(ms)));
        expect(exact >= ms && exact - ms <= 2048n && (ms >= 2n ** 53n || exact === ms)).toBe(true);
        expect(exact <= LAST && isExpiry(heldExpiry(ms))).toBe(true);
      }),
    );
  });

  test('stays what it is when it is told and taken in again', () => {
    fc.assert(
      fc.property(anyTime, (ms) => {
        const held = heldExpiry(ms);
        expect(heldExpiry(BigInt(exactExpiry(held)))).toBe(held);
        expect(JSON.parse(JSON.stringify(held))).toBe(held);
      }),
    );
  });

  test('is known by its nearest double, which is all that a script in Redis sees of it', () => {
    fc.assert(
      fc.property(anyTime, (ms) => {
        const rounded = Math.min(EXPIRY_MAX, Number(ms));
        expect(isNearest(heldExpiry(ms), rounded)).toBe(true);
        expect(isNearest(heldExpiry(ms), rounded / 2)).toBe(rounded === 0);
      }),
    );
  });

  test('keeps the order of times', () => {
    fc.assert(fc.property(anyTime, anyTime, (a, b) => a > b || heldExpiry(a) <= heldExpiry(b)));
  });
});
