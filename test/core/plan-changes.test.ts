import { describe, expect, test } from '@jest/globals';
import { bytesToId } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { finish } from '../../src/core/model/steps.js';
import { Confirmation } from '../../src/core/resolution/confirmation.js';
import type { Decision } from '../../src/core/resolution/decisions.js';
import { KeptPlans } from '../../src/core/resolution/kept-plans.js';
import { makePlan, type Plan, type PlanIsland, planSteps } from '../../src/core/resolution/plan.js';
import { type PlanChanges, planChangesSteps } from '../../src/core/resolution/plan-changes.js';
import { findItem, type ShownPlan, shownSteps } from '../../src/core/resolution/shown-plan.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { A, A1, B, B1, C, C1, entry, NOW_MS, vector } from './samples.js';

const LWW: Strategy = { kind: 'merge', policy: 'lww' };
const PREFER_C: Strategy = { kind: 'merge', policy: 'prefer', node: C };
const PROMOTE: Strategy = { kind: 'promote', node: A };
const CUSTOM: Strategy = { kind: 'merge', policy: 'custom', name: 'mine.js' };

/** An island and what it changed, by key: the time of its write. */
function island(replica: string, origin: string, writes: Record<string, number>): PlanIsland {
  const entries = Object.entries(writes).map(([key, ms]) =>
    entry(key, `${key} of ${origin} at ${ms}`, { hlc: ms * 4096, origin, seq: ms }),
  );
  return {
    replicas: [replica],
    vector: vector({ [origin]: 1_000_000 }),
    changed: new Map(entries.map((one) => [bytesToId(one.key), one])),
  };
}

const ofA = (writes: Record<string, number>) => island(A, A1, writes);
const ofB = (writes: Record<string, number>) => island(B, B1, writes);
const ofC = (writes: Record<string, number>) => island(C, C1, writes);

function plan(strategy: Strategy, ...islands: PlanIsland[]): Plan {
  const own = (key: Uint8Array): Entry | undefined => islands[0]!.changed.get(bytesToId(key));
  return makePlan({ strategy, decisions: new Map(), islands, own, fence: null, skewMs: 0, nowMs: NOW_MS });
}

const shown = (strategy: Strategy, ...islands: PlanIsland[]): ShownPlan =>
  finish(shownSteps(plan(strategy, ...islands)));
const changes = (before: ShownPlan, now: Plan): PlanChanges => finish(planChangesSteps(before, now));
const keysOf = (keys: readonly Uint8Array[]): string[] => keys.map(bytesToId);

/** Each of these keys is picked from the island of that origin, among the versions of these islands. */
function picks(origin: string, keys: string, ...islands: PlanIsland[]): Map<string, Decision> {
  return new Map(
    [...keys].map((key) => {
      const candidates = islands.flatMap(({ changed }) => changed.get(key) ?? []);
      return [key, { candidates, stands: candidates.find((one) => one.origin === origin)!, picked: true }];
    }),
  );
}

describe('a plan that is carried out, compared with the one that was shown', () => {
  const before = shown(LWW, ofA({ k: 1, l: 5 }), ofB({ k: 2, l: 4 }));

  test('is the same while nothing was written', () => {
    const now = changes(before, plan(LWW, ofA({ k: 1, l: 5 }), ofB({ k: 2, l: 4 })));
    expect(now).toMatchObject({ changed: 0, otherwise: 0, undecided: 0, gone: [], joined: [] });
  });

  test('a key that became a conflict since is decided by the same strategy, and named', () => {
    const now = changes(before, plan(LWW, ofA({ k: 1, l: 5, m: 7 }), ofB({ k: 2, l: 4, m: 8 })));
    expect([now.changed, keysOf(now.changedKeys), now.otherwise]).toEqual([1, ['m'], 0]);
  });

  test('a key that was written again on the island that stands was changed, and does not come out otherwise', () => {
    const now = changes(before, plan(LWW, ofA({ k: 1, l: 5 }), ofB({ k: 9, l: 4 })));
    expect([keysOf(now.changedKeys), now.otherwise]).toEqual([['k'], 0]);
  });

  test('a key that was written again on the island that was to be overridden comes out otherwise', () => {
    const now = changes(before, plan(LWW, ofA({ k: 9, l: 5 }), ofB({ k: 2, l: 4 })));
    expect([now.changed, now.otherwise]).toEqual([0, 1]);
    const [other] = now.otherwiseItems;
    expect([bytesToId(other!.key), other!.shown?.origin, other!.shownReplicas]).toEqual(['k', B1, [B]]);
    expect(other!.now).toMatchObject({ item: { outcome: 0 }, replicas: [A] });
  });

  test('under a promotion what clients go on writing is set aside as was shown, and named', () => {
    const promotion = shown(PROMOTE, ofA({ k: 1 }), ofB({ k: 2 }));
    const now = changes(promotion, plan(PROMOTE, ofA({ k: 3 }), ofB({ k: 2, m: 4 })));
    expect([keysOf(now.changedKeys), now.otherwise]).toEqual([['k', 'm'], 0]);
  });

  test('an island that drops out takes its versions along: where they stood, the key comes out otherwise', () => {
    const three = shown(PREFER_C, ofA({ k: 1, l: 1, m: 2 }), ofB({ k: 2 }), ofC({ k: 3, l: 2, n: 1 }));
    const now = changes(three, plan(PREFER_C, ofA({ k: 1, l: 1, m: 2 }), ofB({ k: 2 })));
    expect([now.otherwise, keysOf(now.otherwiseItems.map(({ key }) => key))]).toEqual([2, ['k', 'l']]);
    expect(now.otherwiseItems[1]!.now).toBeNull();
    expect(now.gone).toEqual([[C]]);
  });

  test('islands are told by their members, not by their places in the list', () => {
    const three = shown(LWW, ofA({ k: 1 }), ofB({ l: 3 }), ofC({ k: 2, l: 2 }));
    const now = changes(three, plan(LWW, ofC({ k: 2, l: 2 }), ofA({ k: 1 }), ofB({ l: 3 })));
    expect(now).toMatchObject({ changed: 0, otherwise: 0 });
  });

  test('a member that was not shown is named', () => {
    const now = changes(before, plan(LWW, ofA({ k: 1, l: 5 }), ofB({ k: 2, l: 4 }), ofC({})));
    expect(now).toMatchObject({ joined: [C], changed: 0, otherwise: 0 });
  });

  test('conflicts about which a policy was not asked are counted', () => {
    const asked = shown(CUSTOM, ofA({ k: 1 }), ofB({ k: 2 }));
    expect(changes(asked, plan(CUSTOM, ofA({ k: 1, m: 1 }), ofB({ k: 2, m: 2 })))).toMatchObject({ undecided: 2 });
  });

  test('of a great many changes the number is told, and the first hundred are named', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`m${i}`, 1]));
    const now = changes(before, plan(LWW, ofA({ k: 1, l: 5, ...many }), ofB({ k: 2, l: 4, ...many })));
    expect([now.changed, now.changedKeys.length]).toEqual([5000, 100]);
  });
});

describe('the digest of a plan', () => {
  const base = [ofA({ k: 1, l: 5 }), ofB({ k: 2, l: 4 })] as const;
  const { digest } = shown(LWW, ...base);

  test('is the same from whichever island it is made', () => {
    expect(shown(LWW, base[1], base[0]).digest).toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each<[string, ShownPlan]>([
    ['another version', shown(LWW, ofA({ k: 1, l: 6 }), base[1])],
    ['one more key', shown(LWW, ofA({ k: 1, l: 5, m: 1 }), ofB({ k: 2, l: 4, m: 2 }))],
    ['another outcome', shown({ kind: 'merge', policy: 'prefer', node: A }, ...base)],
    ['another strategy', shown({ kind: 'merge', policy: 'keep-longest-ttl' }, ...base)],
    ['one more island', shown(LWW, ...base, ofC({}))],
  ])('is another with %s', (_case, other) => {
    expect(other.digest).not.toBe(digest);
  });

  test('covers no values, but versions, which stand for them; a value that is shown is its beginning, length and hash', () => {
    const { items } = shown(LWW, ...base);
    const value = `k of ${A1} at 1`;
    const version = items.at(0).versions[0]!;
    expect(version).toMatchObject({ valueBytes: value.length, deleted: false, evicted: false });
    expect(version.preview).toBe(value.slice(0, 64));
    expect('value' in version).toBe(false);
  });

  test('finds an item by its key', () => {
    const one = shown(LWW, ...base);
    expect([one.items.at(0), one.items.at(1)]).toEqual([
      findItem(one, Buffer.from('k')),
      findItem(one, Buffer.from('l')),
    ]);
    expect(findItem(one, Buffer.from('kk'))).toBeUndefined();
  });
});

describe('plans that are kept', () => {
  let nowMs = 0;
  const planOf = (
    digest: string,
    items: number,
  ): { plan: ShownPlan; incident: null; decisions: Map<string, Decision> } => {
    const one = shown(LWW, ofA({ k: 1 }), ofB({ k: 2 }));
    return {
      plan: { ...one, digest, items: { length: items } as ShownPlan['items'] },
      incident: null,
      decisions: new Map(),
    };
  };

  test('go after an hour', () => {
    const kept = new KeptPlans(() => nowMs);
    kept.keep(planOf('one', 1));
    nowMs += 3_599_999;
    expect(kept.get('one')).toBeDefined();
    nowMs += 1;
    expect(kept.get('one')).toBeUndefined();
  });

  test('go, the oldest first, when there are too many', () => {
    const kept = new KeptPlans(() => nowMs);
    for (let i = 0; i < 20; i++) kept.keep(planOf(`p${i}`, 1));
    expect([kept.get('p3'), kept.get('p4') === undefined]).toEqual([undefined, false]);
  });

  test('go, the oldest first, when they are too large; the latest three stay, whatever their size', () => {
    const kept = new KeptPlans(() => nowMs);
    for (let i = 0; i < 5; i++) kept.keep(planOf(`p${i}`, 300_000));
    expect(['p0', 'p1', 'p2', 'p3', 'p4'].filter((digest) => kept.get(digest) !== undefined)).toEqual([
      'p2',
      'p3',
      'p4',
    ]);
  });
});

describe('picks of an operator', () => {
  const PICKED: Strategy = { kind: 'merge', policy: 'custom', name: 'friday.plan', otherwise: { policy: 'lww' } };
  const [a, b] = [ofA({ k: 1, l: 5, m: 2 }), ofB({ k: 2, l: 4, m: 1 })];
  const own = (island: PlanIsland) => (key: Uint8Array) => island.changed.get(bytesToId(key));
  const pickedPlan = (decisions: Map<string, Decision>, fence: number | null, ...islands: PlanIsland[]): Plan =>
    makePlan({ strategy: PICKED, decisions, islands, own: own(islands[0]!), fence, skewMs: 0, nowMs: NOW_MS });
  const decisions = picks(A1, 'kl', a, b);
  const before = finish(shownSteps(pickedPlan(decisions, null, a, b)));

  test('stand over the policy, which decides the rest, and say so where the two differ', () => {
    const { items } = pickedPlan(decisions, null, a, b);
    expect(items).toMatchObject([
      { outcome: 0, pick: 'held', reason: 'picked', overridden: [1] },
      { outcome: 0, pick: 'held', reason: 'last write, 1 ms later' },
      { outcome: 0, pick: null, undecided: false },
    ]);
    expect(items[0]!.rewrite).not.toBeNull();
  });

  test('hold while only other keys are written', () => {
    const now = changes(before, pickedPlan(decisions, null, a, ofB({ k: 2, l: 4, m: 9, n: 1 })));
    expect([now.missed, now.otherwise]).toEqual([0, 1]);
  });

  test('are missed where a key was written since, on either island, whatever would come out', () => {
    const now = changes(before, pickedPlan(decisions, null, ofA({ k: 3, l: 5, m: 2 }), ofB({ k: 2, l: 6, m: 1 })));
    expect([now.missed, keysOf(now.missedKeys)]).toEqual([2, ['k', 'l']]);
  });

  test('are missed where the island of one is out of reach, and so there is no conflict any more', () => {
    expect(changes(before, pickedPlan(decisions, null, a)).missed).toBe(2);
  });

  test('are not missed for what is written after the fence, as after the resolution', () => {
    const now = changes(before, pickedPlan(decisions, 100 * 4096, ofA({ k: 101, l: 5, m: 2 }), b));
    expect([now.missed, keysOf(now.changedKeys)]).toEqual([0, ['k']]);
  });

  test.each([
    [true, 1],
    [false, 1],
  ])('exact: %s: a resolution asks before it carries out less than was picked, or goes on', (isExact, missed) => {
    const confirmation = new Confirmation(before, false, isExact);
    const steps = planSteps({
      ...{ strategy: PICKED, decisions, islands: [ofA({ k: 3, l: 5, m: 2 }), b], own: own(a) },
      ...{ fence: null, skewMs: 0, nowMs: NOW_MS },
    });
    finish(confirmation.compare(steps));
    expect([confirmation.changes?.missed, confirmation.askAbout !== null]).toEqual([missed, isExact]);
  });

  test('are missed, and the last write stands, where the version was evicted', () => {
    const stub = { ...a.changed.get('k')!, value: null, evicted: true as const };
    const evicted = { ...a, changed: new Map([['k', stub]]) };
    expect(pickedPlan(decisions, null, evicted, b).items[0]).toMatchObject({ outcome: 1, pick: 'missed' });
  });
});
