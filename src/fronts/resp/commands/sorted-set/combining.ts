import type { Context } from '../../session.js';
import type { Aggregate, Combination, Input } from './combination.js';
import { type FoundMember, FoundMembers } from './found-members.js';
import { scoreIn, sourceAt, walkingSource } from './sources.js';
import { MEMBER_BYTES } from './storing.js';

/** Finds the members of a combination, in no order, by steps. */
export function combining(context: Context, combination: Combination): Generator<undefined, readonly FoundMember[]> {
  const { operation, inputs } = combination;
  if (operation === 'difference') return subtracting(context, inputs);
  // As in Redis from the smallest on: the order of a sum tells in its last digit.
  const sizes = new Map(inputs.map((input) => [input, sourceAt(context, input.key)?.size ?? 0]));
  const sorted = [...inputs].sort((a, b) => sizes.get(a)! - sizes.get(b)!);
  return operation === 'union'
    ? uniting(context, sorted, combination.aggregate)
    : intersecting(context, sorted, combination);
}

// ---

function* uniting(
  context: Context,
  inputs: readonly Input[],
  aggregate: Aggregate,
): Generator<undefined, readonly FoundMember[]> {
  const found = new FoundMembers();
  for (const { key, weight } of inputs) {
    yield* walkingSource(context, key, (parts, source) => {
      for (const { name, value } of parts) {
        const score = weighed(scoreIn(source, value), weight);
        found.add(name, score, (member) => {
          member.score = aggregated(member.score, score, aggregate);
        });
      }
      context.hold(found.size * MEMBER_BYTES);
      return true;
    });
    yield;
  }
  return yield* found.list();
}

function* intersecting(
  context: Context,
  [smallest, ...others]: readonly Input[],
  { aggregate, limit }: Combination,
): Generator<undefined, readonly FoundMember[]> {
  const found: FoundMember[] = [];
  yield* walkingSource(context, smallest!.key, (parts, source) => {
    const sources = others.map(({ key }) => sourceAt(context, key));
    for (const { name, value } of parts) {
      let score: number | null = weighed(scoreIn(source, value), smallest!.weight);
      for (let i = 0; i < others.length && score !== null; i++) {
        const other = sources[i]?.get(name);
        const otherScore = other === undefined ? null : scoreIn(sources[i]!, other) * others[i]!.weight;
        score = otherScore === null ? null : aggregated(score, otherScore, aggregate);
      }
      if (score !== null) found.push({ name, score });
      if (limit > 0 && found.length >= limit) return false;
    }
    context.hold(found.length * MEMBER_BYTES);
    return true;
  });
  return found;
}

function* subtracting(
  context: Context,
  [first, ...others]: readonly Input[],
): Generator<undefined, readonly FoundMember[]> {
  const found: FoundMember[] = [];
  yield* walkingSource(context, first!.key, (parts, source) => {
    const sources = others.map(({ key }) => sourceAt(context, key));
    for (const { name, value } of parts) {
      const isElsewhere = sources.some((other) => other?.get(name) !== undefined);
      if (!isElsewhere) found.push({ name, score: scoreIn(source, value) });
    }
    context.hold(found.length * MEMBER_BYTES);
    return true;
  });
  return found;
}

/** Infinity times zero is zero here, as in Redis. */
function weighed(score: number, weight: number): number {
  return orZero(score * weight);
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/** And so is infinity less infinity. What is neither less nor greater, as is no number, changes nothing. */
function aggregated(score: number, other: number, aggregate: Aggregate): number {
  if (aggregate === 'sum') return orZero(score + other);
  const isTaken = aggregate === 'min' ? other < score : other > score;
  return isTaken ? other : score;
}
