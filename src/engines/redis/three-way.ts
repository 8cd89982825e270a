type Elements = ReadonlyMap<string, string>;

/** An element with its value; null: it was taken away. */
export type Change = readonly [name: string, value: string | null];

/**
 * What an application has changed in a collection: the elements that its Redis has neither as it was last known to have them nor as
 * the node has them. What others have changed meanwhile, and Redis has yet to get, is none of it.
 * @param bases what Redis may have held before; none: that is not known, and nothing that is missing counts as taken away
 */
export function changesOf(now: Elements, bases: readonly Elements[], own: Elements): Change[] {
  const changes: Change[] = [];
  for (const [name, value] of now)
    if (own.get(name) !== value && !bases.some((base) => base.get(name) === value)) changes.push([name, value]);
  const base = nearest(now, bases);
  if (base === undefined) return changes;
  for (const name of own.keys()) if (!now.has(name) && base.has(name)) changes.push([name, null]);
  return changes;
}

/** Of what a Redis may have held, that from which the least has changed; the first of several. */
function nearest(now: Elements, bases: readonly Elements[]): Elements | undefined {
  if (bases.length < 2) return bases[0];
  const distances = bases.map((base) => distanceOf(now, base));
  return bases[distances.indexOf(Math.min(...distances))];
}

export function areEqual(one: Elements, other: Elements): boolean {
  return one.size === other.size && distanceOf(one, other) === 0;
}

// ---------------------------------------------------------------------------------------------------------------------

function distanceOf(one: Elements, other: Elements): number {
  let distance = 0;
  for (const [name, value] of one) if (other.get(name) !== value) distance++;
  for (const name of other.keys()) if (!one.has(name)) distance++;
  return distance;
}
