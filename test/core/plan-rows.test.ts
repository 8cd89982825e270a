import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesToId } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { finish } from '../../src/core/model/steps.js';
import { OneSidedTally } from '../../src/core/resolution/one-sided-keys.js';
import {
  isOneSidedKey,
  type PlanRow,
  planRows,
  planSummary,
  type RowFilter,
  SUMS,
} from '../../src/core/resolution/plan-rows.js';
import { type ShownPlan, shownSteps } from '../../src/core/resolution/shown-plan.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { anyHistory, planOf, type World, worldsAfter } from './plan-worlds.js';
import { A, B } from './samples.js';

const ALL: RowFilter = { prefix: '', database: null, only: null, island: null, undecided: false };
const LWW: Strategy = { kind: 'merge', policy: 'lww' };

function shownOf(worlds: readonly World[], strategy: Strategy = LWW): ShownPlan {
  const oneSided = new OneSidedTally();
  const plan = planOf(worlds, strategy, undefined, oneSided);
  return { ...finish(shownSteps(plan)), oneSided: finish(oneSided.packed()) };
}

function rowsOf(plan: ShownPlan, filter: Partial<RowFilter> = {}, offset = 0, limit = 1e6): PlanRow[] {
  const { rows, total } = finish(planRows(plan, { ...ALL, ...filter }, offset, limit));
  expect(rows.length).toBe(Math.max(0, Math.min(limit, total - offset)));
  return rows;
}

const ids = (rows: readonly PlanRow[]) => rows.map(({ id }) => id);
const LEFT: Strategy = {
  kind: 'merge',
  policy: 'by-prefix',
  rules: [{ prefix: '', rule: { policy: 'manual' } }],
};
const anyShown = fc
  .tuple(
    anyHistory,
    fc.constantFrom<Strategy>(LWW, { kind: 'promote', node: A }, { kind: 'merge', policy: 'prefer', node: B }, LEFT),
  )
  .map(([history, strategy]) => shownOf(worldsAfter(history), strategy));

describe('the rows of a plan', () => {
  test('conflicts and one-sided keys are all keys that an island changed, each once, in order', () => {
    fc.assert(
      fc.property(anyShown, (plan) => {
        const conflicts = ids(rowsOf(plan, { only: 'conflicts' }));
        const oneSided = ids(rowsOf(plan, { only: 'one-sided' }));
        const all = [...conflicts, ...oneSided];
        expect(new Set(all).size).toBe(all.length);
        for (const some of [conflicts, oneSided]) expect(some).toEqual([...some].sort());
        expect(conflicts.length).toBe(plan.counts.conflicts);
        expect(all.sort()).toEqual(
          [...new Set(plan.islands.flatMap((_, i) => ids(rowsOf(plan, { island: i }))))].sort(),
        );
      }),
    );
  });
  test('pages put together are the whole, whatever is asked for', () => {
    const only = fc.constantFrom(null, 'conflicts', 'one-sided', 'deleted', 'uncertain' as const);
    fc.assert(
      fc.property(
        anyShown,
        only,
        fc.constantFrom(null, 0, 1),
        fc.integer({ min: 1, max: 4 }),
        (plan, kind, island, limit) => {
          const filter = { only: kind as RowFilter['only'], island };
          const whole = rowsOf(plan, filter);
          const pages = whole.map((_, i) => i).filter((i) => i % limit === 0);
          expect(pages.flatMap((offset) => rowsOf(plan, filter, offset, limit))).toEqual(whole);
        },
      ),
    );
  });
  test('of a delete are those that an island has deleted, and no others', () => {
    fc.assert(
      fc.property(anyShown, (plan) => {
        for (const row of rowsOf(plan, { only: 'deleted' }))
          expect(isOneSidedKey(row) ? row.deleted : row.versions.some((version) => version?.deleted)).toBe(true);
      }),
    );
  });
  test('an asked beginning is of the key, in whatever database, or in the one that is asked for', () => {
    const keys = ['\0cart:1', '\0cart:2', '\u0003cart:1', '\0session:1', '\0c'];
    const plan = shownOf(worldsAfter(keys.flatMap((key) => [write(0, key, 'x'), write(1, key, 'y')])));
    expect(ids(rowsOf(plan, { prefix: 'cart:' }))).toEqual(['\0cart:1', '\0cart:2', '\u0003cart:1']);
    expect(ids(rowsOf(plan, { prefix: 'cart:', database: 3 }))).toEqual(['\u0003cart:1']);
    expect(ids(rowsOf(plan, { prefix: '', database: 3 }))).toEqual(['\u0003cart:1']);
  });
});

describe('how the versions of a key differ', () => {
  const kinds = (...steps: ReturnType<typeof write>[]) =>
    rowsOf(shownOf(worldsAfter(steps))).map((row) => ('kind' in row ? row.kind : 'none'));
  test('by value, by a delete, by the expiry alone, or in nothing that a reader sees', () => {
    expect(kinds(write(0, '\0k', 'x'), write(1, '\0k', 'y'))).toEqual(['changed']);
    expect(kinds(write(0, '\0k', 'x'), write(1, '\0k', null))).toEqual(['deleted']);
    expect(kinds(write(0, '\0k', 'x', 4e12), write(1, '\0k', 'x'))).toEqual(['touched']);
    expect(kinds(write(0, '\0k', 'x'), write(1, '\0k', 'x'))).toEqual(['alike']);
    expect(kinds(write(0, '\0k', null), write(1, '\0k', null))).toEqual(['alike']);
    expect(kinds(write(0, '\0k', 'x', 4e12), write(1, '\0k', 'y'))).toEqual(['changed']);
  });
});

describe('the summary of a plan', () => {
  test('adds up to its counts, and of an asked beginning to the rows there', () => {
    fc.assert(
      fc.property(anyShown, (plan) => {
        const { groups, kinds, stands, setAsideBytes } = finish(planSummary(plan, ALL, 3));
        const rows = [...rowsOf(plan, { only: 'conflicts' }), ...rowsOf(plan, { only: 'one-sided' })];
        expect(groups.total[SUMS.keys]).toBe(rows.length);
        expect(groups.total[SUMS.conflicts]).toBe(plan.counts.conflicts);
        expect(groups.total[SUMS.uncertain]).toBe(plan.counts.uncertain);
        expect(groups.total[SUMS.setAside]).toBe(plan.counts.overridden.reduce((sum, count) => sum + count, 0));
        expect(Object.values(kinds).reduce((sum, count) => sum + count)).toBe(rows.length);
        // What is left to an operator stands nowhere, and overrides nothing.
        const left = plan.counts.manual ?? 0;
        expect(stands.reduce((sum, count) => sum + count)).toBe(plan.counts.conflicts - left);
        if (plan.strategy === LEFT) expect([left, groups.total[SUMS.setAside]]).toEqual([plan.counts.conflicts, 0]);
        // A filter shapes the groups alone: the counts beside them are those of the plan.
        const part = finish(planSummary(plan, { ...ALL, prefix: 'a' }, 3));
        expect(part).toMatchObject({ kinds, stands, setAsideBytes });
        const parts = [...groups.groups, ...(groups.other === null ? [] : [groups.other])];
        for (const [column, sum] of groups.total.entries())
          expect(parts.reduce((all, { sums }) => all + sums[column]!, 0)).toBe(sum);
      }),
    );
  });
});

function write(at: number, key: string, value: string | null, expiryMs = 0) {
  return { kind: 'write' as const, at, key: Buffer.from(key, 'latin1'), value, expiryMs, waitMs: 1 };
}

test('keys that are packed come out as they were', () => {
  const entries: Entry[] = ['\0b', '\0', '\u000fÿ\0', '\0a'].map((id, i) => ({
    key: Buffer.from(id, 'latin1'),
    value: i === 0 ? null : Buffer.alloc(i * 1000),
    hlc: 2 ** 52 + i,
    origin: `0123456789abcdef.0000000${i % 2}`,
    seq: 2 ** 40 + i,
    expiryMs: i === 3 ? 4e12 : 0,
    ...(i === 2 ? { type: 4 as const } : {}),
  }));
  const tally = new OneSidedTally();
  for (const [i, entry] of entries.entries()) tally.note(bytesToId(entry.key), i % 3, entry);
  const packed = finish(tally.packed());
  const order = [1, 3, 0, 2];
  expect(order.map((_, at) => packed.at(at))).toEqual(
    order.map((i) => ({
      id: bytesToId(entries[i]!.key),
      island: i % 3,
      hlc: entries[i]!.hlc,
      origin: entries[i]!.origin,
      seq: entries[i]!.seq,
      expiryMs: entries[i]!.expiryMs,
      type: entries[i]!.type,
      deleted: i === 0,
      evicted: false,
      valueBytes: i * 1000,
      valueHash: 0,
      preview: null,
    })),
  );
});
