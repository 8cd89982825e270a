import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesToId, idToBytes } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { VersionVector } from '../../src/core/model/vector.js';
import { originOf } from '../../src/core/model/version.js';
import { makePlan, type Plan, type PlanInput, type PlanIsland } from '../../src/core/resolution/plan.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';

const REPLICAS = ['a', 'b', 'c'].map((letter) => letter.repeat(16));
const NOW_MS = 1_800_000_000_000;

interface Change {
  readonly key: number;
  readonly value: number | null;
  readonly hlc: number;
  readonly lifeMs: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  key: fc.integer({ min: 0, max: 3 }),
  value: fc.option(fc.integer({ min: 0, max: 2 })),
  hlc: fc.integer({ min: 1, max: 4 }),
  lifeMs: fc.constantFrom(0, -1000, 5000, 9000),
});
const islandChanges = fc.array(fc.array(change, { maxLength: 4 }), { minLength: 2, maxLength: 3 });

describe('plans', () => {
  test('a merge by the default policy writes nothing anew: replication alone gives its outcome', () => {
    fc.assert(
      fc.property(islandChanges, (changes) => {
        const plan = planOf(islandsOf(changes), { kind: 'merge', policy: 'lww' });
        expect(plan.items.every(({ rewrite }) => rewrite === null)).toBe(true);
      }),
    );
  });

  const strategies: Record<string, Strategy> = {
    lww: { kind: 'merge', policy: 'lww' },
    prefer: { kind: 'merge', policy: 'prefer', node: REPLICAS[1]! },
    'keep-longest-ttl': { kind: 'merge', policy: 'keep-longest-ttl' },
  };
  for (const [name, strategy] of Object.entries(strategies)) {
    test(`${name} gives the same outcomes in whatever order the islands come, and when asked again`, () => {
      fc.assert(
        fc.property(islandChanges, (changes) => {
          const islands = islandsOf(changes);
          const outcomes = outcomesOf(planOf(islands, strategy));
          expect(outcomesOf(planOf(islands, strategy))).toEqual(outcomes);
          expect(outcomesOf(planOf([...islands].reverse(), strategy))).toEqual(outcomes);
        }),
      );
    });
  }

  test('merge keeps the later write when two islands wrote the same key, and sets the other aside', () => {
    const plan = planOf(islandsOf([[write(1, 1, 5)], [write(1, 2, 6)]]), strategies.lww!);
    expect(plan.items).toHaveLength(1);
    expect(plan.items[0]).toMatchObject({ outcome: 1, overridden: [0], conflict: true, rewrite: null });
  });

  test('merge sets nothing aside when both islands wrote the same value', () => {
    const plan = planOf(islandsOf([[write(1, 1, 5)], [write(1, 1, 6)]]), strategies.lww!);
    expect(plan.items[0]?.overridden).toEqual([]);
  });

  test('a key that one island alone changed is counted and not listed', () => {
    const plan = planOf(islandsOf([[write(1, 1, 5)], [write(2, 2, 6)]]), strategies.lww!);
    expect(plan.items).toEqual([]);
    expect(plan.counts).toMatchObject({ conflicts: 0, onlyHere: [1, 1], rewritten: 0 });
  });

  test('prefer writes the preferred value anew when the other island wrote later', () => {
    const plan = planOf(islandsOf([[write(1, 1, 9)], [write(1, 2, 6)]]), strategies.prefer!);
    expect(plan.items[0]).toMatchObject({ outcome: 1, overridden: [0] });
    expect(textOf(plan.items[0]?.rewrite?.value)).toBe('2');
  });

  test('keep-longest-ttl keeps a value that lives for ever over a later one that expires, and any value over a delete', () => {
    const longer = planOf(
      islandsOf([[write(1, 1, 5)], [{ ...write(1, 2, 6), lifeMs: 5000 }]]),
      strategies['keep-longest-ttl']!,
    );
    expect(longer.items[0]?.outcome).toBe(0);
    const deleted = planOf(
      islandsOf([[{ ...write(1, 1, 5), lifeMs: 5000 }], [write(1, null, 6)]]),
      strategies['keep-longest-ttl']!,
    );
    expect(deleted.items[0]?.outcome).toBe(0);
  });

  test('promote deletes what the other island created, and sets it aside', () => {
    const plan = planOf(islandsOf([[], [write(1, 2, 6)]]), { kind: 'promote', node: REPLICAS[0]! });
    expect(plan.items[0]).toMatchObject({ outcome: 0, overridden: [1], rewrite: { value: null, expiryMs: 0 } });
  });

  test('promote brings back what the other island deleted later', () => {
    const plan = planOf(islandsOf([[write(1, 1, 5)], [write(1, null, 6)]]), { kind: 'promote', node: REPLICAS[0]! });
    expect(textOf(plan.items[0]?.rewrite?.value)).toBe('1');
    expect(plan.items[0]?.overridden).toEqual([1]);
  });

  test('after a promotion every key shows what the promoted island has', () => {
    fc.assert(
      fc.property(islandChanges, (changes) => {
        const islands = islandsOf(changes);
        const plan = planOf(islands, { kind: 'promote', node: REPLICAS[0]! });
        for (const id of new Set(islands.flatMap((island) => [...island.changed.keys()]))) {
          const own = islands[0]!.changed.get(id);
          const item = plan.items.find((one) => bytesToId(one.key) === id);
          const stands = item?.rewrite ?? greatestOf(islands, id);
          expect(shown(stands)).toBe(shown(own));
        }
      }),
    );
  });
});

function write(key: number, value: number | null, hlc: number): Change {
  return { key, value, hlc, lifeMs: 0 };
}

/** Every island knows its own changes alone; of two changes of one key the greater counts. */
function islandsOf(changes: readonly (readonly Change[])[]): PlanIsland[] {
  return changes.map((list, i) => {
    const origin = originOf(REPLICAS[i]!, 1);
    const vector = new VersionVector();
    const changed = new Map<string, Entry>();
    for (const [n, { key, value, hlc, lifeMs }] of list.entries()) {
      const id = `k${key}`;
      const entry: Entry = {
        key: idToBytes(id),
        value: value === null ? null : Buffer.from(String(value)),
        hlc: hlc * 10 + n,
        origin,
        seq: n + 1,
        expiryMs: value === null || lifeMs === 0 ? 0 : NOW_MS + lifeMs,
      };
      vector.advance(origin, entry.seq);
      const known = changed.get(id);
      if (known === undefined || known.hlc < entry.hlc) changed.set(id, entry);
    }
    return { replicas: [REPLICAS[i]!], vector, changed };
  });
}

function planOf(islands: readonly PlanIsland[], strategy: Strategy): Plan {
  const own = (key: Uint8Array): Entry | undefined => islands[0]!.changed.get(bytesToId(key));
  const input: PlanInput = { strategy, decisions: new Map(), islands, own, fence: null, skewMs: 0, nowMs: NOW_MS };
  return makePlan(input);
}

/** What stands for each listed key, and who is overridden, by the islands' replicas. */
function outcomesOf(plan: Plan): unknown[] {
  return plan.items.map(({ key, versions, outcome, overridden, conflict }) => {
    const replicaAt = (i: number): string => plan.islands[i]!.replicas[0]!;
    return [bytesToId(key), versions[outcome]?.hlc, replicaAt(outcome), overridden.map(replicaAt).sort(), conflict];
  });
}

function greatestOf(islands: readonly PlanIsland[], id: string): Entry | undefined {
  const entries = islands.flatMap((island) => island.changed.get(id) ?? []);
  return entries.sort((a, b) => b.hlc - a.hlc || (a.origin < b.origin ? 1 : -1))[0];
}

function shown(content: { value: Uint8Array | null; expiryMs: number } | undefined): string {
  if (content === undefined || content.value === null) return 'nothing';
  if (content.expiryMs !== 0 && content.expiryMs <= NOW_MS) return 'nothing';
  return `${textOf(content.value)} until ${content.expiryMs}`;
}

function textOf(value: Uint8Array | null | undefined): string {
  return value == null ? 'nothing' : Buffer.from(value).toString();
}
