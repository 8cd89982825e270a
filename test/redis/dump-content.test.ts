import { describe, expect, test } from '@jest/globals';
import { elementsOf, isSameDump } from '../../src/engines/redis/dump-content.js';

/** Dumps of a Redis 7.0, without what its checksum says: the reader does not look at it. */
const FOOTER = Buffer.alloc(10);
const set = (...members: Buffer[]): Buffer => Buffer.concat([Buffer.from([2, members.length]), ...members, FOOTER]);
const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);

describe('dumps of hash tables', () => {
  test('are the same in whatever order their elements come', () => {
    expect(isSameDump(set(text('a'), text('b')), set(text('b'), text('a')))).toBe(true);
    expect(isSameDump(set(text('a'), text('b')), set(text('b'), text('c')))).toBe(false);
    expect(isSameDump(set(text('a')), set(text('a'), text('a')))).toBe(false);
  });

  test('of hashes do not mix fields with values', () => {
    const hash = (...parts: string[]) =>
      Buffer.concat([Buffer.from([4, parts.length / 2]), ...parts.map(text), FOOTER]);
    expect(isSameDump(hash('a', '1', 'b', '2'), hash('b', '2', 'a', '1'))).toBe(true);
    expect(isSameDump(hash('a', '1', 'b', '2'), hash('a', '2', 'b', '1'))).toBe(false);
    expect(isSameDump(hash('a', 'bc'), hash('ab', 'c'))).toBe(false);
  });

  test('hold numbers and compressed strings', () => {
    const packed = Buffer.from([0xc3, 4, 9, 0, 0x61, 0xe0 - 0x20, 0]);
    expect(elementsOf(set(Buffer.from([0xc0, 0xff]), Buffer.from([0xc1, 0x2c, 1]), packed))).toEqual([
      '2:-1',
      '3:300',
      '9:aaaaaaaaa',
    ]);
  });

  test('that are broken, or of another encoding, are the same only if their bytes are', () => {
    const broken = [
      Buffer.from([2]),
      Buffer.from([2, 5, 1]),
      set(Buffer.from([60, 1])),
      set(Buffer.from([0xc3, 1, 9, 0xff])),
    ];
    for (const dump of [...broken, Buffer.from([18, 1, 2]), Buffer.alloc(0)]) {
      expect(elementsOf(dump)).toBeNull();
      expect(isSameDump(dump, Buffer.from(dump))).toBe(true);
      expect(isSameDump(dump, set(text('a')))).toBe(false);
    }
  });
});
