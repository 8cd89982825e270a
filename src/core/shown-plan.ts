import { type Bytes, bytesToId, hashSteps } from './bytes.js';
import { type Entry, isDeleted, type ValueType } from './entry.js';
import { OneSidedKeys } from './one-sided-keys.js';
import type { Plan, PlanItem, Strategy } from './plan.js';
import type { PlanCounts } from './records.js';
import type { Steps } from './steps.js';
import type { ReplicaId, Version } from './version.js';

/** Of a value this much is shown. */
export const PREVIEW_BYTES = 64;
/** A millisecond or so; values are hashed in steps of their own. */
const ITEMS_PER_STEP = 64;

/** A version as it is shown: all but the value, of which the beginning, the length and a hash are left. */
export interface ShownVersion extends Version {
  readonly seq: number;
  readonly expiryMs: number;
  readonly type: ValueType | undefined;
  readonly deleted: boolean;
  readonly evicted: boolean;
  readonly valueBytes: number;
  /** 0 for a tombstone. */
  readonly valueHash: number;
  /** The beginning, a character per byte: a string takes a third of what so small an array takes. */
  readonly preview: string | null;
}

/**
 * How the islands' versions of a key differ. deleted: here, and changed there; touched: in the expiry alone; alike: in nothing that a
 * reader sees; changed: in all other ways. one-sided: one island alone changed it.
 */
export type RowKind = 'changed' | 'deleted' | 'touched' | 'alike' | 'one-sided';

export interface ShownItem
  extends Pick<PlanItem, 'outcome' | 'reason' | 'overridden' | 'conflict' | 'uncertain' | 'undecided' | 'pick'> {
  /** Of the key. */
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
  readonly items: readonly ShownItem[];
  /** What one island alone changed, and stands. */
  readonly oneSided: OneSidedKeys;
}

/** The plan as it is shown. */
export function* shownSteps(
  { strategy, islands, skewMs, counts, items }: Plan,
  oneSided: OneSidedKeys = OneSidedKeys.NONE,
): Steps<ShownPlan> {
  const replicas = islands.map((island) => [...island.replicas].sort());
  const order = replicas.map((_, i) => i).sort((a, b) => (replicas[a]![0]! < replicas[b]![0]! ? -1 : 1));
  const digest = new TextDigest();
  digest.add(JSON.stringify([strategy, order.map((i) => replicas[i])]));
  const shown: ShownItem[] = [];
  for (const item of items) {
    if (shown.length % ITEMS_PER_STEP === ITEMS_PER_STEP - 1) yield;
    shown.push(yield* shownItem(item));
    digest.add(textOf(item, order));
  }
  return { digest: digest.text, strategy, islands: replicas, skewMs, counts, items: shown, oneSided };
}

/** A version as it is shown, for who has only a few of them. */
export function* shownVersion(entry: Entry): Steps<ShownVersion> {
  const { hlc, origin, seq, expiryMs, type, value } = entry;
  return {
    hlc,
    origin,
    seq,
    expiryMs,
    type,
    deleted: isDeleted(entry),
    evicted: entry.evicted === true,
    valueBytes: value?.length ?? 0,
    valueHash: value === null ? 0 : yield* hashSteps(value),
    preview: value === null ? null : bytesToId(value.subarray(0, PREVIEW_BYTES)),
  };
}

/** The item of a key; undefined: the plan does not list it. */
export function findItem(plan: ShownPlan, key: Bytes): ShownItem | undefined {
  const id = bytesToId(key);
  let [low, high] = [0, plan.items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (plan.items[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  const item = plan.items[low];
  return item?.id === id ? item : undefined;
}

// ---------------------------------------------------------------------------------------------------------------------

function* shownItem(item: PlanItem): Steps<ShownItem> {
  const { key, outcome, reason, overridden, conflict, uncertain, undecided, pick } = item;
  const versions: (ShownVersion | undefined)[] = [];
  for (const version of item.versions) versions.push(version === undefined ? undefined : yield* shownVersion(version));
  const kind = conflict ? kindOf(item.versions.filter((version) => version !== undefined)) : 'one-sided';
  return { id: bytesToId(key), kind, versions, outcome, reason, overridden, conflict, uncertain, undecided, pick };
}

function kindOf(versions: readonly Entry[]): RowKind {
  const [first, ...others] = versions;
  const deleted = versions.filter(isDeleted).length;
  if (deleted > 0) return deleted === versions.length ? 'alike' : 'deleted';
  if (!others.every((other) => haveEqualValues(first!, other))) return 'changed';
  return others.every(({ expiryMs }) => expiryMs === first!.expiryMs) ? 'alike' : 'touched';
}

/** Of an evicted value nothing is known. */
function haveEqualValues(a: Entry, b: Entry): boolean {
  if (a.value === null || b.value === null) return false;
  return a.type === b.type && Buffer.compare(a.value, b.value) === 0;
}

function textOf({ key, versions, outcome, overridden }: PlanItem, order: readonly number[]): string {
  const ofIsland = (i: number): string => {
    const version = versions[i];
    const mark = `${i === outcome ? '>' : ''}${overridden.includes(i) ? '-' : ''}`;
    return version === undefined ? mark : `${mark}${version.hlc}/${version.origin}/${version.seq}`;
  };
  return `${key.length}:${bytesToId(key)}${order.map(ofIsland).join('|')}`;
}

/** 64 bits over texts, in two words that are mixed by different multipliers. It tells plans apart; it is no secret. */
class TextDigest {
  private high = 0x811c9dc5;
  private low = 0x9e3779b9;

  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      this.high = Math.imul(this.high ^ code, 0x01000193);
      this.low = Math.imul(this.low ^ code, 0x85ebca6b) ^ (this.low >>> 15);
    }
    this.high ^= this.high >>> 13;
    this.low ^= this.low >>> 16;
  }

  get text(): string {
    return [this.high, this.low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
