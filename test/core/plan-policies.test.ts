import { describe, expect, test } from '@jest/globals';
import { bytesToId } from '../../src/core/model/bytes.js';
import { type Entry, stubOf } from '../../src/core/model/entry.js';
import { makePlan, type PlanInput, type PlanIsland } from '../../src/core/resolution/plan.js';
import { describeStrategy, type Strategy } from '../../src/core/resolution/strategy.js';
import { A, A1, B, B1, C, C1, entry, NOW_MS, text, vector } from './samples.js';

const LWW: Strategy = { kind: 'merge', policy: 'lww' };
const LONGEST: Strategy = { kind: 'merge', policy: 'keep-longest-ttl' };
const PROMOTE: Strategy = { kind: 'promote', node: A };
const CUSTOM: Strategy = { kind: 'merge', policy: 'custom', name: 'mine.js' };

const NONE = { conflicts: 0, rewritten: 0, uncertain: 0, manual: 0, merged: 0, twofold: 0 };
const at = (ms: number): number => ms * 4096;

/** An island in which one entry changed (or none), and that has seen these sequence numbers besides. */
function island(replica: string, changed: Entry | null, seen: Record<string, number> = {}): PlanIsland {
  const own = changed === null ? {} : { [changed.origin]: changed.seq };
  return {
    replicas: [replica],
    vector: vector({ ...seen, ...own }),
    changed: new Map(changed === null ? [] : [[bytesToId(changed.key), changed]]),
  };
}

function plan(strategy: Strategy, islands: PlanIsland[], more: Partial<PlanInput> = {}) {
  const own = (key: Uint8Array): Entry | undefined => islands[0]!.changed.get(bytesToId(key));
  return makePlan({ strategy, decisions: new Map(), islands, own, fence: null, skewMs: 0, nowMs: NOW_MS, ...more });
}

const ofA = (value: string | null, hlc: number, more: Partial<Entry> = {}) =>
  entry('k', value, { hlc, origin: A1, ...more });
const ofB = (value: string | null, hlc: number, more: Partial<Entry> = {}) =>
  entry('k', value, { hlc, origin: B1, ...more });

describe('what is a conflict', () => {
  test('a version that another island has seen and replaced is none: it is history there', () => {
    const seen = ofA('old', at(1));
    const { items, counts } = plan(LWW, [island(A, seen), island(B, ofB('new', at(2)), { [A1]: 1 })]);
    expect([items, counts.conflicts, counts.onlyHere]).toEqual([[], 0, [1, 1]]);
  });

  test('a version that another island replaced without having seen it is one', () => {
    const { items } = plan(LWW, [island(A, ofA('one', at(1))), island(B, ofB('two', at(2)))]);
    expect(items).toMatchObject([{ conflict: true, outcome: 1, overridden: [0], reason: 'last write, 1 ms later' }]);
  });

  test('equal timestamps: the greater origin stands, and the reason says so', () => {
    const { items } = plan(LWW, [island(A, ofA('one', at(1))), island(B, ofB('two', at(1)))]);
    expect(items).toMatchObject([{ outcome: 1, overridden: [0], reason: 'last write, same millisecond' }]);
  });

  test('the same version on two islands is one version', () => {
    const copied = ofB('two', at(2));
    const { items, counts } = plan(LWW, [island(A, null), island(B, copied), island(C, copied)]);
    expect([items, counts.conflicts]).toEqual([[], 0]);
  });

  test('three islands: the greatest stands, both others are set aside', () => {
    const third = entry('k', 'three', { hlc: at(2), origin: C1 });
    const { items, counts } = plan(LWW, [island(A, ofA('one', at(3))), island(B, ofB('two', at(1))), island(C, third)]);
    expect(items).toMatchObject([{ outcome: 0, overridden: [1, 2], rewrite: null }]);
    expect(counts).toEqual({ ...NONE, conflicts: 1, onlyHere: [0, 0, 0], overridden: [0, 1, 1] });
  });

  test('keys that differ by a byte at the end are different keys', () => {
    const keys = ['', '\0', '\xff', 'doc', 'doc2'];
    const both = keys.map((key, i) => entry(key, 'v', { origin: i % 2 === 0 ? A1 : B1, seq: i + 1 }));
    const islands = [A, B].map((replica, side) => ({
      ...island(replica, null),
      changed: new Map(both.filter((_, i) => i % 2 === side).map((one) => [bytesToId(one.key), one])),
    }));
    expect(plan(LWW, islands).counts).toMatchObject({ conflicts: 0, onlyHere: [3, 2] });
  });
});

describe('what is set aside', () => {
  test.each<[string, Entry, Entry]>([
    ['identical values', ofA('same', at(1)), ofB('same', at(2))],
    ['a delete and a delete', ofA(null, at(1)), ofB(null, at(2))],
    ['a delete and a value that has expired', ofA('v', at(1), { expiryMs: NOW_MS }), ofB(null, at(2))],
  ])('%s: a conflict, but nothing', (_case, one, other) => {
    const { items } = plan(LWW, [island(A, one), island(B, other)]);
    expect(items).toMatchObject([{ conflict: true, overridden: [] }]);
  });

  test.each<[string, Entry, Entry]>([
    ['an overridden delete', ofA(null, at(1)), ofB('v', at(2))],
    ['a value under a later delete', ofA('v', at(1)), ofB(null, at(2))],
    ['an empty value under a later delete', ofA('', at(1)), ofB(null, at(2))],
    ['an equal value with another expiry', ofA('v', at(1), { expiryMs: NOW_MS + 1 }), ofB('v', at(2))],
  ])('%s', (_case, one, other) => {
    expect(plan(LWW, [island(A, one), island(B, other)]).items).toMatchObject([{ outcome: 1, overridden: [0] }]);
  });
});

describe('promote', () => {
  test('a key that only the other island changed gets back what the promoted node has', () => {
    const before = ofA('before', at(1));
    const { items, counts } = plan(PROMOTE, [island(A, null), island(B, ofB('after', at(2)))], { own: () => before });
    expect(items).toMatchObject([{ conflict: false, overridden: [1], rewrite: { value: before.value, expiryMs: 0 } }]);
    expect(counts).toMatchObject({ onlyHere: [0, 1], rewritten: 1, overridden: [0, 1] });
  });

  test('an earlier change of the other island is set aside without a rewrite', () => {
    const { items } = plan(PROMOTE, [island(A, ofA('mine', at(2))), island(B, ofB('theirs', at(1)))]);
    expect(items).toMatchObject([{ overridden: [1], rewrite: null }]);
  });

  test('a later change is overruled with the expiry of the promoted value', () => {
    const mine = ofA('mine', at(1), { expiryMs: NOW_MS + 5 });
    const { items } = plan(PROMOTE, [island(A, mine), island(B, ofB('theirs', at(2)))]);
    expect(items[0]?.rewrite).toEqual({ value: mine.value, expiryMs: NOW_MS + 5 });
  });

  test('a promoted value that has expired counts as a delete', () => {
    const mine = ofA('mine', at(1), { expiryMs: NOW_MS });
    const { items } = plan(PROMOTE, [island(A, mine), island(B, ofB('theirs', at(2)))]);
    expect(items).toMatchObject([{ overridden: [1], rewrite: { value: null, expiryMs: 0 } }]);
    expect(plan(PROMOTE, [island(A, mine), island(B, ofB(null, at(2)))]).items[0]?.overridden).toEqual([]);
  });

  test('a key that the promoted node alone changed is not listed', () => {
    expect(plan(PROMOTE, [island(A, ofA('mine', at(1))), island(B, null)]).items).toEqual([]);
  });
});

describe('other policies', () => {
  test('prefer: an island that did not change the key has no say', () => {
    const prefer: Strategy = { kind: 'merge', policy: 'prefer', node: C };
    const islands = [island(A, ofA('one', at(1))), island(B, ofB('two', at(2))), island(C, null)];
    expect(plan(prefer, islands).items).toMatchObject([{ outcome: 1, rewrite: null, reason: 'last write' }]);
  });

  test('keep-longest-ttl: a later expiry beats a later write, and is written anew', () => {
    const islands = [
      island(A, ofA('long', at(1), { expiryMs: NOW_MS + 9e9 })),
      island(B, ofB('short', at(2), { expiryMs: NOW_MS + 1 })),
    ];
    const { items } = plan(LONGEST, islands);
    expect(items).toMatchObject([{ outcome: 0, overridden: [1], reason: 'lives longest' }]);
    expect([text(items[0]?.rewrite?.value), items[0]?.rewrite?.expiryMs]).toEqual(['long', NOW_MS + 9e9]);
  });

  test('keep-longest-ttl: of equal lives the last write stands', () => {
    const { items } = plan(LONGEST, [island(A, ofA('one', at(1))), island(B, ofB('two', at(2)))]);
    expect(items).toMatchObject([{ outcome: 1, rewrite: null, reason: 'last write of the longest lives' }]);
  });

  const [one, two] = [ofA('one', at(1)), ofB('two', at(2))];
  const decided = (key: string, stands: Entry, ...candidates: Entry[]) => ({
    decisions: new Map([[key, { candidates, stands }]]),
  });

  test("a policy of one's own decides the keys it was asked about, and LWW the others, which say so", () => {
    const islands = [island(A, one), island(B, two)];
    const { items } = plan(CUSTOM, islands, decided('k', one, one, two));
    expect(items).toMatchObject([{ outcome: 0, overridden: [1], reason: 'policy mine.js', undecided: false }]);
    expect(text(items[0]?.rewrite?.value)).toBe('one');
    expect(plan(CUSTOM, islands, decided('k2', one, one, two)).items).toMatchObject([{ outcome: 1, undecided: true }]);
  });

  test('a decision names versions: it holds whichever island comes first, and when another one has dropped out', () => {
    const third = entry('k', 'three', { hlc: at(3), origin: C1 });
    const decision = decided('k', one, one, two, third);
    const outcome = (...islands: PlanIsland[]) => {
      const { items } = plan(CUSTOM, islands, decision);
      return text(items[0]?.versions[items[0].outcome]?.value);
    };
    const [a, b, c] = [island(A, one), island(B, two), island(C, third)];
    expect([outcome(a, b, c), outcome(c, b, a), outcome(b, a), outcome(a, c)]).toEqual(['one', 'one', 'one', 'one']);
    expect(plan(CUSTOM, [b, c], decision).items).toMatchObject([{ outcome: 1, undecided: true }]);
  });

  test('a decision is not for a version that was written after the policy was asked', () => {
    const rewritten = ofB('two again', at(3), { seq: 2 });
    const { items } = plan(CUSTOM, [island(A, one), island(B, rewritten)], decided('k', one, one, two));
    expect(items).toMatchObject([{ outcome: 1, undecided: true, reason: expect.stringContaining('was not asked') }]);
  });
});

test('versions closer than the measured skew are uncertain, those as far apart as it are not', () => {
  const islands = [island(A, ofA('one', at(100))), island(B, ofB('two', at(110)))];
  expect([10, 11].map((skewMs) => plan(LWW, islands, { skewMs }).counts.uncertain)).toEqual([0, 1]);
});

test('strategies are described with the names of nodes', () => {
  const all: Strategy[] = [LWW, LONGEST, CUSTOM, PROMOTE, { kind: 'merge', policy: 'prefer', node: B }];
  const names = new Map([
    [A, 'a'],
    [B, 'b'],
  ]);
  expect(all.map((one) => describeStrategy(one, (replica) => names.get(replica) ?? replica))).toEqual([
    'merge lww',
    'merge keep-longest-ttl',
    'merge mine.js',
    'promote a',
    'merge prefer:b',
  ]);
});

describe('versions whose values were evicted', () => {
  const PREFER_A: Strategy = { kind: 'merge', policy: 'prefer', node: A };

  test('lose and win by their version, and are set aside as evicted', () => {
    const lost = plan(LWW, [island(A, stubOf(ofA('one', at(1)))), island(B, ofB('two', at(2)))]);
    expect(lost.items).toMatchObject([{ outcome: 1, overridden: [0], rewrite: null }]);
    expect(lost.items[0]!.versions[0]!.evicted).toBe(true);
    const won = plan(LWW, [island(A, stubOf(ofA('one', at(3)))), island(B, ofB('two', at(2)))]);
    expect(won.items).toMatchObject([{ outcome: 0, overridden: [1], rewrite: null }]);
  });

  test('are never written anew by a policy that would have them stand: the last write stands', () => {
    const { items } = plan(PREFER_A, [island(A, stubOf(ofA('one', at(1)))), island(B, ofB('two', at(2)))]);
    expect(items).toMatchObject([{ outcome: 1, rewrite: null, reason: 'last write (evicted: preferred island)' }]);
  });

  test('of the promoted node stand as a miss over what another island wrote, and are set aside with that', () => {
    const { items } = plan(PROMOTE, [island(A, stubOf(ofA('one', at(1)))), island(B, ofB('two', at(2)))]);
    expect(items).toMatchObject([
      { overridden: [0, 1], rewrite: { value: null }, reason: 'the promoted node has evicted this' },
    ]);
  });
});
