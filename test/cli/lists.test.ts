import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { outputOf } from '../../src/cli/lists/list-flags.js';
import { arranged, type Listing, listText, orderOf, type Wanted } from '../../src/cli/lists/listing.js';
import { yamlOf } from '../../src/cli/lists/yaml.js';
import { contextListing } from '../../src/cli/views/context.js';
import { ROOT } from './run-command.js';

interface Row {
  readonly key: string;
  readonly size: number | null;
}
const ROWS: Row[] = [
  { key: 'b', size: 10 },
  { key: 'a', size: null },
  { key: 'c', size: 9 },
];
const LISTING: Listing<readonly Row[], Row> = {
  columns: [
    { head: 'KEY', by: ({ key }) => key },
    { head: 'ITS SIZE', align: 'right', by: ({ size }) => size },
    { head: 'TWICE', wide: true, by: ({ size }) => (size === null ? null : 2 * size) },
  ],
  rows: (data) => data,
  with: (_, rows) => rows,
  name: ({ key }) => key,
  view: (data) => `${data.length} rows`,
};
const PAGE = { width: 80, color: false };

function keysBy(sort: string | null, offset = 0, limit?: number): string {
  const order = sort === null ? null : orderOf(LISTING, sort);
  return arranged(LISTING, ROWS, { order, offset, limit })[0]
    .map(({ key }) => key)
    .join('');
}

describe('a list', () => {
  test('is sorted by a column, numbers as numbers, and what is not known comes last either way', () => {
    expect(['key', 'key:desc', 'its-size', 'its-size:desc', 'TWICE'].map((sort) => keysBy(sort))).toEqual([
      ...['abc', 'cba', 'cba', 'bca', 'cba'],
    ]);
  });
  test('is cut to a part of it, and says how many are left', () => {
    expect(keysBy('key', 1, 1)).toBe('b');
    expect(keysBy(null, 1)).toBe('ac');
    expect(arranged(LISTING, ROWS, { order: null, offset: 0, limit: 2 })[1]).toBe(1);
    expect(arranged(LISTING, ROWS, { order: null, offset: 9, limit: 2 })).toEqual([[], 0]);
  });
  test('of what happened, in order of time, is cut to the latest, unless it is sorted otherwise', () => {
    const events = { ...LISTING, latest: true } as const;
    const keys = (offset: number, limit?: number, order: Wanted<Row>['order'] = null) => {
      const [rows, left] = arranged(events, ROWS, { order, offset, limit });
      return [rows.map(({ key }) => key).join(''), left];
    };
    expect([keys(0, 2), keys(1, 1), keys(2, 9), keys(9, 1), keys(1)]).toEqual([
      ...[
        ['ac', 1],
        ['a', 1],
        ['b', 0],
        ['', 0],
        ['ba', 0],
      ],
    ]);
    expect(keys(0, 1, orderOf(LISTING, 'key'))).toEqual(['a', 2]);
  });
  test('that is cut says of the whole what its headline says', () => {
    const view = (shown: readonly Row[], _: unknown, whole = shown) => `${shown.length} of ${whole.length}`;
    const [part] = arranged(LISTING, ROWS, { order: null, offset: 0, limit: 1 });
    expect(listText({ ...LISTING, view }, part, PAGE, { output: 'table', headers: true }, ROWS)).toBe('1 of 3');
  });
  test.each(['size', '', 'key:up', 'key:desc:x'])('is not sorted by "%s": the columns are named', (sort) => {
    expect(() => orderOf(LISTING, sort)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('key, its-size, twice') }),
    );
  });
  test('is shown as its view, as rows alone, wide, and by names', () => {
    const text = (output: 'table' | 'wide' | 'name', headers = true) =>
      listText(LISTING, ROWS, PAGE, { output, headers });
    expect(text('table')).toBe('3 rows');
    expect(text('table', false)).toBe('b  10\na   –\nc   9');
    expect(text('wide')).toBe('KEY  ITS SIZE  TWICE\nb          10  20\na           –  –\nc           9  18');
    expect(text('name')).toBe('b\na\nc');
  });
  test('that is wide cuts nothing, however narrow the screen', () => {
    const long = { name: 'x'.repeat(64), current: false, node: Array(9).fill('10.0.0.1:7379').join(',') };
    const text = listText(
      contextListing,
      { file: '', current: null, contexts: [long] },
      { ...PAGE, width: 40 },
      {
        ...{ output: 'wide', headers: false },
      },
    );
    expect(text.split('\n')).toHaveLength(1);
    expect(text).toContain(long.node.replaceAll(',', ' '));
  });
});

test.each([
  [['-o', 'yaml'], 'yaml'],
  [['-oyaml'], 'yaml'],
  [['--output=json'], 'json'],
  [['--output', 'name'], 'name'],
  [['--', '-o', 'yaml'], null],
  [['--offset', '1'], null],
])('of %j the output is known before all is parsed', (argv, output) => {
  expect(outputOf(argv)).toBe(output);
});

test.each([
  ...[
    null,
    true,
    0,
    -1.5e-7,
    '',
    'a',
    'a: b',
    '- a',
    '# a',
    'null',
    'No',
    '1',
    '1e3',
    '0x1',
    ' a',
    'a ',
    '~',
    '"',
    "'",
    '\\',
  ],
  ...[
    'a\nb',
    '\u0000\u001b\u0085\u2028\ufeff',
    '日本',
    '🙂',
    '\ud800',
    '@a',
    '*a',
    '&a',
    '!a',
    '%a',
    '`a',
    '2026-01-01',
    '=',
    '<<',
  ],
  ...[
    [],
    {},
    [[]],
    [[], [1, [2]]],
    [{ a: 1, b: [] }],
    { a: { b: { c: [1, { d: null }] } }, '': 1, 'x y': 2, '1': 3, true: 4 },
  ],
])('YAML of %j says the same', (value) => {
  const expected = JSON.parse(JSON.stringify(value));
  expect(parse(yamlOf(value))).toEqual(expected);
});

test('every list takes the same flags: what is called list, status of members and drills, what is found, history, events, limits, what was set aside', () => {
  const { commands } = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
    commands: Record<string, { flags: Record<string, { char?: string; options?: string[] }> }>;
  };
  const flags = ['output', 'sort', 'no-headers', 'limit', 'offset'];
  const lists = Object.entries(commands).filter(([, one]) => flags.every((flag) => flag in one.flags));
  expect(lists.map(([id]) => id)).toEqual([
    ...[
      'cluster:discover',
      'cluster:status',
      'context:list',
      'drill:status',
      'entry:list',
      'events',
      'node:limits',
      'replica:list',
      'split-brain:history',
      'split-brain:show',
      'user:list',
    ],
  ]);
  expect(Object.keys(commands).filter((id) => id.endsWith(':list') && !lists.some(([one]) => one === id))).toEqual([]);
  for (const [, one] of lists) {
    expect(one.flags.output).toMatchObject({ char: 'o', options: ['table', 'wide', 'json', 'yaml', 'name'] });
  }
});
