import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Glob, globMatches, goingOn } from '../../src/fronts/resp/commands/glob.js';

function matches(pattern: string, text: string): boolean {
  return globMatches(Buffer.from(pattern), Buffer.from(text));
}

describe('glob', () => {
  test.each([
    ['h?llo', 'hello', true],
    ['h*llo', 'heeeello', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true],
    ['h[a-b]llo', 'hbllo', true],
    ['h\\?llo', 'hello', false],
    ['*', 'anything', true],
    ['doc', 'doc2', false],
    ['doc*', 'doc', true],
    ['', '', true],
    ['', 'a', false],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test('is what stringmatchlen of Redis 7 says, for any pattern and text', () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('aab*?[]^-\\\xff\x80', 'latin1')), { maxLength: 14 });
    fc.assert(
      fc.property(bytes, bytes, (pattern, text) => {
        const [p, t] = [Buffer.from(pattern), Buffer.from(text)];
        expect(globMatches(p, t)).toBe(stringMatchLen(p, t));
      }),
      { numRuns: 20_000 },
    );
  });

  test('a pattern made to blow up recursion takes no time', () => {
    const started = performance.now();
    expect(matches(`${'*a'.repeat(50)}*b`, 'a'.repeat(5000))).toBe(false);
    expect(matches(`${'a*'.repeat(1000)}b`, 'a'.repeat(5000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('a long match comes to the same in pieces as at once', () => {
    const text = Buffer.from('a'.repeat(3000));
    for (const [pattern, isMatch] of [
      [`*${'a'.repeat(1000)}b`, false],
      [`*${'a'.repeat(1000)}`, true],
    ] as const) {
      const glob = new Glob(Buffer.from(pattern));
      expect(glob.begin(text)).toBeUndefined();
      let pieces = 0;
      const rest = goingOn(glob);
      let result = rest.next();
      for (; result.done !== true; result = rest.next()) pieces++;
      expect(result.value).toBe(isMatch);
      expect(pieces).toBeGreaterThan(5);
    }
  });

  test('a match that would take seconds is refused, and a pattern longer than any key needs is too', () => {
    const glob = new Glob(Buffer.from(`*${'a'.repeat(30_000)}b`));
    expect(glob.begin(Buffer.alloc(1_000_000, 'a'))).toBeUndefined();
    expect(() => [...goingOn(glob)]).toThrow('takes too long to match');
    expect(() => new Glob(Buffer.alloc(65_537, 'a'))).toThrow('pattern of 65537 bytes is longer than 65536');
  });
});

/** stringmatchlen_impl of Redis 7.0 (util.c), line by line; the pattern ends with a NUL there. */
function stringMatchLen(pattern: Buffer, text: Buffer): boolean {
  const at = (i: number): number => pattern[i] ?? 0;
  const signed = (byte: number): number => (byte << 24) >> 24;
  let [p, t] = [0, 0];
  let patternLength = pattern.length;
  while (patternLength > 0 && t < text.length) {
    if (at(p) === 0x2a) {
      while (patternLength > 0 && at(p + 1) === 0x2a) [p, patternLength] = [p + 1, patternLength - 1];
      if (patternLength === 1) return true;
      for (; t < text.length; t++) if (stringMatchLen(pattern.subarray(p + 1), text.subarray(t))) return true;
      return false;
    }
    if (at(p) === 0x5b) {
      [p, patternLength] = [p + 1, patternLength - 1];
      const not = at(p) === 0x5e;
      if (not) [p, patternLength] = [p + 1, patternLength - 1];
      let match = false;
      for (;;) {
        if (patternLength >= 2 && at(p) === 0x5c) {
          [p, patternLength] = [p + 1, patternLength - 1];
          if (at(p) === text[t]) match = true;
        } else if (at(p) === 0x5d) break;
        else if (patternLength === 0) {
          [p, patternLength] = [p - 1, patternLength + 1];
          break;
        } else if (patternLength >= 3 && at(p + 1) === 0x2d) {
          const [a, b, c] = [signed(at(p)), signed(at(p + 2)), signed(text[t]!)];
          [p, patternLength] = [p + 2, patternLength - 2];
          if (c >= Math.min(a, b) && c <= Math.max(a, b)) match = true;
        } else if (at(p) === text[t]) match = true;
        [p, patternLength] = [p + 1, patternLength - 1];
      }
      if (match === not) return false;
    } else if (at(p) !== 0x3f) {
      if (at(p) === 0x5c && patternLength >= 2) [p, patternLength] = [p + 1, patternLength - 1];
      if (at(p) !== text[t]) return false;
    }
    t++;
    [p, patternLength] = [p + 1, patternLength - 1];
    if (t === text.length) {
      while (at(p) === 0x2a) [p, patternLength] = [p + 1, patternLength - 1];
      break;
    }
  }
  return patternLength === 0 && t === text.length;
}
