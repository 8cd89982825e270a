import { Scope, slotOfId } from './scope.js';
import type { SlotSet } from './slots.js';

/**
 * Why a scan is made, which says what a difference means:
 * - attach: this Redis is new to the node. What only one has the other gets; where both have a value, the cluster's stands.
 * - gap: a server that has all that the node knows of it. What differs was written meanwhile, what is missing was deleted or evicted.
 * - flush: the same, and the application has just emptied a database: missing is deleted, however much it is.
 * - suspect: another run of the server, or another server. It may have lost data, so what differs is held.
 */
export type ScanReason = 'attach' | 'gap' | 'flush' | 'suspect';

/** Which keys a scan compares, and why. */
export class ScanScope {
  private readonly all: readonly ScanReason[];
  private readonly scope: Scope;

  /**
   * @param slots null: all keys
   * @param reasons one for all keys, or one for each slot
   * @param owner the keys that the server has by now: of what moved away nothing is said
   */
  constructor(
    readonly slots: SlotSet | null,
    private readonly reasons: ScanReason | readonly ScanReason[],
    private readonly owner: Scope,
    /** Keys that the server is known to have lost something of, whatever the reason for the others. */
    private readonly lost: ReadonlySet<string>,
    /** It is a first attach that began before. */
    private readonly isResuming: boolean,
  ) {
    this.scope = new Scope(slots);
    this.all = typeof reasons === 'string' ? [reasons] : [...new Set([...slots!].map((slot) => reasons[slot]!))];
  }

  get isWhole(): boolean {
    return this.slots === null;
  }

  has(id: string): boolean {
    return this.scope.has(id) && this.owner.has(id);
  }

  reasonOf(id: string): ScanReason {
    if (this.lost.has(id)) return 'suspect';
    return typeof this.reasons === 'string' ? this.reasons : this.reasons[slotOfId(id)]!;
  }

  get isFlush(): boolean {
    return this.all.every((reason) => reason === 'flush');
  }

  /** Whether a flush of the database now only says why keys are missing. */
  get isKnown(): boolean {
    return this.all.every((reason) => reason === 'gap' || reason === 'flush');
  }

  /**
   * A key that is missing, and was not compared yet, may be one that Redis lost: an apply that met it would have it captured
   * as a delete. So what peers changed waits until the scan is through, except for the very first one, which knows no bases.
   */
  get holdsApply(): boolean {
    return this.all.some(
      (reason) => reason === 'suspect' || reason === 'gap' || (reason === 'attach' && this.isResuming),
    );
  }
}
