import type { PlanCounts } from '../membership/records.js';
import { type Bytes, bytesToId, hashBytes, hashSteps, idToBytes } from '../model/bytes.js';
import { type Entry, isDeleted, type Touch, type ValueType } from '../model/entry.js';
import { compareIds } from '../model/part-ids.js';
import type { Steps } from '../model/steps.js';
import type { ReplicaId, Version } from '../model/version.js';
import { OneSidedKeys } from './one-sided-keys.js';
import type { Plan, PlanItem } from './plan.js';
import { type ShownItems, ShownTally } from './shown-items.js';
import type { Strategy } from './strategy.js';

/** Of a value this much is shown. */
const PREVIEW_BYTES = 64;
/** A millisecond or so; long values are hashed in steps of their own. */
const ITEMS_PER_STEP = 64;
const HASHED_AT_ONCE = 4096;

/** A version as it is shown: all but the value, of which the beginning, the length and a hash are left. */
export interface ShownVersion extends Version {
  readonly seq: number;
  readonly touch?: Touch;
  readonly expiryMs: number;
  readonly type: ValueType | undefined;
  readonly deleted: boolean;
  readonly evicted: boolean;
  readonly valueBytes: number;
  /** 0 for a tombstone. */
  readonly valueHash: number;
  /** The beginning, a character per byte: a string takes a third of what such a small array takes. */
  readonly preview: string | null;
}

/**
 * How the islands' versions of a key differ. deleted: here, and changed there; touched: in the expiry alone; alike: in nothing that a
 * reader sees; changed: in all other ways. one-sided: one island alone changed it.
 */
export type RowKind = 'changed' | 'deleted' | 'touched' | 'alike' | 'one-sided';

export interface ShownItem
  extends Pick<
    PlanItem,
    'outcome' | 'reason' | 'overridden' | 'conflict' | 'uncertain' | 'undecided' | 'pick' | 'manual' | 'follows'
  > {
  /** The id of the key. */
  readonly id: string;
  readonly kind: RowKind;
  readonly versions: readonly (ShownVersion | undefined)[];
}

/**
 * A plan without its values, so that it can be kept while a person reads it: pages are cut from it, and what is carried out
 * is compared with it.
 */
export interface ShownPlan {
  /** 16 hex digits over islands, strategy, and each listed key's versions and outcome; the same from whichever node it was made. */
  readonly digest: string;
  readonly strategy: Strategy;
  readonly islands: readonly (readonly ReplicaId[])[];
  readonly skewMs: number;
  readonly counts: PlanCounts;
  /** In the order of their keys' ids. */
  readonly items: ShownItems;
  /** What one island alone changed, and stands. */
  readonly oneSided: OneSidedKeys;
}

/** What a plan is, beside its items. */
export type PlanHead = Pick<Plan, 'strategy' | 'islands' | 'skewMs' | 'counts'>;

/** The plan as it is shown. */
export function* shownSteps(plan: Plan): Steps<ShownPlan> {
  const tally = new ShownTally(plan.islands.length);
  for (const [count, item] of plan.items.entries()) {
    if (count % ITEMS_PER_STEP === ITEMS_PER_STEP - 1) yield;
    const steps = tally.add(item, bytesToId(item.key));
    if (steps !== undefined) yield* steps;
  }
  return yield* shownOf(plan, yield* tally.packed(), OneSidedKeys.NONE);
}

/** The same of items that were collected as they were decided. */
export function* shownOf(
  { strategy, islands, skewMs, counts }: PlanHead,
  items: ShownItems,
  oneSided: OneSidedKeys,
): Steps<ShownPlan> {
  const replicas = islands.map((island) => [...island.replicas].sort());
  const order = replicas.map((_, i) => i).sort((a, b) => (replicas[a]![0]! < replicas[b]![0]! ? -1 : 1));
  const digest = new TextDigest();
  digest.add(JSON.stringify([strategy, order.map((i) => replicas[i])]));
  for (let at = 0; at < items.length; at++) {
    if (at % ITEMS_PER_STEP === ITEMS_PER_STEP - 1) yield;
    addItem(digest, items, at, order);
  }
  return { digest: digest.text, strategy, islands: replicas, skewMs, counts, items, oneSided };
}

/** A version as it is shown, whose beginning is still to be kept. */
export interface SeenVersion extends Omit<ShownVersion, 'preview'> {
  readonly preview: Bytes | string | null;
}

/** In steps if its value is long. */
export function seenVersion(entry: Entry): SeenVersion | Steps<SeenVersion> {
  const { value } = entry;
  if (value !== null && value.length > HASHED_AT_ONCE) return seenInSteps(entry, value);
  return seenWith(entry, value === null ? 0 : hashBytes(value));
}

/** For callers that have only a few of them. */
export function* shownVersion(entry: Entry): Steps<ShownVersion> {
  const { value } = entry;
  const seen = seenWith(entry, value === null ? 0 : yield* hashSteps(value));
  return { ...seen, preview: value === null ? null : bytesToId(value.subarray(0, PREVIEW_BYTES)) };
}

function* seenInSteps(entry: Entry, value: Bytes): Steps<SeenVersion> {
  return seenWith(entry, yield* hashSteps(value));
}

function seenWith(entry: Entry, valueHash: number): SeenVersion {
  const { hlc, origin, seq, expiryMs, type, value, touch } = entry;
  const seen = {
    hlc,
    origin,
    seq,
    expiryMs,
    type,
    deleted: isDeleted(entry),
    evicted: entry.evicted === true,
    valueBytes: value?.length ?? 0,
    valueHash,
    preview: value === null || value.length <= PREVIEW_BYTES ? value : value.subarray(0, PREVIEW_BYTES),
  };
  return touch === undefined ? seen : { ...seen, touch };
}

/** The item of a key; undefined: the plan does not list it. */
export function findItem(plan: ShownPlan, key: Bytes): ShownItem | undefined {
  const id = bytesToId(key);
  let [low, high] = [0, plan.items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(plan.items.idAt(middle), id) < 0) low = middle + 1;
    else high = middle;
  }
  return low < plan.items.length && plan.items.idAt(low) === id ? plan.items.at(low) : undefined;
}

// ---------------------------------------------------------------------------------------------------------------------

/** The outcome and the versions of an item go into the digest: the islands in an order that all nodes know. */
function addItem(digest: TextDigest, items: ShownItems, at: number, order: readonly number[]): void {
  const { outcome, overridden } = items.shapeAt(at);
  const id = items.idAt(at);
  digest.addNumber(id.length);
  digest.add(id);
  for (const i of order) {
    digest.addNumber((i === outcome ? 1 : 0) + (overridden.includes(i) ? 2 : 0) + (items.hasVersionAt(at, i) ? 4 : 0));
    if (!items.hasVersionAt(at, i)) continue;
    const version = items.versionAt(at, i);
    addWrite(digest, version);
    if (version.touch !== undefined) addWrite(digest, version.touch);
  }
}

function addWrite(digest: TextDigest, { hlc, origin, seq }: Touch): void {
  digest.addNumber(hlc);
  digest.addName(origin);
  digest.addNumber(seq);
}

/** 64 bits over texts and numbers, in two words that are mixed by different multipliers. It tells plans apart; it is no secret. */
class TextDigest {
  private high = 0x811c9dc5;
  private low = 0x9e3779b9;
  private readonly names = new Map<string, number>();

  add(text: string): void {
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
    this.high ^= this.high >>> 13;
    this.low ^= this.low >>> 16;
  }

  /** A whole number. */
  addNumber(number: number): void {
    this.mix(number | 0);
    this.mix((number / 2 ** 32) | 0);
    this.high ^= this.high >>> 13;
    this.low ^= this.low >>> 16;
  }

  /** A text of which there are few different ones. */
  addName(name: string): void {
    let hash = this.names.get(name);
    if (hash === undefined) {
      hash = hashBytes(idToBytes(name));
      this.names.set(name, hash);
    }
    this.addNumber(hash);
  }

  get text(): string {
    return [this.high, this.low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private mix(word: number): void {
    this.high = Math.imul(this.high ^ word, 0x01000193);
    this.low = Math.imul(this.low ^ word, 0x85ebca6b) ^ (this.low >>> 15);
  }
}
