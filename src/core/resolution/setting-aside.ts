import type { Context } from '../context.js';
import { readSetAside, type SetAside, type SetAsidePlace } from '../membership/records.js';
import { type Bytes, bytesToId, idToBytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import { compareIds } from '../model/part-ids.js';
import type { Steps } from '../model/steps.js';
import { isSameVersion } from '../model/version.js';
import { type AsideAmount, asideBytes, less } from './aside-room.js';
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
  /** Names of what is set aside with keys of which parts were changed. */
  private rest = new Set<string>();
  private readonly earlier: Earlier[] = [];
  /** This node may have written some of an earlier plan anew. */
  private hasRewritten = false;

  constructor(
    private readonly context: Context,
    private readonly incident: string,
  ) {}

  /**
   * In steps of as many keys as a slice has. `overrides`: what the items of the plan set aside; with the rest of their keys it may be more.
   * Returns how much there is no room for, and then nothing is written down.
   */
  *write({ items }: Plan, anew: KeysAnew, overrides: AsideAmount): Steps<AsideAmount | null> {
    const { records, ports, slices } = this.context;
    const rest = yield* this.restOf(items, anew);
    const all = { entries: overrides.entries + rest.entries, bytes: overrides.bytes + rest.bytes };
    // What was written down before all started over is written over.
    const more = less(all, this.countBefore);
    if (rest.entries > 0 && this.context.asideRoom.lackFor(more) !== null) return more;
    const keptUntilMs = ports.wallMs() + records.settings()['set-aside-days'] * DAY_MS;
    this.items = items;
    for (this.next = 0; this.next < items.length; ) {
      yield* this.put(items[this.next++]!, anew, keptUntilMs);
      if (this.next % slices.keys === 0 && this.next < items.length) yield;
    }
    for (const plan of this.earlier) yield* this.takeBack(plan);
    this.earlier.length = 0;
    return null;
  }

  /** Another plan will be made. `isRewriting`: some of this one may be carried out here already. */
  drop(isRewriting: boolean): void {
    if (this.next > 0) this.earlier.push({ items: this.items, written: this.next, rest: this.rest });
    this.rest = new Set();
    this.hasRewritten ||= isRewriting;
    this.countBefore = Math.max(this.countBefore, this.count);
    this.items = [];
    this.next = 0;
    this.count = 0;
  }

  // ---------------------------------------------------------------------------------------------------------------------

  /** What goes with keys of which parts were changed, beyond what the items tell. */
  private *restOf(items: readonly PlanItem[], anew: KeysAnew): Steps<AsideAmount> {
    let [entries, bytes] = [0, 0];
    for (const [count, item] of items.entries()) {
      if (count % this.context.slices.keys === this.context.slices.keys - 1) yield;
      for (const island of item.clash?.losers ?? NONE) {
        const { whole, parts } = anew.lostOf(item, island);
        entries += 1 + parts.length;
        for (const entry of [whole ?? absent(item.key), ...parts])
          bytes += asideBytes(entry.key.length, entry.value?.length ?? 0);
        yield;
      }
    }
    return { entries, bytes };
  }

  private *put(item: PlanItem, anew: KeysAnew, keptUntilMs: number): Steps<void> {
    const { key, versions, clash, overridden } = item;
    const losers = clash?.losers ?? NONE;
    if (overridden.length === 0 && losers.length === 0) return;
    const stood = anew.stoodOf(item);
    for (const at of overridden) {
      const version = (clash?.wholes ?? versions)[at];
      const lost = this.replacedBy(version, at) ?? version ?? absent(key);
      const island = at === OWN && this.isTaken(lost) ? versions.length : at;
      this.putOne(lost, island, { ...item, ...stood }, keptUntilMs);
    }
    for (const island of losers) yield* this.putKey(item, anew, island, keptUntilMs);
  }

  /**
   * What an island has of a key that does not stand, parts that it has not changed included: the key was ended elsewhere, and they are
   * nowhere else any more.
   */
  private *putKey(item: PlanItem, anew: KeysAnew, island: number, keptUntilMs: number): Steps<void> {
    const { key, overridden, versions } = item;
    // What was carried out of an earlier plan has ended the key here: that plan has set it aside.
    if (island === OWN && this.hasRewritten && this.asideAt(OWN, key) !== null) return;
    const { whole, parts } = anew.lostOf(item, island);
    const bare = whole === undefined || whole.value === null || undefined;
    const { hlc = 0, origin = '', seq = 0 } = versions[island] ?? {};
    const lost = bare === true ? { ...absent(key), hlc, origin, seq } : whole!;
    const place = island === OWN && this.isTaken(lost) ? versions.length : island;
    if (!overridden.includes(island)) this.putRest(lost, place, { ...item, ...anew.stoodOf(item), bare }, keptUntilMs);
    for (const [count, part] of parts.entries()) {
      this.putRest(part, place, { ...item, ...anew.stoodOfPart(part.key, item) }, keptUntilMs);
      if (count % this.context.slices.keys === this.context.slices.keys - 1) yield;
    }
  }

  private putRest(lost: Entry, island: number, place: Place, keptUntilMs: number): void {
    this.putOne(lost, island, place, keptUntilMs);
    this.rest.add(nameOf(island, lost.key));
  }

  private putOne(lost: Entry, island: number, place: Place, keptUntilMs: number): void {
    const { standing, stoodValue, conflict, uncertain, ended, bare } = place;
    // A part may be in the plan by itself, too.
    if (bare !== true && !this.rest.has(nameOf(island, lost.key))) this.count++;
    const told = { incident: this.incident, island, standing, stoodValue, conflict, uncertain, ended, bare };
    this.context.records.putSetAside(lost, told, keptUntilMs);
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
  private *takeBack({ items, written, rest }: Earlier): Steps<void> {
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
        if (isKept || now.includes(island)) continue;
        if (!this.rest.has(nameOf(island, key))) records.dropSetAside(this.incident, island, key);
      }
      if (i % slices.keys === slices.keys - 1) yield;
    }
    if (rest.size > 0) yield* this.takeBackRest(rest);
  }

  private *takeBackRest(rest: ReadonlySet<string>): Steps<void> {
    const { records, slices } = this.context;
    const now = new Set(this.rest);
    for (const { key, overridden } of this.items) for (const island of overridden) now.add(nameOf(island, key));
    let count = 0;
    for (const name of rest) {
      const [island, key] = [name.charCodeAt(0), idToBytes(name.slice(1))];
      if (!now.has(name) && !(island === OWN && this.hasRewritten)) records.dropSetAside(this.incident, island, key);
      if (++count % slices.keys === 0) yield;
    }
  }
}

/** The executor's island is the first of each plan: its values alone are written over while the plan is carried out. */
const OWN = 0;

interface Earlier {
  readonly items: readonly PlanItem[];
  /** How many of them are written down. */
  readonly written: number;
  readonly rest: ReadonlySet<string>;
}

type Place = Omit<SetAsidePlace, 'incident' | 'island'>;

const NONE: readonly number[] = [];

function nameOf(island: number, key: Bytes): string {
  return String.fromCharCode(island) + bytesToId(key);
}

export function absent(key: Uint8Array) {
  return { key, value: null, expiryMs: 0, hlc: 0, origin: '', seq: 0 };
}
