import { describe, expect, test } from '@jest/globals';
import type { EntryFacts, PartFacts } from '../../src/admin/protocol/api.js';
import { rowTable } from '../../src/cli/views/plan-rows.js';
import { countLines, countsText, planGroupTable } from '../../src/cli/views/plan-summary.js';
import { rangeText } from '../../src/cli/views/range.js';
import { splitBrainShowView } from '../../src/cli/views/split-brain-show.js';
import { undoPlanView } from '../../src/cli/views/split-brain-undo.js';
import { base64, conflict, entry, incident, NOW_MS, plan, setAside, setAsideReply, undoReply } from './fixtures.js';

const page = { width: 80, color: false };
const MINUTE_MS = 60_000;

const partOf = (kind: PartFacts['kind'], name = '', more = {}): { part: PartFacts } => ({
  part: { kind, nameBase64: base64(name), ...more },
});
const COUNT = partOf('count', '', { node: 'a' });
const EXPIRY = partOf('expiry');

function rowsOf(
  key: string,
  versions: (EntryFacts | null)[],
  more = {},
  { wide = false, strategy = 'merge lww' } = {},
) {
  const shown = plan({ strategy, conflicts: [conflict(key, versions, more)] });
  const lines = rowTable({ plan: shown, wide, nowMs: NOW_MS }, page).split('\n').slice(1);
  return lines.map((line) => line.split(/ {2,}| │ /).map((cell) => cell.trim()));
}

describe('what a plan comes to', () => {
  const part = partOf('field', 'f');
  const versions = [entry('h', '1', 'a', part), entry('h', '2', 'c', part)];
  const { summary } = plan();
  const sums = { ...summary!.total, keys: 20, parts: 605, conflicts: 582 };
  const shown = plan({
    conflicts: [conflict('h', versions, part)],
    summary: { ...summary!, groups: [{ prefixBase64: base64('z:'), database: 0, ...sums }], total: sums, wholeKeys: 3 },
  });
  const text = countLines(shown, { ...page, width: 500 }).join('\n');

  test('counts keys by their beginning as keys, and their parts beside them', () => {
    const lines = planGroupTable(shown, page).join('\n').trim().split('\n');
    expect(lines.map((line) => line.trim().split(/ {2,}/).slice(0, 4))).toEqual([
      ['PREFIX', 'KEYS', 'PARTS', 'CONFLICTS'],
      ['z:', '20', '605', '582'],
    ]);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('says that conflicts may be about parts, and that more is set aside than a plan can count', () => {
    expect(text).toContain('2 conflicts: keys, or parts of them, that several islands changed');
    expect(text).toContain(
      '3 keys stand as one island has them as a whole: all else that others have of them is set aside too',
    );
    expect(countsText(shown)).toContain('2 values and the rest of 3 keys set aside');
  });

  test('says of changes of different parts that a merge takes all of them, and that a promotion does not', () => {
    const { counts } = plan();
    const told = (strategy: string) =>
      countLines(plan({ strategy, counts: { ...counts, merged: 2 } }), { ...page, width: 500 }).join(' ');
    expect(told('merge lww')).toContain('2 keys changed in different parts on several islands: merged part by part');
    expect(told('promote a')).toContain('on several islands: no conflict, and they stand as');
  });

  test('of keys without parts says nothing of parts', () => {
    const plain = plan();
    const said = [...countLines(plain, page), ...planGroupTable(plain, page), countsText(plain)].join('\n');
    expect(said).toContain('2 conflicts: keys that several islands changed');
    expect(said).not.toMatch(/PARTS|the rest|as a whole/);
  });
});

describe('in a plan at 80 columns', () => {
  const time = (inMs: number) => new Date(NOW_MS + inMs).toISOString();

  test('an expiry is told as what is left of it', () => {
    const versions = [entry('h', time(51 * MINUTE_MS), 'a', EXPIRY), entry('h', time(-5), 'c', EXPIRY)];
    expect(rowsOf('h', versions, { ...EXPIRY, reason: 'lives longest' })).toEqual([
      ['h › expiry', '→ TTL 51 min', 'expired', 'lives longest'],
    ]);
    expect(rowsOf('h', [entry('h', 'never', 'a', EXPIRY), null], EXPIRY)[0]?.slice(1, 3)).toEqual([
      '→ no TTL',
      'no change',
    ]);
  });

  test('where only the expiry differs it comes before the value, which may be cut off', () => {
    const value = 'a session '.repeat(20);
    const versions = [33, 83].map((minutes) => entry('s', value, 'a', { expiryMs: NOW_MS + minutes * MINUTE_MS }));
    const [row] = rowsOf('s', versions, { kind: 'touched', outcome: 1 });
    expect(row?.[1]).toMatch(/^TTL 33 min: a ses/);
    expect(row?.[2]).toMatch(/^→ TTL 83 min: a/);
  });

  test('what a member has added to a number is not taken for the number', () => {
    const versions = [entry('n', '4', 'a', COUNT), entry('n', '-10', 'c', COUNT)];
    expect(rowsOf('n', versions, { ...COUNT, reason: 'goes with its key' })[0]).toEqual([
      'n › count of a',
      '→ + 4',
      '- 10',
      'goes with its key',
    ]);
  });

  test('of what one island alone changed no length of what is kept stands for a score or a count', () => {
    const unread = { previewBase64: null, valueBytes: 47 };
    const shown = (['count', 'score', 'expiry', 'field'] as const).map(
      (kind) =>
        rowsOf('k', [null, entry('k', '', 'c', { ...partOf(kind, 'x'), ...unread })], partOf(kind, 'x'))[0]?.[2],
    );
    expect(shown).toEqual(['counted', 'a score', 'another TTL', '47 B']);
  });

  test('a promoted node that lacks a part has no such part, and a part has no TTL of its own', () => {
    const field = partOf('field', 'f');
    const rows = rowsOf('h', [null, entry('h', '1', 'c', field)], field, { strategy: 'promote a', wide: true });
    expect(rows.flat()).toContain('→ no such field');
    expect(rows.flat().join(' ')).not.toContain('TTL');
  });
});

describe('a count that was set aside', () => {
  const overridden = entry('n', '10', 'c', COUNT);
  const now = entry('n', '7', 'a');

  test('is told beside the number that is there now', () => {
    const record = setAside('n', '10', { ...COUNT, overridden, now });
    const shown = { ...setAsideReply([record]), incident: incident(), setAside: [record], nowMs: NOW_MS };
    const text = (wide: boolean) => splitBrainShowView({ ...shown, rows: { limit: 20 }, wide }, page);
    expect(text(false)).toMatch(/n › count of a {2}c {7}\+ 10 {2}7 in all/);
    expect(text(true)).toContain('│ 7 in all');
  });

  test('and so is what an undo adds', () => {
    const one = {
      keyBase64: base64('n'),
      database: 0,
      ...COUNT,
      action: 'restore',
      reason: 'as it was before',
    } as const;
    const reply = undoReply({ restored: 1, skipped: 0, sample: [{ ...one, overridden, now }] });
    const text = undoPlanView({ plan: reply, rows: { limit: 20 }, wide: false, nowMs: NOW_MS }, page);
    expect(text).toMatch(/n › count of a {2}restore {2}7 in all {2}\+ 10 /);
    expect(text).toContain('1 value, no more');
  });
});

test('what was not there has no time and no writer', () => {
  const record = setAside('k', null, { overridden: { ...entry('k', null, ''), hlc: 0 } });
  const shown = { ...setAsideReply([record]), incident: incident(), setAside: [record], nowMs: NOW_MS };
  const text = splitBrainShowView({ ...shown, rows: { limit: 20 }, wide: true }, page);
  expect(text).not.toMatch(/│ by +│/);
});

test('a single row of keys and parts of keys is told as one', () => {
  const one = { offset: 0, shown: 1, total: 1 };
  expect(rangeText(one, 'keys and parts of keys')).toBe('1 key or part of a key, no more');
  expect(rangeText(one, 'keys')).toBe('1 key, no more');
});
