import type { PlanCounts } from '../membership/records.js';
import { type Bytes, bytesToId } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { compareIds, isBookkeeping, wholeIdOf } from '../model/part-ids.js';
import { finish, type Steps, sorted } from '../model/steps.js';
import type { VersionVector } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import type { ChangedKeys } from './changed-keys.js';
import { decideClash } from './clash-outcome.js';
import { findClashes } from './clashes.js';
import type { Decisions } from './decisions.js';
import type { OneSidedTally } from './one-sided-keys.js';
import { type Content, decide } from './outcome.js';
import { decideByRule } from './rule-outcome.js';
import type { Strategy } from './strategy.js';

/** A fraction of a millisecond. */
const KEYS_PER_STEP = 256;

/** One island as the executor sees it. The executor's own island comes first. */
export interface PlanIsland {
  readonly replicas: readonly ReplicaId[];
  /** All that the island has. */
  readonly vector: Readonly<VersionVector>;
  /** For the own island: keys it changed. For others: entries beyond what the executor has, by key id. */
  readonly changed: ChangedKeys;
}

/** What happens to one key. */
export interface PlanItem {
  readonly key: Bytes;
  /** Each island's version; undefined: it has not changed the key. */
  readonly versions: readonly (Entry | undefined)[];
  /** The island whose version stands. */
  readonly outcome: number;
  readonly reason: string;
  /** The islands whose versions are overridden and set aside. */
  readonly overridden: readonly number[];
  /** What must be written anew, above all versions seen, because the outcome is not LWW's (R12). null: nothing. */
  readonly rewrite: Content | null;
  /** Changed on several islands without knowing of each other. */
  readonly conflict: boolean;
  /** Conflicting versions lie closer than the measured clock skew. */
  readonly uncertain: boolean;
  /** The operator's own policy was not asked about these versions: the last write stands. */
  readonly undecided: boolean;
  /** Whether the operator's pick for this key is carried out. missed: it is about other versions. null: there is none. */
  readonly pick: 'held' | 'missed' | null;
  /** A conflict that a policy leaves to the operator: as long as there is one, the plan is not carried out. */
  readonly manual: boolean;
  /** Written beyond the fence of the resolution that makes the plan: as a write after it, it stands. */
  readonly later: boolean;
  /** A part that goes with its key: nothing is decided about it by itself. */
  readonly follows?: true;
  /** The key was ended as a whole on one island, and its parts were changed on another. */
  readonly clash?: ClashItem;
}

interface ClashItem {
  /** What is set aside of the islands that are overridden: `versions` tell what they changed of the parts, too. */
  readonly wholes: readonly (Entry | undefined)[];
  /** The islands whose key does not stand, and that changed parts of it: what they have of it is set aside whole. */
  readonly losers: readonly number[];
  /** Whether the key is written anew as the island has it whose version stands, with all of its parts. */
  readonly restores: boolean;
}

export interface Plan {
  readonly strategy: Strategy;
  readonly islands: readonly PlanIsland[];
  readonly skewMs: number;
  readonly counts: PlanCounts;
  /** Conflicts and overridden changes, in the order of their keys' ids. */
  readonly items: readonly PlanItem[];
}

export interface PlanInput {
  readonly strategy: Strategy;
  readonly decisions: Decisions;
  readonly islands: readonly PlanIsland[];
  /** What the executor has for a key, also where its island did not change it. */
  readonly own: (key: Bytes) => Entry | undefined;
  /** The beginning of a version's value as a text, where the value itself is not here. */
  readonly textOf?: (entry: Entry) => string | null;
  /** The parts that a key has there, and that a reader finds. Absent: there are none. */
  readonly parts?: (key: Bytes) => readonly Entry[];
  /** What was written beyond it is later than the resolution, and stands as the last write does; null: a mere look. */
  readonly fence: Hlc | null;
  readonly skewMs: number;
  readonly nowMs: number;
  /** Takes the keys that only one island changed and that stand, in no order; if absent they are merely counted. */
  readonly oneSided?: OneSidedTally;
}

/**
 * What a resolution does, as a pure function of what the islands have. The same value is shown by a dry run and carried
 * out by the executor (R12). Keys that one island alone changed, and that stand, are counted but not listed.
 */
export function makePlan(input: PlanInput): Plan {
  return finish(planSteps(input));
}

/** The same in steps of some hundred keys. The islands must not change meanwhile; what `own` gives may. */
export function* planSteps(input: PlanInput): Steps<Plan> {
  const items: { readonly id: string; readonly item: PlanItem }[] = [];
  const counts = yield* planItems(input, (item, id) => {
    items.push({ id, item });
    return undefined;
  });
  const inOrder = yield* sorted(items, (a, b) => compareIds(a.id, b.id));
  const { strategy, islands, skewMs } = input;
  return { strategy, islands, skewMs, items: inOrder.map(({ item }) => item), counts };
}

/** The items of a plan, each as it is decided, in no order; for callers that cannot hold them all. */
export function* planItems(
  input: PlanInput,
  take: (item: PlanItem, id: string) => Steps<void> | undefined,
): Steps<PlanCounts> {
  const counts = new PlanTally(input.islands.length);
  const { byKey, merged, twofold } = yield* findClashes(input);
  counts.merged = merged;
  counts.twofold = twofold;
  const listed = new Set<string>();
  let keys = 0;
  for (const clash of byKey.values()) {
    listed.add(clash.id);
    for (const item of decideClash(input, clash)) {
      if (++keys % KEYS_PER_STEP === 0) yield;
      const id = bytesToId(item.key);
      listed.add(id);
      counts.note(item, holdersFrom(input.islands, -1, id)!);
      const steps = take(item, id);
      if (steps !== undefined) yield* steps;
    }
  }
  for (const [index, island] of input.islands.entries()) {
    for (const id of island.changed.keys()) {
      if (++keys % KEYS_PER_STEP === 0) yield;
      if (listed.has(id)) continue;
      const holders = holdersFrom(input.islands, index, id);
      if (holders === null) continue;
      // Of a key that stands as one island has it, what only that island changed is nothing to be decided.
      const goesAlong = byKey.size > 0 && byKey.has(wholeIdOf(id));
      if (holders.length === 1 && (input.strategy.kind === 'merge' || goesAlong)) {
        counts.onlyHere[index]!++;
        input.oneSided?.note(id, index, island.changed.get(id));
        continue;
      }
      const item = goesAlong ? null : isBookkeeping(id) ? decideByRule(input, id) : decide(input, id);
      if (item === null) continue;
      counts.note(item, holders);
      if (!item.conflict && item.overridden.length === 0 && item.rewrite === null)
        input.oneSided?.note(id, holders[0]!, input.islands[holders[0]!]!.changed.get(id));
      else {
        const steps = take(item, id);
        if (steps !== undefined) yield* steps;
      }
    }
  }
  return counts;
}

class PlanTally implements PlanCounts {
  conflicts = 0;
  rewritten = 0;
  uncertain = 0;
  manual = 0;
  merged = 0;
  twofold = 0;
  readonly onlyHere: number[];
  readonly overridden: number[];

  constructor(islands: number) {
    this.onlyHere = new Array<number>(islands).fill(0);
    this.overridden = new Array<number>(islands).fill(0);
  }

  /** `holders`: the islands that changed the key. */
  note(item: PlanItem, holders: readonly number[]): void {
    // What goes with its key is counted with it.
    if (item.follows !== true && item.conflict) this.conflicts++;
    else if (item.follows !== true) for (const i of holders) this.onlyHere[i]!++;
    if (item.rewrite !== null || item.clash?.restores === true) this.rewritten++;
    if (item.uncertain) this.uncertain++;
    if (item.manual) this.manual++;
    for (const i of item.overridden) this.overridden[i]!++;
  }
}

/** The islands that changed a key of this one, in their order; null if an earlier one did: it was met there. -1: of any. */
function holdersFrom(islands: readonly PlanIsland[], index: number, id: string): number[] | null {
  for (let i = 0; i < index; i++) if (islands[i]!.changed.has(id)) return null;
  const holders = index < 0 ? [] : [index];
  for (let i = index + 1; i < islands.length; i++) if (islands[i]!.changed.has(id)) holders.push(i);
  return holders;
}
