import { describe, expect, test } from '@jest/globals';
import { table } from '../../src/cli/views/table.js';
import { columnsOf, cutTo, inSentence, wrapTo } from '../../src/cli/views/text.js';

/** What terminals take for it, in columns. */
const TEXTS: [string, number][] = [
  ['plain', 5],
  ['日本語', 6],
  ['한국', 4],
  ['ｆｕｌｌ', 8],
  ['❤️', 2],
  ['🇩🇪', 2],
  ['👨‍👩‍👧', 2],
  ['👍🏽', 2],
  ['1️⃣', 2],
  ['🫠', 2],
  ['e\u0301', 1],
  ['ก็', 1],
  ['→ …', 3],
];

test.each(TEXTS)('%s takes the columns that it takes', (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

describe.each(['list', 'grid'] as const)('a table of the style %s', (style) => {
  test('stays straight whatever is in its cells', () => {
    const rows = TEXTS.map(([text], i) => [text, `row ${i}`]);
    const drawn = table([{ head: 'KEY' }, { head: 'ROW' }], rows, { width: 80, color: false }, { style });
    const lines = drawn.split('\n').filter((line) => line.includes('row'));
    expect(lines).toHaveLength(TEXTS.length);
    for (const [i, line] of lines.entries()) expect(line).toContain(TEXTS[i]![0]);
    expect(new Set(lines.map((line) => columnsOf(line.slice(0, line.indexOf('row')))))).toHaveProperty('size', 1);
  });
  test('is never wider than the page, in colour too', () => {
    const rows = TEXTS.map(([text]) => [
      text.repeat(30),
      { text: text.repeat(30), paint: (one: string) => `\x1b[1m${one}\x1b[0m` },
    ]);
    const columns = [
      { head: 'KEY', overflow: 'cut' as const },
      { head: 'ROW', overflow: 'wrap' as const },
    ];
    for (const line of table(columns, rows, { width: 40, color: true }, { style }).split('\n'))
      expect(columnsOf(line)).toBeLessThanOrEqual(40);
  });
});

test('what is cut is cut by its columns, and between characters as a reader sees them', () => {
  expect(cutTo('日本語', 5)).toBe('日本…');
  expect(cutTo('日本語', 4)).toBe('日…');
  expect(cutTo('👨‍👩‍👧👨‍👩‍👧', 3)).toBe('👨‍👩‍👧…');
  expect(cutTo('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
  expect(wrapTo('🇩🇪🇫🇷🇮🇹', 4)).toEqual(['🇩🇪🇫🇷', '🇮🇹']);
});

describe.each([
  ['plain', 'f'],
  ['wide', '日'],
  ['of marks that take no column', '\u0301'],
])('a name of hundreds of kilobytes, %s', (_, character) => {
  const name = character.repeat(300_000);

  test('takes some lines of a table, and is drawn at once', () => {
    const columns = [
      { head: 'PART', overflow: 'wrap' as const, min: 8 },
      { head: 'VALUE', overflow: 'cut' as const },
    ];
    const lines = table(columns, [[name, name]], { width: 40, color: false }).split('\n');
    expect(lines.length).toBeLessThanOrEqual(25);
    if (columnsOf(character) > 0) expect(lines.at(-1)?.trimEnd()).toMatch(/…$/);
  });
  test('is cut within a sentence', () => {
    expect(columnsOf(inSentence(name))).toBeLessThanOrEqual(200);
  });
});

test('text that is wrapped is all there, unless it has more lines than were asked for', () => {
  expect(wrapTo('one two three', 5)).toEqual(['one', 'two', 'three']);
  expect(wrapTo('one two three', 5, 3)).toEqual(['one', 'two', 'three']);
  expect(wrapTo('one two three', 5, 2)).toEqual(['one', 'two…']);
  expect(wrapTo('日本語'.repeat(1000), 10).join('')).toBe('日本語'.repeat(1000));
});
