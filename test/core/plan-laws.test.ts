import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesToId } from '../../src/core/model/bytes.js';
import { isAfter } from '../../src/core/model/version.js';
import type { Plan } from '../../src/core/resolution/plan.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { anyHistory, idsOf, planOf, REPLICAS, readAfter, shown, type World, worldsAfter } from './plan-worlds.js';
import { A, B, bytes, C } from './samples.js';

const LWW: Strategy = { kind: 'merge', policy: 'lww' };
const PROMOTE: Strategy = { kind: 'promote', node: A };
const POLICIES: [string, Strategy][] = [
  ['lww', LWW],
  ['keep-longest-ttl', { kind: 'merge', policy: 'keep-longest-ttl' }],
  ...REPLICAS.map((node, i): [string, Strategy] => [`prefer:${i}`, { kind: 'merge', policy: 'prefer', node }]),
];

describe.each([...POLICIES, ['promote', PROMOTE] as [string, Strategy]])('%s', (_name, strategy) => {
  test('is deterministic: asked again it says the same', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        expect(planOf(worldsAfter(history), strategy)).toEqual(planOf(worldsAfter(history), strategy));
      }),
    );
  });

  test('is independent of the order of the other islands', () => {
    // A version that two of the other islands share has a test of its own, below.
    const sharing = strategy.kind === 'merge' && strategy.policy === 'prefer' && strategy.node !== A;
    const histories = sharing ? anyHistory.map((all) => all.filter(({ kind }) => kind === 'write')) : anyHistory;
    fc.assert(
      fc.property(histories, (history) => {
        const [own, one, other] = worldsAfter(history) as [World, World, World];
        const [plan, swapped] = [planOf([own, one, other], strategy), planOf([own, other, one], strategy)];
        expect(outcomesOf(swapped)).toEqual(outcomesOf(plan));
        const { conflicts, rewritten, uncertain } = plan.counts;
        expect(swapped.counts).toMatchObject({ conflicts, rewritten, uncertain });
      }),
    );
  });

  test('sets aside every value that disappears unseen: nothing is overridden in silence', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const worlds = worldsAfter(history);
        expect(silentlyLost(planOf(worlds, strategy), worlds)).toEqual([]);
      }),
    );
  });

  test('sets aside only what a reader misses afterwards, and counts what it lists', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const worlds = worldsAfter(history);
        const plan = planOf(worlds, strategy);
        for (const { key, versions, overridden } of plan.items) {
          const after = readAfter(plan, worlds, bytesToId(key));
          for (const i of overridden) expect(shown(versions[i])).not.toBe(after);
        }
        const { items, counts } = plan;
        expect(counts.conflicts).toBe(items.filter((item) => item.conflict).length);
        expect(counts.rewritten).toBe(items.filter((item) => item.rewrite !== null).length);
        expect(counts.overridden).toEqual([0, 1, 2].map((i) => items.filter((o) => o.overridden.includes(i)).length));
        const ids = items.map(({ key }) => bytesToId(key));
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });
});

describe('promote', () => {
  test('afterwards a reader finds exactly what the promoted node had, whoever had seen what', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const worlds = worldsAfter(history);
        const plan = planOf(worlds, PROMOTE);
        const ids = idsOf(worlds);
        const had = ids.map((id) => shown(worlds[0]!.entries.get(id)));
        expect(ids.map((id) => readAfter(plan, worlds, id))).toEqual(had);
      }),
    );
  });

  test('rewrites no key that replication alone would leave to the promoted node', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const worlds = worldsAfter(history);
        for (const { key, rewrite } of planOf(worlds, PROMOTE).items) {
          const id = bytesToId(key);
          const own = worlds[0]!.entries.get(id);
          const winners = worlds.slice(1).flatMap(({ entries }) => entries.get(id) ?? []);
          const isOverruled = winners.some((entry) => own === undefined || isAfter(entry, own));
          if (!isOverruled) expect(rewrite).toBeNull();
        }
      }),
    );
  });
});

describe('merge', () => {
  test('lww writes nothing anew', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        expect(planOf(worldsAfter(history), LWW).counts.rewritten).toBe(0);
      }),
    );
  });

  test('prefer: in a conflict that the preferred island is in, a reader finds what that island has', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const worlds = worldsAfter(history);
        const plan = planOf(worlds, { kind: 'merge', policy: 'prefer', node: B });
        for (const { key, versions, conflict } of plan.items) {
          if (conflict && versions[1] !== undefined)
            expect(readAfter(plan, worlds, bytesToId(key))).toBe(shown(versions[1]));
        }
      }),
    );
  });

  test('prefer: a version that the preferred island shares with one listed before it stands as well', () => {
    const key = bytes('doc');
    const write = { kind: 'write', key, expiryMs: 0, waitMs: 0 } as const;
    const worlds = worldsAfter([
      { ...write, at: 1, value: 'of B and C' },
      { kind: 'copy', at: 2, from: 1 },
      { ...write, at: 0, value: 'of A', waitMs: 1 },
    ]);
    const plan = planOf(worlds, { kind: 'merge', policy: 'prefer', node: C });
    expect(readAfter(plan, worlds, 'doc')).toBe('"of B and C" until 0');
  });

  test('keep-longest-ttl: no overridden value would have lived longer than the one that stands', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const plan = planOf(worldsAfter(history), { kind: 'merge', policy: 'keep-longest-ttl' });
        for (const { versions, outcome, conflict } of plan.items) {
          const lives = versions.flatMap((one) => (one === undefined ? [] : [lifeOf(one)]));
          if (conflict) expect(lifeOf(versions[outcome]!)).toBe(Math.max(...lives));
        }
      }),
    );
  });
});

function lifeOf(entry: { value: unknown; expiryMs: number }): number {
  if (entry.value === null) return -1;
  return entry.expiryMs === 0 ? Number.POSITIVE_INFINITY : entry.expiryMs;
}

/** Which entry stands for each key and which are overridden, by their versions. */
function outcomesOf(plan: Plan): unknown[] {
  const nameOf = (entry: { hlc: number; origin: string } | undefined): string => `${entry?.hlc} ${entry?.origin}`;
  return plan.items.map(({ key, versions, outcome, overridden, rewrite, conflict, reason }) => {
    const losers = overridden.map((i) => nameOf(versions[i])).sort();
    return [bytesToId(key), nameOf(versions[outcome]), losers, rewrite, conflict, reason];
  });
}

/**
 * Values that some island has, that are gone afterwards, that nobody has replaced knowingly, and that are not set aside. For
 * a value that several islands have, it is enough that one of them sets it aside.
 */
function silentlyLost(plan: Plan, worlds: readonly World[]): string[] {
  const lost: string[] = [];
  for (const id of idsOf(worlds)) {
    const item = plan.items.find(({ key }) => bytesToId(key) === id);
    const setAside = (item?.overridden ?? []).map((i) => item!.versions[i]!);
    for (const { entries } of worlds) {
      const entry = entries.get(id);
      if (entry === undefined || shown(entry) === readAfter(plan, worlds, id)) continue;
      const isReplaced = worlds.some((other) => {
        const theirs = other.entries.get(id);
        return theirs !== undefined && isAfter(theirs, entry) && other.vector.covers(entry.origin, entry.seq);
      });
      if (!isReplaced && !setAside.some((one) => one.hlc === entry.hlc && one.origin === entry.origin)) lost.push(id);
    }
  }
  return lost;
}
