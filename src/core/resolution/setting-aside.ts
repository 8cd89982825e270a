import type { Context } from '../context.js';
import { readSetAside, type SetAside } from '../membership/records.js';
import { type Bytes, bytesToId } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import { compareIds } from '../model/part-ids.js';
import type { Steps } from '../model/steps.js';
import { isSameVersion } from '../model/version.js';
import type { KeysAnew } from './keys-anew.js';
import type { Plan, PlanItem } from './plan.js';

const DAY_MS = 86_400_000;

/**
 * Writes down what the plans for one incident override, be they of one resolution or of several on this node. A plan that takes the place of another takes back what that one alone had
 * written down: it would be listed as overridden although it stands, and an undo would take it for the last write of its key.
 */
export class SettingAside {
  /** How many values of the plan are written down. */
  count = 0;
  /** How many of an earlier plan are: they are written over, or taken back. */
  countBefore = 0;
  private items: readonly PlanItem[] = [];
  private next = 0;
  private readonly earlier: Earlier[] = [];
  /** This node may have written some of an earlier plan anew. */
  private hasRewritten = false;

  constructor(
    private readonly context: Context,
    private readonly incident: string,
  ) {}

  /** In steps of as many keys as a slice has. */
  *write({ items }: Plan, anew: KeysAnew): Steps<void> {
    const { records, ports, slices } = this.context;
    const keptUntilMs = ports.wallMs() + records.settings()['set-aside-days'] * DAY_MS;
    this.items = items;
    for (this.next = 0; this.next < items.length; ) {
      this.put(items[this.next++]!, anew, keptUntilMs);
      if (this.next % slices.keys === 0 && this.next < items.length) yield;
    }
    for (const plan of this.earlier) yield* this.takeBack(plan);
    this.earlier.length = 0;
  }

  /** Another plan will be made. `isRewriting`: some of this one may be carried out here already. */
  drop(isRewriting: boolean): void {
    if (this.next > 0) this.earlier.push({ items: this.items, written: this.next });
    this.hasRewritten ||= isRewriting;
    this.countBefore = Math.max(this.countBefore, this.count);
    this.items = [];
    this.next = 0;
    this.count = 0;
  }

  // ---------------------------------------------------------------------------------------------------------------------

  private put(item: PlanItem, anew: KeysAnew, keptUntilMs: number): void {
    const { key, versions, clash, overridden, conflict, uncertain } = item;
    if (overridden.length === 0) return;
    const stood = anew.stoodOf(item);
    for (const at of overridden) {
      const version = (clash?.wholes ?? versions)[at];
      const lost = this.replacedBy(version, at) ?? version ?? absent(key);
      const island = at === OWN && this.isTaken(lost) ? versions.length : at;
      const place = { incident: this.incident, island, ...stood, conflict, uncertain };
      this.context.records.putSetAside(lost, place, keptUntilMs);
      this.count++;
    }
  }

  /** What the version replaced, if an earlier plan has put it there: that is what is lost with it, and is nowhere else any more. */
  private replacedBy(version: Entry | undefined, island: number): Entry | null {
    if (version === undefined || island !== OWN || !this.hasRewritten) return null;
    const aside = this.asideAt(island, version.key);
    return aside?.standing != null && isSameVersion(aside.standing, version) ? aside : null;
  }

  /**
   * Whether another value is in the place of what this node's island had. An executor that went away, for which this one goes on, may have
   * overridden it on its own island already: then it is nowhere else.
   */
  private isTaken(lost: Entry): boolean {
    const aside = this.asideAt(OWN, lost.key);
    return aside !== null && !isSameVersion(aside, lost);
  }

  private asideAt(island: number, key: Bytes): SetAside | null {
    const entry = this.context.records.setAside(this.incident, island, bytesToId(key));
    return entry === undefined ? null : readSetAside(entry, this.incident);
  }

  /** Both plans are in the order of the keys' ids. */
  private *takeBack({ items, written }: Earlier): Steps<void> {
    const { records, slices } = this.context;
    let at = 0;
    for (let i = 0; i < written; i++) {
      const { key, versions, overridden } = items[i]!;
      const id = bytesToId(key);
      while (at < this.items.length && compareIds(bytesToId(this.items[at]!.key), id) < 0) at++;
      const item = this.items[at];
      const now = item !== undefined && bytesToId(item.key) === id ? item.overridden : [];
      for (const island of overridden) {
        // What another executor has put there stays.
        const isKept = island === OWN && (this.hasRewritten || this.isTaken(versions[island] ?? absent(key)));
        if (!isKept && !now.includes(island)) records.dropSetAside(this.incident, island, key);
      }
      if (i % slices.keys === slices.keys - 1) yield;
    }
  }
}

/** The executor's island is the first of each plan: its values alone are written over while the plan is carried out. */
const OWN = 0;

interface Earlier {
  readonly items: readonly PlanItem[];
  /** How many of them are written down. */
  readonly written: number;
}

export function absent(key: Uint8Array) {
  return { key, value: null, expiryMs: 0, hlc: 0, origin: '', seq: 0 };
}
