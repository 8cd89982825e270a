import { describe, expect, test } from '@jest/globals';
import { globMatches } from '../../src/resp/commands/glob.js';

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

  test('a pattern made to blow up recursion takes no time', () => {
    const started = performance.now();
    expect(matches(`${'*a'.repeat(50)}*b`, 'a'.repeat(5000))).toBe(false);
    expect(matches(`${'a*'.repeat(1000)}b`, 'a'.repeat(5000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
