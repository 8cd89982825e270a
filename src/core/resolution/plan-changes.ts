import { type Bytes, bytesToId, idToBytes } from '../model/bytes.js';
import { compareIds } from '../model/part-ids.js';
import type { Steps } from '../model/steps.js';
import { isSameVersion, type ReplicaId } from '../model/version.js';
import type { Plan, PlanItem } from './plan.js';
import type { ShownItem, ShownPlan, ShownVersion } from './shown-plan.js';

/** Items compared in a step: a millisecond or so. */
const ITEMS_PER_STEP = 512;
/** How many keys are named; of the others only the number is told. */
const KEYS_MAX = 100;

/** A key that comes out differently from what was shown. */
export interface OtherOutcome {
  readonly key: Bytes;
  /** The version that was shown to stand, and the members of its island; undefined: none, the key would be absent. */
  readonly shown: ShownVersion | undefined;
  readonly shownReplicas: readonly ReplicaId[];
  /** null: the key is no longer in the plan, since the island that stood is out of reach. */
  readonly now: { readonly item: PlanItem; readonly replicas: readonly ReplicaId[] } | null;
}

/** How a plan that is carried out differs from the one that was shown. */
export interface PlanChanges {
  /** Keys written since that the same strategy decides as was shown, or that are later than the resolution. */
  readonly changed: number;
  /** The first of them. */
  readonly changedKeys: readonly Bytes[];
  /** Keys whose decision was shown and comes out differently. */
  readonly otherwise: number;
  /** The first of them. */
  readonly otherwiseItems: readonly OtherOutcome[];
  /** Keys about whose versions the operator's own policy was not asked: the last write stands. */
  readonly undecided: number;
  /** Keys whose pick was shown and is not carried out, since they were written again or an island is out of reach. */
  readonly missed: number;
  /** The first of them. */
  readonly missedKeys: readonly Bytes[];
  /** Islands that were shown and are out of reach, and members that were not shown and take part. */
  readonly gone: readonly (readonly ReplicaId[])[];
  readonly joined: readonly ReplicaId[];
}

/**
 * What was shown holds for the versions that were shown. Clients go on writing meanwhile, so a plan that is carried out is never
 * quite the one that was read: this tells what was merely written since from what comes out differently.
 * Both lists are in the order of the keys' ids. A pure function of the two plans.
 */
export function* planChangesSteps(shown: ShownPlan, plan: Plan): Steps<PlanChanges> {
  const tally = new ChangesTally(shown, plan);
  let at = 0;
  for (const [count, item] of plan.items.entries()) {
    if (count % ITEMS_PER_STEP === ITEMS_PER_STEP - 1) yield;
    const id = bytesToId(item.key);
    for (; at < shown.items.length && compareIds(shown.items.idAt(at), id) < 0; at++) {
      tally.dropped(shown.items.at(at));
      if (at % ITEMS_PER_STEP === ITEMS_PER_STEP - 1) yield;
    }
    if (at < shown.items.length && shown.items.idAt(at) === id) {
      tally.both(shown.items.at(at), item);
      at++;
    } else tally.added(item);
  }
  for (; at < shown.items.length; at++) {
    tally.dropped(shown.items.at(at));
    if (at % ITEMS_PER_STEP === ITEMS_PER_STEP - 1) yield;
  }
  return tally.result();
}

// ---------------------------------------------------------------------------------------------------------------------

class ChangesTally {
  private changed = 0;
  private readonly changedKeys: Bytes[] = [];
  private otherwise = 0;
  private readonly otherwiseItems: OtherOutcome[] = [];
  private undecided = 0;
  private missed = 0;
  private readonly missedKeys: Bytes[] = [];
  /** For each shown island the one that it is now, by a common member; -1: it is out of reach. */
  private readonly nowOf: readonly number[];

  constructor(
    private readonly shown: ShownPlan,
    private readonly plan: Plan,
  ) {
    this.nowOf = shown.islands.map((replicas) =>
      plan.islands.findIndex((island) => island.replicas.some((replica) => replicas.includes(replica))),
    );
  }

  both(before: ShownItem, item: PlanItem): void {
    if (item.undecided) this.undecided++;
    // What is later than the resolution counts as a write after it.
    if (before.pick === 'held' && item.pick !== 'held' && !item.later) this.noteMissed(item.key);
    const isSame = this.haveEqualVersions(before, item);
    if (!item.later && !this.comesOutAlike(before, item)) this.noteOtherwise(before, item);
    else if (!isSame) this.noteChanged(item.key);
  }

  /** Nothing was shown of this key. */
  added(item: PlanItem): void {
    if (item.undecided) this.undecided++;
    this.noteChanged(item.key);
  }

  /** A key that was shown and is no longer a conflict. If its island is out of reach, what was shown cannot come out. */
  dropped(before: ShownItem): void {
    if (before.pick === 'held') this.noteMissed(idToBytes(before.id));
    if (this.nowOf[before.outcome] === -1) this.noteOtherwise(before, null);
  }

  result(): PlanChanges {
    const { changed, changedKeys, otherwise, otherwiseItems, undecided, missed, missedKeys, shown, plan } = this;
    const known = new Set(shown.islands.flat());
    return {
      changed,
      changedKeys,
      otherwise,
      otherwiseItems,
      undecided,
      missed,
      missedKeys,
      gone: shown.islands.filter((_, i) => this.nowOf[i] === -1),
      joined: plan.islands.flatMap(({ replicas }) => replicas.filter((replica) => !known.has(replica))),
    };
  }

  /** The version that was shown stands, or, of a key that was written again, that of the island that was shown. */
  private comesOutAlike(before: ShownItem, item: PlanItem): boolean {
    if (this.nowOf[before.outcome] === item.outcome) return true;
    return isSameVersion(before.versions[before.outcome], item.versions[item.outcome]);
  }

  private haveEqualVersions(before: ShownItem, item: PlanItem): boolean {
    const countOf = (versions: readonly unknown[]): number =>
      versions.filter((version) => version !== undefined).length;
    if (countOf(before.versions) !== countOf(item.versions)) return false;
    return before.versions.every((version, i) => {
      const now = this.nowOf[i]!;
      return isSameVersion(version, item.versions[now]);
    });
  }

  private noteMissed(key: Bytes): void {
    this.missed++;
    if (this.missedKeys.length < KEYS_MAX) this.missedKeys.push(key);
  }

  private noteChanged(key: Bytes): void {
    this.changed++;
    if (this.changedKeys.length < KEYS_MAX) this.changedKeys.push(key);
  }

  private noteOtherwise(before: ShownItem, item: PlanItem | null): void {
    this.otherwise++;
    if (this.otherwiseItems.length === KEYS_MAX) return;
    this.otherwiseItems.push({
      key: idToBytes(before.id),
      shown: before.versions[before.outcome],
      shownReplicas: this.shown.islands[before.outcome] ?? [],
      now: item === null ? null : { item, replicas: this.plan.islands[item.outcome]?.replicas ?? [] },
    });
  }
}
