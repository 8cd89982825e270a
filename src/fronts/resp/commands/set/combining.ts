import type { Bytes } from '../../../../core/model/bytes.js';
import type { Collection, Part } from '../../collection.js';
import type { Context } from '../../session.js';
import { setAt } from './members.js';
import { NameSet } from './name-set.js';
import { walking } from './walking.js';

export type Combination = 'intersection' | 'union' | 'difference';

/** Takes the members of a combination of sets, each of them once. */
export interface MemberSink {
  add(member: Bytes): void;
  /** It wants no more of them. */
  readonly isFull: boolean;
  /** What it holds, about. */
  readonly bytes: number;
}

/** Finds the members of a combination of the sets at some keys, in steps; a missing one is empty. Throws WRONGTYPE before the first. */
export function* combining(
  context: Context,
  combination: Combination,
  keys: readonly Bytes[],
  sink: MemberSink,
): Generator<undefined, void> {
  const sizes = keys.map((key) => setAt(context, key)?.size ?? 0);
  if (combination === 'union') return yield* uniting(context, keys, sink);
  if (combination === 'difference') return yield* sifting(context, keys[0]!, keys.slice(1), false, sink);
  const smallest = sizes.indexOf(Math.min(...sizes));
  return yield* sifting(context, keys[smallest]!, keys.toSpliced(smallest, 1), true, sink);
}

// ---

/** Of the set at a key, those members that are in all other sets, or in none of them. */
function* sifting(
  context: Context,
  key: Bytes,
  others: readonly Bytes[],
  isIn: boolean,
  sink: MemberSink,
): Generator<undefined, void> {
  yield* walking(context, key, (members) => {
    const sets = others.map((other) => setAt(context, other) ?? EMPTY);
    for (const { name } of members) {
      if (sink.isFull) break;
      if (sets.every((set) => (set.get(name) !== undefined) === isIn)) sink.add(name);
    }
    context.hold(sink.bytes);
    return !sink.isFull;
  });
}

function* uniting(context: Context, keys: readonly Bytes[], sink: MemberSink): Generator<undefined, void> {
  const seen = keys.length > 1 ? new NameSet() : null;
  const take = (members: readonly Part[]): boolean => {
    for (const { name } of members) if (seen === null || seen.add(name)) sink.add(name);
    context.hold(sink.bytes + (seen?.bytes ?? 0));
    return true;
  };
  for (const key of keys) {
    yield* walking(context, key, take);
    yield;
  }
}

const EMPTY: Pick<Collection, 'get'> = { get: () => undefined };
