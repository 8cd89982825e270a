import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HashList } from '../../src/core/store/hash-list.js';
import { ScoreList } from '../../src/core/store/score-list.js';

/** Often the same ones, of all sizes; some thousands fill several chunks. */
const HASH = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.nat(),
);
const FEW = fc.array(fc.record({ hash: HASH, removes: fc.boolean() }), { maxLength: 300, size: 'max' });

describe('the hashes of parts', () => {
  test('are what a sorted array has, whatever comes and goes', () => {
    fc.assert(
      fc.property(FEW, (calls) => {
        const list = new HashList();
        const right: number[] = [];
        for (const { hash, removes } of calls) {
          const at = right.indexOf(hash);
          if (removes) expect(list.remove(hash)).toBe(at >= 0);
          else list.insert(hash);
          if (removes && at >= 0) right.splice(at, 1);
          if (!removes) right.push(hash);
        }
        expectSame(
          list,
          right.sort((a, b) => a - b),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('are so where thousands are the same, and chunks are split and given up', () => {
    const list = new HashList();
    const random = randomOf(5);
    let right: number[] = [];
    for (let i = 0; i < 12_000; i++) {
      const hash = random(3) === 0 ? 7 : random(5000);
      list.insert(hash | 0);
      right.push(hash);
    }
    right.sort((a, b) => a - b);
    expectSame(list, right);
    right = right.filter((hash, i) => !(hash % 3 === 1 || i % 2 === 0) || !list.remove(hash));
    expectSame(list, right);
    for (const hash of right) list.remove(hash);
    expect([list.length, [...list]]).toEqual([0, []]);
  });

  test('are counted right between all that comes and goes, chunks included', () => {
    const list = new HashList();
    const random = randomOf(3);
    const right: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      const hash = random(4000);
      const at = right.findIndex((one) => one >= hash);
      const place = at === -1 ? right.length : at;
      // Thousands come, and then they go.
      if (random(10) < (i < 8000 ? 8 : 2)) {
        list.insert(hash);
        right.splice(place, 0, hash);
      } else if (list.remove(hash)) right.splice(place, 1);
      if (right.length === 0) continue;
      const rank = random(right.length);
      expect([list.at(rank), list.countBelow(hash)]).toEqual([right[rank], place]);
    }
    expectSame(list, right);
  });

  function expectSame(list: HashList, right: readonly number[]): void {
    expect(list.length).toBe(right.length);
    expect([...list]).toEqual(right);
    expect(right.map((_, place) => list.at(place))).toEqual(right);
    // Backwards, and from the middle on.
    expect([...right.keys()].reverse().map((place) => list.at(place))).toEqual([...right].reverse());
    for (const hash of new Set([...right.slice(0, 50), 0, 7, 0xffffffff]))
      expect(list.countBelow(hash)).toBe(right.filter((one) => one < hash).length);
  }
});

const SCORES = [0, -0, 1, -1, 0.1, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('the members of a sorted set by score', () => {
  test('are what a sorted array has, whatever comes and goes', () => {
    const call = fc.record({
      score: fc.constantFrom(...SCORES),
      name: fc.constantFrom('', 'a', '\xff', 'b', 'ab'),
      removes: fc.boolean(),
      moves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 200, size: 'max' }), (calls) => {
        const list = new ScoreList();
        const right: Member[] = [];
        for (const { score, name, removes, moves } of calls) {
          const at = right.findIndex((one) => one.score === score && one.name === name);
          const other = right.find((one) => one.name === name);
          if (moves && other !== undefined && at < 0) {
            list.move(other.score, score, name);
            right.splice(right.indexOf(other), 1, { score, name });
            continue;
          }
          if (removes) expect(list.remove(score, name)).toBe(at >= 0);
          if (removes && at >= 0) right.splice(at, 1);
          // One member has one score.
          if (!removes && at < 0) {
            list.insert(score, name);
            right.push({ score, name });
          }
        }
        expectSame(list, right.sort(byScore));
      }),
      { numRuns: 200 },
    );
  });

  test('are so in thousands', () => {
    const list = new ScoreList();
    const random = randomOf(9);
    const right: Member[] = [];
    for (let i = 0; i < 5000; i++) {
      const member = { score: random(40) - 20, name: `m${i}` };
      list.insert(member.score, member.name);
      right.push(member);
    }
    const kept = right.sort(byScore).filter(({ score, name }, i) => i % 3 !== 0 || !list.remove(score, name));
    expectSame(list, kept);
    for (const { score, name } of kept) expect(list.remove(score, name)).toBe(true);
    expect(list.length).toBe(0);
  });

  test('are counted right between all that comes and goes, chunks included', () => {
    const list = new ScoreList();
    const random = randomOf(4);
    const right: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      const score = random(4000);
      const at = right.findIndex((one) => one >= score);
      const rank = at === -1 ? right.length : at;
      const isThere = right[rank] === score;
      // Thousands come, and then they go.
      if (random(10) < (i < 5000 ? 8 : 2)) {
        if (!isThere) list.insert(score, 'm');
        if (!isThere) right.splice(rank, 0, score);
      } else if (list.remove(score, 'm')) right.splice(rank, 1);
      if (right.length === 0) continue;
      const other = random(right.length);
      expect([list.at(other).score, list.countBelow(score, false)]).toEqual([right[other], rank]);
    }
    expectSame(
      list,
      right.map((score) => ({ score, name: 'm' })),
    );
  });

  interface Member {
    readonly score: number;
    readonly name: string;
  }

  function byScore(a: Member, b: Member): number {
    return a.score !== b.score ? (a.score < b.score ? -1 : 1) : a.name < b.name ? -1 : 1;
  }

  function told(list: ScoreList, rank: number, count: number, isReversed: boolean): Member[] {
    const members: Member[] = [];
    list.tell(rank, count, isReversed, { member: (score, name) => members.push({ score, name }) });
    return members;
  }

  function expectSame(list: ScoreList, right: readonly Member[]): void {
    expect(list.length).toBe(right.length);
    expect(right.map((_, rank) => list.at(rank))).toEqual(right);
    expect(right.map(({ score, name }) => list.rankOf(score, name))).toEqual([...right.keys()]);
    expect(told(list, 0, right.length, false)).toEqual(right);
    expect(told(list, right.length - 1, right.length, true)).toEqual([...right].reverse());
    for (const score of [...SCORES, ...new Set(right.slice(0, 20).map((one) => one.score))]) {
      expect(list.countBelow(score, false)).toBe(right.filter((one) => one.score < score).length);
      expect(list.countBelow(score, true)).toBe(right.filter((one) => one.score <= score).length);
    }
  }
});

/** Numbers below a bound, the same ones each time (a linear congruential generator). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
