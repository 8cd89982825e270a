import { ElementMap, type Elements } from './element-map.js';

/** An element with its value; null: it was taken away. */
export type Change = readonly [name: string, value: string | null];

/**
 * What an application has changed in a collection: the elements that its Redis has neither as it was last known to have them nor as
 * the node has them. What others have changed meanwhile, and Redis has yet to get, is none of it.
 * @param bases what Redis may have held before; none: that is not known, and nothing that is missing counts as taken away
 */
export function* changesOf(now: Elements, bases: readonly Elements[], own: Elements): Generator<Change> {
  // What others have changed may be much more than what the application has.
  const base = nearest(now, bases);
  for (const [name, value] of ofFirst(now, base ?? own))
    if (own.get(name) !== value && !bases.some((base) => base.get(name) === value)) yield [name, value];
  if (base === undefined) return;
  for (const name of ofSecond(now, base)) if (!now.has(name) && base.has(name) && own.has(name)) yield [name, null];
}

/** Of what a Redis may have held, that from which the least has changed; the first of several. */
function nearest(now: Elements, bases: readonly Elements[]): Elements | undefined {
  if (bases.length < 2) return bases[0];
  const distances = bases.map((base) => distanceOf(now, base));
  return bases[distances.indexOf(Math.min(...distances))];
}

export function areEqual(one: Elements, other: Elements): boolean {
  if (one instanceof ElementMap && other instanceof ElementMap) return one.isSame(other);
  return one.size === other.size && distanceOf(one, other) === 0;
}

/** Whether an element of the second is missing in the first. */
export function lacks(one: Elements, other: Elements): boolean {
  for (const name of ofSecond(one, other)) if (!one.has(name) && other.has(name)) return true;
  return false;
}

/** The names of elements that two collections have otherwise, or one of them alone: those of the first come first. */
export function* namesUnlike(one: Elements, other: Elements): Iterable<string> {
  for (const [name, value] of ofFirst(one, other)) if (other.get(name) !== value) yield name;
  for (const name of ofSecond(one, other)) if (!one.has(name)) yield name;
}

// ---------------------------------------------------------------------------------------------------------------------

/** Elements of the first: at least all that the second has otherwise, or not at all. */
function* ofFirst(one: Elements, other: Elements): Iterable<readonly [name: string, value: string]> {
  if (!(one instanceof ElementMap && other instanceof ElementMap)) return yield* one;
  for (const [name, value] of one.differences(other)) if (value !== undefined) yield [name, value];
}

/** Names of the second: at least all that the first lacks. */
function* ofSecond(one: Elements, other: Elements): Iterable<string> {
  if (!(one instanceof ElementMap && other instanceof ElementMap)) return yield* other.keys();
  for (const [name, value] of one.differences(other)) if (value === undefined) yield name;
}

function distanceOf(one: Elements, other: Elements): number {
  let distance = 0;
  for (const _ of namesUnlike(one, other)) distance++;
  return distance;
}
