import { type Bytes, bytesToId, idToBytes } from '../model/bytes.js';
import { type Entry, lastWriteOf } from '../model/entry.js';
import { hlcFromMs } from '../model/hlc.js';
import { isPartId, partKindOfId, wholeIdOf } from '../model/part-ids.js';
import { expiryFrom, isEnded, isLaterPart, PART, type PartKind, partPrefix, standsOn } from '../model/parts.js';
import type { Steps } from '../model/steps.js';
import { isAfter } from '../model/version.js';
import { dropKnown } from './outcome.js';
import type { PlanInput } from './plan.js';

/** A fraction of a millisecond. */
const KEYS_PER_STEP = 256;

/**
 * A key that one island changed or ended as a whole, while another, not knowing of it, changed parts of it. There is nothing to be decided
 * part by part: the key of one of them stands, with all of its parts.
 */
export interface Clash {
  readonly key: Bytes;
  readonly id: string;
  /** By island: the last write of the whole, unless another island has seen it. */
  readonly wholes: readonly (Entry | undefined)[];
  /** The same, or the end of it by an expiry that the island has set. */
  readonly ends: readonly (Entry | undefined)[];
  /** By the ids of the parts that islands have changed: their versions. Expiries are not among them. */
  readonly parts: ReadonlyMap<string, readonly (Entry | undefined)[]>;
}

export interface Clashes {
  /** By the id of the key. */
  readonly byKey: ReadonlyMap<string, Clash>;
  /** Keys of which several islands changed different parts, and that are no clash: the parts are looked at one by one. */
  readonly merged: number;
  /** Those of which islands made different kinds. */
  readonly twofold: number;
}

export function* findClashes(input: PlanInput): Steps<Clashes> {
  const changes = new Map<string, Changes>();
  let seen = 0;
  for (const [index, { changed }] of input.islands.entries()) {
    for (const id of changed.keys()) {
      if (++seen % KEYS_PER_STEP === 0) yield;
      if (isPartId(id)) note(changes, wholeIdOf(id), index, id);
      // What was overridden on the promoted node may be parts that nobody has changed.
      else if (input.strategy.kind === 'promote' && index > 0 && hasParts(input, id)) note(changes, id, index, null);
    }
  }
  const byKey = new Map<string, Clash>();
  let [merged, twofold] = [0, 0];
  for (const [id, { islands, parts }] of changes) {
    if (++seen % KEYS_PER_STEP === 0) yield;
    const clash = isEndedSomewhere(input, id) ? clashOf(input, id, parts) : null;
    if (clash !== null) byKey.set(id, clash);
    else if (areApart(input, islands, parts)) {
      merged++;
      if (isTwofold(input, parts)) twofold++;
    }
  }
  return { byKey, merged, twofold };
}

// ---------------------------------------------------------------------------------------------------------------------

interface Changes {
  readonly islands: Set<number>;
  readonly parts: Set<string>;
}

function note(all: Map<string, Changes>, id: string, island: number, part: string | null): void {
  let changes = all.get(id);
  if (changes === undefined) {
    changes = { islands: new Set(), parts: new Set() };
    all.set(id, changes);
  }
  if (part === null) return;
  changes.islands.add(island);
  changes.parts.add(part);
}

/** Whether islands changed different parts: of those that all of them changed each is a conflict. */
function areApart(input: PlanInput, changers: ReadonlySet<number>, parts: ReadonlySet<string>): boolean {
  if (changers.size < 2) return false;
  for (const id of parts) for (const island of changers) if (!input.islands[island]!.changed.has(id)) return true;
  return false;
}

/** Whether parts of several kinds were written. An expiry is of any. */
function isTwofold({ islands }: PlanInput, parts: ReadonlySet<string>): boolean {
  let found: PartKind | null = null;
  for (const id of parts) {
    const kind = partKindOfId(id);
    if (kind === PART.expiry || kind === found || !islands.some(({ changed }) => changed.get(id)?.value)) continue;
    if (found !== null) return true;
    found = kind;
  }
  return false;
}

function hasParts(input: PlanInput, id: string): boolean {
  return input.parts !== undefined && input.parts(idToBytes(id)).length > 0;
}

function isEndedSomewhere({ islands }: PlanInput, id: string): boolean {
  const expiry = expiryIdOf(id);
  return islands.some(({ changed }) => changed.has(id) || changed.has(expiry));
}

function expiryIdOf(id: string): string {
  return bytesToId(partPrefix(PART.expiry, idToBytes(id)));
}

function clashOf(input: PlanInput, id: string, partIds: ReadonlySet<string>): Clash | null {
  const wholes = dropKnown(input, id);
  const expired = endsByExpiry(input, id);
  const ends = wholes.map((whole, i) => later(whole, expired[i]));
  if (ends.every((end) => end === undefined)) return null;
  const parts = new Map<string, (Entry | undefined)[]>();
  for (const part of partIds) {
    if (isPartId(part) && partKindOfId(part) === PART.expiry) continue;
    const versions = dropKnown(input, part).map((version, i) => (isOver(input, i, id, version) ? undefined : version));
    if (versions.some((version) => version !== undefined)) parts.set(part, versions);
  }
  const clash = { key: idToBytes(id), id, wholes, ends, parts };
  return isClash(input, clash) ? clash : null;
}

/** The part has ended on its own island: it is only not forgotten yet. */
function isOver({ islands }: PlanInput, island: number, id: string, version: Entry | undefined): boolean {
  return version !== undefined && isEnded(standsOn(version), islands[island]!.changed.get(id));
}

/** By island: what its expiry makes of the key, if that expiry is the one that stands, no whole ends it, and it has passed. */
function endsByExpiry(input: PlanInput, id: string): (Entry | undefined)[] {
  const versions = dropKnown(input, expiryIdOf(id));
  const changed = versions.filter((version) => version !== undefined);
  return versions.map((version) => {
    if (version === undefined || version.value === null) return undefined;
    if (changed.some((other) => isLaterPart(other, version))) return undefined;
    if (input.islands.some((_, island) => isOver(input, island, id, version))) return undefined;
    const { expiryMs } = expiryFrom(version.value);
    if (expiryMs === 0 || expiryMs > input.nowMs) return undefined;
    const { origin, seq } = version;
    return { key: idToBytes(id), value: null, hlc: hlcFromMs(expiryMs), origin, seq, expiryMs: 0 };
  });
}

function later(a: Entry | undefined, b: Entry | undefined): Entry | undefined {
  return a === undefined || (b !== undefined && isAfter(b, a)) ? b : a;
}

/** Whether an island ended what another one changed, and neither knew of the other. */
function isClash(input: PlanInput, { ends, parts, key }: Clash): boolean {
  const { islands, strategy } = input;
  const has = (island: number, entry: Entry): boolean => {
    const { origin, seq } = lastWriteOf(entry);
    return islands[island]!.vector.covers(origin, seq);
  };
  if (strategy.kind === 'promote' && ends.some((end, i) => i > 0 && end !== undefined) && input.parts?.(key).length)
    return true;
  for (const versions of parts.values()) {
    for (const [j, version] of versions.entries()) {
      if (version === undefined) continue;
      if (ends.some((end, i) => i !== j && end !== undefined && !has(i, version) && !has(j, end))) return true;
    }
  }
  return false;
}
