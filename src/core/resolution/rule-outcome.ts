import { type Bytes, idToBytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import { partKindOfId } from '../model/part-ids.js';
import { expiryBytes, expiryFrom, isLaterPart, PART, standsOn } from '../model/parts.js';
import { isAfter, type Stamp } from '../model/version.js';
import { choose, decide, dropKnown } from './outcome.js';
import type { PlanInput, PlanItem } from './plan.js';

/**
 * Counts and expiries of parts have a rule of their own by which they are merged, and nobody is asked about them. null: that says what
 * happens. A promotion, or a policy that says which expiry stands, writes it anew.
 */
export function decideByRule(input: PlanInput, id: string): PlanItem | null {
  if (partKindOfId(id) === PART.expiry) return decideExpiry(input, id);
  return input.strategy.kind === 'promote' ? decide(input, id) : null;
}

// ---

function decideExpiry(input: PlanInput, id: string): PlanItem | null {
  const versions = dropKnown(input, id);
  const changed = versions.flatMap((version, i) => (version === undefined ? [] : [i]));
  const last = changed.reduce((a, b) => (isLaterPart(versions[b]!, versions[a]!) ? b : a), changed[0] ?? 0);
  const isLater = input.fence !== null && (versions[last]?.hlc ?? 0) > input.fence;
  if (isLater) return null;
  const isPromoted = input.strategy.kind === 'promote';
  const own = isPromoted ? input.own(idToBytes(id)) : versions[0];
  const shown = [own, ...versions.slice(1)];
  const [outcome, reason] = isPromoted
    ? [0, 'the promoted node has this']
    : choose(choiceOf(input, id, versions, changed, last), -1);
  const standing = shown[outcome];
  const isSame = expiryMsOf(standing) === expiryMsOf(versions[last]);
  if ((isPromoted ? versions.slice(1).every((one) => one === undefined) : outcome === last) || isSame) return null;
  const value = expiryAbove(standing, shown);
  return {
    key: idToBytes(id),
    versions: shown,
    outcome,
    reason,
    // The expiry of the same value is nothing that could be restored.
    overridden: [],
    rewrite: { value, expiryMs: 0 },
    conflict: changed.length > 1,
    uncertain: false,
    undecided: false,
    pick: null,
    manual: false,
    later: false,
    follows: true,
  };
}

/** With the expiries where policies look for them. */
function choiceOf(
  input: PlanInput,
  id: string,
  versions: readonly (Entry | undefined)[],
  changed: readonly number[],
  lww: number,
) {
  const plain = versions.map((version) =>
    version === undefined ? undefined : { ...version, expiryMs: expiryMsOf(version) },
  );
  const has = (island: number) => input.islands[island]?.changed.get(id);
  return { input, id, versions: plain, changed, lww, has };
}

function expiryMsOf(version: Entry | undefined): number {
  return version === undefined || version.value === null ? 0 : expiryFrom(version.value).expiryMs;
}

/** It stands on the newest of what all of them stand on, so that it comes before them. */
function expiryAbove(standing: Entry | undefined, all: readonly (Entry | undefined)[]): Bytes {
  let base: Stamp | undefined;
  for (const version of all) {
    const on = version === undefined ? undefined : standsOn(version);
    if (on !== undefined && (base === undefined || isAfter(on, base))) base = { hlc: on.hlc, origin: on.origin };
  }
  const { expiryMs, floor } =
    standing === undefined || standing.value === null ? { expiryMs: 0, floor: 0 } : expiryFrom(standing.value);
  return expiryBytes({ base: base!, expiryMs, floor });
}
