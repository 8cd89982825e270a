import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConflictView, EntryFacts } from '../../src/admin/protocol/api.js';
import { keyText, readKeyText } from '../../src/operations/common/key-text.js';
import { END_TEXT, headerText, openPlan, rowText, type SavedKey } from '../../src/operations/split-brain/plan-text.js';
import { conflict, entry, NOW_MS } from './fixtures.js';

const HEADER = {
  cluster: 'c1',
  incident: '20261128-111523-yldd',
  separatedMs: NOW_MS,
  policy: 'lww',
  islands: [['a', 'b'], ['c']],
};
const row = (key: string | Buffer, more: Partial<ConflictView> = {}): ConflictView =>
  conflict('', [entry(key.toString(), '{"n":1}', 'a'), entry(key.toString(), null, 'c')], {
    keyBase64: Buffer.from(key).toString('base64'),
    ...more,
  });
/** In the order of a plan. */
const ROWS = [row(''), row('cart:1', { uncertain: true }), row(Buffer.of(0xff, 0)), row('a', { database: 3 })];
const TEXT = headerText(HEADER) + ROWS.map((one) => rowText(one, one.outcome)).join('') + END_TEXT;

type Pick = Omit<SavedKey, 'line' | 'versions'>;

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size = 65_536): Promise<{ header: unknown; picks: Pick[] }> {
  const { header, keys } = await openPlan('friday.plan', pieces(text, size));
  const all: Pick[] = [];
  for await (const { keyBase64, database, candidates, stands } of keys)
    all.push({ keyBase64, database, candidates, stands });
  return { header, picks: all };
}

describe('a saved plan', () => {
  test('is a text that a person can read, and that ends where it is complete', () => {
    expect(TEXT).toMatchSnapshot();
  });

  test('reads back as what was written, whole and byte by byte, also with the line ends of Windows', async () => {
    const expected = ROWS.map(({ keyBase64, database, versions, outcome }) => ({
      keyBase64,
      database,
      candidates: versions.map((one) => ({ hlc: one!.hlc, origin: one!.origin })),
      stands: outcome,
    }));
    for (const [text, size] of [
      [TEXT, 65_536],
      [TEXT, 1],
      [TEXT.replaceAll('\n', '\r\n'), 7],
    ] as const) {
      expect(await read(text, size)).toEqual({ header: HEADER, picks: expected });
    }
  });

  test('tells versions of one value apart that were touched differently', async () => {
    const touch = { hlc: 99, origin: `${'ab'.repeat(8)}.00000001`, seq: 4, writtenMs: NOW_MS, writer: 'c' };
    const written = entry('k', 'v', 'a');
    const both = row('k', { versions: [written, { ...written, touch }] });
    const text = headerText(HEADER) + rowText(both, 1) + END_TEXT;
    expect(text).toContain(`touched ${new Date(NOW_MS).toISOString()} by c  =`);
    const { picks } = await read(text);
    const { hlc, origin } = written;
    const candidates = [
      { hlc, origin },
      { hlc, origin, touch: { hlc: touch.hlc, origin: touch.origin } },
    ];
    expect(picks).toMatchObject([{ candidates, stands: 1 }]);
  });

  test('tells what islands have changed of a hash by its fields, and of a set whether a member is there', async () => {
    const of = (text: string, more: Partial<EntryFacts>) => ({ ...entry('h', text, 'a'), ...more });
    const hash = row('h', {
      versions: [of('b: 2, "c" deleted', { type: 'hash' }), of('\u0001\u0003', { type: 'list' })],
    });
    const member = { part: { kind: 'member', nameBase64: 'bQ==' } } as const;
    const gone = { ...entry('s', null, 'c'), ...member };
    const set = row('s', { ...member, versions: [of('', member), gone] });
    const text = headerText(HEADER) + rowText(hash, 0) + rowText(set, 0) + END_TEXT;
    expect(text).toContain('  island-1 hash with "b: 2, "c" deleted"  by a ');
    expect(text).toContain('  island-2 list of 2 bytes  by a ');
    expect(text).toContain('  island-1 member  by a ');
    expect(text).toContain('  island-2 absent  by c ');
    expect((await read(text)).picks).toHaveLength(2);
  });

  test('has a word of its own for a key that nobody has decided, which is no pick', async () => {
    const text = rowText(row('pay:1', { outcome: null, reason: 'left to the operator' }), null);
    expect(text).toContain('undecided "pay:1"  # left to the operator\n  island-1 ');
    const { picks } = await read(headerText(HEADER) + text + END_TEXT);
    expect(picks.map(({ stands, candidates }) => [stands, candidates.length])).toEqual([[null, 2]]);
    expect((await read(headerText(HEADER) + text.replace('undecided', 'island-2') + END_TEXT)).picks[0]?.stands).toBe(
      1,
    );
  });

  test('without a conflict is one too', async () => {
    expect((await read(headerText(HEADER) + END_TEXT)).picks).toEqual([]);
  });

  test('takes another island as a pick, deleted keys, notes, and a policy that was changed', async () => {
    const edited = TEXT.replace('island-1 "cart:1"', 'island-2   "cart:1"')
      .replace('policy lww', '# as Ann said\npolicy prefer:a')
      .replace(/island-1 ""[\s\S]*?\n\n/, '');
    const { header, picks } = await read(edited);
    expect(header).toMatchObject({ policy: 'prefer:a' });
    expect(picks.map(({ stands }) => stands)).toEqual([1, 0, 0]);
  });

  test.each([
    [
      'an island that is none',
      'island-1 "cart:1"',
      'island-3 "cart:1"',
      '"island-3" is no pick: this plan has island-1, island-2',
    ],
    ['no island', 'island-1 "cart:1"', '"cart:1"', 'is neither a pick nor a version'],
    ['a word that is none', 'island-1 "cart:1"', 'mine "cart:1"', '"mine" is no pick'],
    ['a key that lost its end', 'island-1 "cart:1"', 'island-1 "cart:1', 'is neither a pick nor a version'],
    ['half a character', 'island-1 "cart:1"', 'island-1 "\\ud800"', 'is neither a pick nor a version'],
    ['base64 that is none', 'base64:/wA=', 'base64:/wA=A', 'is neither a pick nor a version'],
    ['a database that is none', '"a" db 3', '"a" db 16', '"16" is no database'],
    ['a key twice', 'island-1 "cart:1"', 'island-1 ""', '"" comes twice'],
    ['a version that was changed', '@632e', '#632e', 'is no version of a key'],
    ['what comes after the end', /end\n$/, 'end\nisland-1 "z"\n', 'comes after the end'],
    ['another format', 'mneme-plan 1', 'mneme-plan 2', 'format 2 is not known here'],
    ['something else', 'mneme-plan 1', '{"db":0}', 'it is no saved plan'],
  ] as const)('with %s is refused, with the number of the line', async (_, from, to, problem) => {
    const text = TEXT.replace(from, to);
    const lines = text.split('\n');
    const line = lines.findIndex((one, i) => one !== TEXT.split('\n')[i]) + 1;
    const failed = read(text);
    await expect(failed).rejects.toMatchObject({ code: 'bad-line', exitCode: 2 });
    await expect(failed).rejects.toThrow(`friday.plan, line ${line}: `);
    await expect(failed).rejects.toThrow(problem);
  });

  test.each([
    ['policy lww\n', '', 'no line above says "policy …"'],
    [/separated .*/, 'separated friday', '"friday" is no time'],
    ['island-2 c\n', '', 'no lines above name the islands'],
    ['island-2 c\n', 'island-3 c\n', '"island-3" is out of order'],
    ['island-2 c\n', 'island-2 c b\n', 'line 14: "b" is of two islands'],
  ] as const)('in whose header %s was replaced by "%s" is refused', async (from, to, problem) => {
    await expect(read(TEXT.replace(from, to))).rejects.toThrow(problem);
  });

  test('that picks an island without a version of the key is refused', async () => {
    const [first, ...rest] = rowText(ROWS[1]!, 0).split('\n');
    const text = headerText(HEADER) + [first, rest[1], ''].join('\n') + END_TEXT;
    await expect(read(text)).rejects.toThrow('line 16: island-1 has no version of this key: island-2 has');
  });

  test('of which a part is missing is refused wherever it was cut', async () => {
    for (let end = 0; end < TEXT.length - 1; end += 13) {
      await expect(read(TEXT.slice(0, end))).rejects.toMatchObject({ code: 'bad-line' });
    }
  });
});

describe('a key as a word', () => {
  test('is the same key again, whatever its bytes, and shows all of them', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, (key) => {
        const word = keyText(key);
        expect(word).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);
        expect(Buffer.compare(readKeyText(word)!, key)).toBe(0);
      }),
    );
  });
});
