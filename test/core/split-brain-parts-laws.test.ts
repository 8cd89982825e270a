import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';
import {
  a,
  apart,
  asides,
  b,
  cluster,
  expire,
  hset,
  LWW,
  read,
  resolveOn,
  SMALL,
  set,
  start,
} from './support/split-brain-parts.js';

/** What a client does on one of the islands. */
type Act = readonly [on: 0 | 1, kind: 'hset' | 'hdel' | 'set' | 'del' | 'incr' | 'expire', key: string, field: string];

const anyAct: fc.Arbitrary<Act> = fc.tuple(
  fc.constantFrom(0 as const, 1 as const),
  fc.constantFrom('hset', 'hset', 'hset', 'hdel', 'set', 'del', 'expire' as const) as fc.Arbitrary<Act[1]>,
  fc.constantFrom('h', 'i'),
  fc.constantFrom('f', 'g'),
);
const KEYS = ['h', 'i'];
let written = 0;

function act([on, kind, key, field]: Act): void {
  const node = [a, b][on]!;
  const value = `v${++written}`;
  const isString = typeof read(node, key) === 'string';
  if (kind === 'set') set(node, key, value);
  else if (kind === 'del') set(node, key, null);
  else if (kind === 'expire') expire(node, key, 1_000_000);
  else if (!isString) hset(node, key, { [field]: kind === 'hset' ? value : null });
}

/** All values that a reader finds, and where: `KEY › field = value`. */
function valuesOn(node: MiniNode): string[] {
  return KEYS.flatMap((key) => {
    const found = read(node, key);
    if (typeof found === 'string') return [`${key} = ${found}`];
    return Object.entries((found ?? {}) as object).map(([field, value]) => `${key} › ${field} = ${value}`);
  });
}

interface World {
  readonly common: readonly Act[];
  readonly apart: readonly Act[];
  readonly executor: 0 | 1;
}

const anyWorld: fc.Arbitrary<World> = fc.record({
  common: fc.array(anyAct, { maxLength: 6 }),
  apart: fc.array(anyAct, { minLength: 1, maxLength: 10 }),
  executor: fc.constantFrom(0 as const, 1 as const),
});

/** A history and its resolution. Returns what was there before, and after. */
function live({ common, apart: acts, executor }: World, strategyOf: (node: MiniNode) => Strategy) {
  start(SMALL);
  common.forEach((one) => {
    act(one);
    cluster.run(50);
  });
  cluster.run(TIMEOUT_MS);
  const shared = new Set(valuesOn(a));
  apart(() => acts.forEach(act));
  const node = [a, b][executor]!;
  const before = [a, b].map(valuesOn);
  const { id } = resolveOn(node, strategyOf(node));
  const [after, ofB] = [valuesOn(a), valuesOn(b)];
  expect(ofB).toEqual(after);
  return { shared, before, after, asides: asides(id), own: before[executor]! };
}

const RUNS = { numRuns: 25 };

test('whatever the islands did, they converge, and no value that was written apart goes silently', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const { shared, before, after, asides: kept } = live(world, () => LWW);
      const lost = before.flat().filter((value) => !shared.has(value) && !after.includes(value));
      expect(lost.filter((value) => !kept.includes(value))).toEqual([]);
    }),
    RUNS,
  );
});

test('a merge has one outcome, whoever carries it out', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      written = 0;
      const { after: first } = live({ ...world, executor: 0 }, () => LWW);
      written = 0;
      const { after: second } = live({ ...world, executor: 1 }, () => LWW);
      expect(second).toEqual(first);
    }),
    RUNS,
  );
});

test('after a promotion every key is as the promoted node had it, and what others wrote is set aside', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const {
        shared,
        before,
        after,
        own,
        asides: kept,
      } = live(world, ({ replica }) => ({ kind: 'promote', node: replica }));
      expect(after).toEqual(own);
      const lost = before.flat().filter((value) => !shared.has(value) && !after.includes(value));
      expect(lost.filter((value) => !kept.includes(value))).toEqual([]);
    }),
    RUNS,
  );
});
