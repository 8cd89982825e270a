import { describe, expect, test } from '@jest/globals';
import { table } from '../../src/cli/views/table.js';
import { columnsOf, cutTo, wrapTo } from '../../src/cli/views/text.js';

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
