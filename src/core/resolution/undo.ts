import type { Context } from '../context.js';
import { type IncidentRecord, readSetAside, type SetAside } from '../membership/records.js';
import { BUCKETS, type Bytes, bytesToId } from '../model/bytes.js';
import { type Entry, isTombstone } from '../model/entry.js';
import { KeyGroups, type TopGroups } from '../model/key-groups.js';
import { compareIds, isPartId, wholeIdOf } from '../model/part-ids.js';
import { countFrom, isEnded, isPartKey, PART, partKindOf, standsOn, wholeKeyOf } from '../model/parts.js';
import { orderOf, type Steps } from '../model/steps.js';
import { isAfter, type Version, versionOf } from '../model/version.js';
import { incidentId } from '../partition/incidents.js';
import { Collections } from '../replication/collections.js';
import { type AsideLack, asideBytes } from './aside-room.js';
import { type AsideFilter, eachAside, fitsAside, isAsLeft } from './asides.js';
import { rebased } from './key-rewrite.js';
import { currentAt, hasLiveParts, livePartsOf } from './live-parts.js';

const BUCKETS_PER_STEP = 256;
const SAMPLE_MAX = 1000;
const DAY_MS = 86_400_000;

/** The sums of a group of keys. */
export const UNDO_SUMS = { keys: 0, restore: 1, delete: 2, skip: 3, bytes: 4, width: 5 } as const;

export interface UndoRequest {
  readonly incident: string;
  /** One full key only, also if it was written again since; null: every key that was not. */
  readonly key: Bytes | null;
  /** Only these; null: all that were set aside. */
  readonly filter?: AsideFilter | null;
  readonly dryRun: boolean;
  /** Who asked, for the record. */
  readonly asked?: string | null;
  /** How many keys are named, in their order from `offset` on. Default: the first hundred. */
  readonly offset?: number;
  readonly limit?: number;
  /** The number of key beginnings by which the result is summed up. */
  readonly groupsMax?: number;
}

export interface UndoneKey {
  readonly key: Bytes;
  readonly action: 'restore' | 'delete' | 'skip';
  readonly reason: string;
  /** What was set aside, and what the key had before the undo. */
  readonly aside: SetAside;
  readonly current: Entry | undefined;
}

export interface UndoResult {
  readonly incident: string;
  readonly restored: number;
  readonly skipped: number;
  readonly undoIncident: string | null;
  readonly sample: readonly UndoneKey[];
  readonly groups: TopGroups;
}

/**
 * Writes anew what a resolution overrode, deletes included, as ordinary writes, in the order of the keys. What the undo overrides is set
 * aside in turn under an incident of its own, so an undo can be undone. If several islands were overridden, their last write is
 * restored. A key that has been written again since the resolution keeps that write.
 */
export class Undo {
  result: UndoResult | null = null;
  /** There is no room to set aside what it would override: nothing was changed. */
  lack: AsideLack | null = null;
  private bucket = 0;
  /** Where the last write of each key is: the values are read one by one. */
  private readonly found = new Map<string, Found>();
  /** Of what the keys have now, at most. */
  private overriddenBytes = 0;
  private overriddenCount = 0;
  /** By the ids of keys whose whole was set aside, too: from which island, and whether its parts can go back with it. */
  private readonly wholes = new Map<string, Whole>();
  /** What was last written of a key that goes back with its parts, and the key. */
  private last: { readonly key: Bytes; readonly entry: Entry } | null = null;
  private ordering: Steps<Uint32Array> | null = null;
  private queue: readonly string[] | null = null;
  private next = 0;
  private restored = 0;
  private skipped = 0;
  private readonly sample: UndoneKey[] = [];
  private readonly groups: KeyGroups;
  private readonly undoId: string;

  constructor(
    private readonly context: Context,
    private readonly request: UndoRequest,
  ) {
    this.undoId = incidentId(context.ports.wallMs(), context.ports.random());
    this.groups = new KeyGroups(UNDO_SUMS.width, 1 + (request.filter?.prefix.length ?? 0));
  }

  step(): void {
    if (this.ordering === null) return this.collect();
    if (this.queue === null) return this.order(this.ordering);
    for (
      const last = this.next + this.context.slices.keys;
      this.next < last && this.next < this.queue.length;
      this.next++
    )
      this.restoreAt(this.queue[this.next]!);
    if (this.next === this.queue.length) this.finish();
  }

  private collect(): void {
    const { incident, key, filter = null } = this.request;
    const wanted = key === null ? null : bytesToId(key);
    const end = Math.min(BUCKETS, this.bucket + BUCKETS_PER_STEP);
    for (const { aside } of eachAside(this.context, incident, this.bucket, end)) {
      if (filter !== null && !fitsAside(aside, filter, this.context)) continue;
      const id = bytesToId(aside.key);
      const known = this.found.get(id);
      const { hlc, origin, island } = aside;
      const isWanted = wanted === null || wanted === id || wanted === wholeIdOf(id);
      if (!isWanted || (known !== undefined && !this.isBefore(known, aside))) continue;
      if (known === undefined) this.noteOverridden(aside.key);
      this.found.set(id, { hlc, origin, island });
    }
    this.bucket = end;
    if (end === BUCKETS) this.ordering = orderOf([...this.found.keys()], compareIds);
  }

  /** Whether of two of one key the second is restored. What a plan left that was not carried out tells by what stood there. */
  private isBefore(one: Found, other: SetAside): boolean {
    const { incident } = this.request;
    const entry = this.context.records.setAside(incident, one.island, bytesToId(other.key));
    const aside = entry === undefined ? null : readSetAside(entry, incident);
    const isLeft = aside !== null && this.isAsLeft(aside);
    const isOtherLeft = this.isAsLeft(other);
    return isLeft === isOtherLeft ? isAfter(other, one) : isOtherLeft;
  }

  private noteOverridden(key: Bytes): void {
    const { store } = this.context.replicas.data;
    const parts = isPartKey(key) ? [] : livePartsOf(store, key, this.context.ports.wallMs());
    this.overriddenCount += 1 + parts.length;
    this.overriddenBytes += asideBytes(key.length, store.get(key)?.value?.length ?? 0);
    for (const part of parts) this.overriddenBytes += asideBytes(part.key.length, part.value?.length ?? 0);
  }

  private order(ordering: Steps<Uint32Array>): void {
    const step = ordering.next();
    if (step.done !== true) return;
    const ids = [...this.found.keys()];
    this.queue = Array.from(step.value, (at) => ids[at]!);
    if (!this.request.dryRun)
      this.lack = this.context.asideRoom.refusalOf({ entries: this.overriddenCount, bytes: this.overriddenBytes });
  }

  private restoreAt(id: string): void {
    const { incident } = this.request;
    const { records } = this.context;
    if (this.last !== null && bytesToId(this.last.key) !== wholeIdOf(id)) this.finishKey();
    // A key comes back as one island had it.
    const along = isPartId(id) ? this.wholes.get(wholeIdOf(id)) : undefined;
    const whole = along === undefined ? undefined : records.setAside(incident, along.island, id);
    const entry = whole ?? records.setAside(incident, this.found.get(id)!.island, id);
    const aside = entry === undefined ? null : readSetAside(entry, incident);
    // Dropped just now, having been kept long enough.
    if (aside !== null) this.restore(aside);
  }

  private restore(aside: SetAside): void {
    const nowMs = this.context.ports.wallMs();
    const current = this.currentAt(aside.key);
    const isExpired = aside.expiryMs !== 0 && aside.expiryMs <= nowMs;
    const value = isExpired ? null : aside.value;
    const vain = this.vainnessOf(aside, current);
    if (!isPartKey(aside.key)) {
      const goesBack = vain === null || vain === ALREADY_DELETED;
      this.wholes.set(bytesToId(aside.key), { island: aside.island, goesBack, isValue: value !== null });
    }
    // It is told by its parts.
    if (vain === ALREADY_DELETED && aside.bare === true) return;
    if (vain !== null) {
      this.skipped++;
      return this.note(aside, current, 'skip', vain);
    }
    this.restored++;
    const reason = isExpired ? 'expired meanwhile' : 'as it was before';
    this.note(aside, current, value === null ? 'delete' : 'restore', reason);
    if (!this.request.dryRun) this.write(aside, value, current);
  }

  /** Why nothing is written; null: something is. */
  private vainnessOf(aside: SetAside, current: Entry | undefined): string | null {
    const { store } = this.context.replicas.data;
    const nowMs = this.context.ports.wallMs();
    const isPart = isPartKey(aside.key);
    const whole = this.wholeOf(aside);
    if (whole?.goesBack === false) return 'its key was left alone';
    if (whole?.isValue && partKindOf(aside.key) !== PART.count) return 'its key was a value by then';
    // Its key is written anew just before, with all of its parts.
    if (whole !== undefined) return aside.value === null ? ALREADY_DELETED : null;
    const isThere = !isPart && hasLiveParts(store, aside.key, nowMs);
    const changed = current === undefined && !isThere ? 'deleted since, or expired' : 'written again since';
    if (this.request.key === null && !this.isAsLeft(aside)) return changed;
    if (isPart && (aside.ended === true || this.hasEnded(aside)))
      return 'its key was ended as a whole: it would come back in part';
    return vainness(aside, current, isThere, nowMs);
  }

  /** Of a part that was set aside with its key: the key. */
  private wholeOf({ key, island }: SetAside): Whole | undefined {
    const whole = isPartKey(key) ? this.wholes.get(wholeIdOf(bytesToId(key))) : undefined;
    return whole?.island === island ? whole : undefined;
  }

  /** Whether the key was deleted or overwritten after the part, and not written anew with all of its parts. */
  private hasEnded({ key, hlc, origin, value }: SetAside): boolean {
    const { store } = this.context.replicas.data;
    // Nothing comes back by a delete.
    if (value === null) return false;
    const wholeKey = wholeKeyOf(key);
    const whole = store.get(wholeKey);
    if (!isEnded(standsOn({ key, value, hlc, origin, seq: 0, expiryMs: 0 }), whole)) return false;
    const { lists = [] } = store.owners.get(wholeKey) ?? {};
    // Those that were written anew have the version of the whole.
    return !lists.some((list) => list !== undefined && list.size > 0 && list.oldest <= whole!.hlc);
  }

  private write(aside: SetAside, value: Bytes | null, current: Entry | undefined): void {
    const { replicas, ports, clock } = this.context;
    const isPart = isPartKey(aside.key);
    if (isPart && partKindOf(aside.key) === PART.count) return this.addCount(aside, value, current);
    const parts = isPart ? [] : livePartsOf(replicas.data.store, aside.key, ports.wallMs());
    const hlc = clock.next();
    const standing = { hlc, origin: replicas.data.origin };
    for (const part of parts) this.putAside(part, { standing: null, stoodValue: false });
    // With its key it may be set aside already.
    const known = this.wholeOf(aside) === undefined ? null : this.asideAt(aside.key);
    this.putAside(known ?? current ?? absent(aside.key), { standing, stoodValue: value !== null });
    const written = isPart && value !== null ? rebased(aside.key, value, standing) : value;
    const entry = replicas.data.writeAt(hlc, aside.key, written, value === null ? 0 : aside.expiryMs, aside.type);
    if (this.wholeOf(aside) !== undefined) this.last = { key: wholeKeyOf(aside.key), entry };
  }

  private putAside(overridden: Entry, place: Pick<SetAside, 'standing' | 'stoodValue'>): void {
    const { records, ports } = this.context;
    const keptUntilMs = ports.wallMs() + records.settings()['set-aside-days'] * DAY_MS;
    records.putSetAside(overridden, { incident: this.undoId, island: 0, ...place }, keptUntilMs);
  }

  /** A replica's share is its own to write: what it lacks of what was set aside is added by this one, whose share is overridden, then. */
  private addCount(aside: SetAside, value: Bytes | null, current: Entry | undefined): void {
    const { data } = this.context.replicas;
    const collections = new Collections(data, () => this.context.ports.wallMs());
    const whole = wholeKeyOf(aside.key);
    const sumOf = (bytes: Bytes | null | undefined): bigint => (bytes == null ? 0n : countFrom(bytes).sum);
    // Its key was written anew just before: what is here by now is of this undo.
    if (this.wholeOf(aside) !== undefined && this.asideAt(whole) !== null) {
      this.last = { key: whole, entry: collections.add(whole, sumOf(value)) };
      return;
    }
    const place = collections.shareOf(whole);
    const share = this.currentAt(place) ?? absent(place);
    const isOwn = Buffer.compare(place, aside.key) === 0;
    const standing =
      isOwn && value === null
        ? data.write(place, null, 0)
        : collections.add(whole, sumOf(value) - sumOf(current?.value));
    this.putAside(this.asideAt(place) ?? share, {
      standing: versionOf(standing),
      stoodValue: standing.value !== null,
    });
  }

  /** The parts of a key that were written after its whole are no writes since: the last of them is what stands there now. */
  private finishKey(): void {
    const aside = this.last === null ? null : this.asideAt(this.last.key);
    if (aside !== null) this.putAside(aside, { standing: versionOf(this.last!.entry), stoodValue: true });
    this.last = null;
  }

  private isAsLeft(aside: SetAside): boolean {
    const { replicas, ports } = this.context;
    return isAsLeft(replicas.data.store, aside, ports.wallMs());
  }

  /** What there is at a key or a part: nothing of what has expired with its key. */
  private currentAt(key: Bytes): Entry | undefined {
    const { replicas, ports } = this.context;
    return currentAt(replicas.data.store, key, ports.wallMs());
  }

  /** What this undo has set aside of a key, or of a part. */
  private asideAt(key: Bytes): SetAside | null {
    const entry = this.context.records.setAside(this.undoId, 0, bytesToId(key));
    return entry === undefined ? null : readSetAside(entry, this.undoId);
  }

  private finish(): void {
    this.finishKey();
    const { incident, dryRun, key, filter = null } = this.request;
    const isWritten = this.restored > 0 && !dryRun;
    if (isWritten) this.record(key === null && filter === null);
    const undoIncident = isWritten ? this.undoId : null;
    const { restored, skipped, sample } = this;
    this.result = {
      incident,
      restored,
      skipped,
      undoIncident,
      sample,
      groups: this.groups.top(this.request.groupsMax ?? 0),
    };
  }

  private record(isWhole: boolean): void {
    const { records, ports, self } = this.context;
    const undone = records.incident(this.request.incident);
    if (undone === undefined) return;
    const nowMs = ports.wallMs();
    const record: IncidentRecord = {
      ...undone,
      id: this.undoId,
      kind: 'undo',
      state: 'resolved',
      separatedMs: nowMs,
      detectedMs: nowMs,
      resolvedMs: nowMs,
      islands: [{ replicas: [self.replica], writes: 0 }],
      strategy: null,
      by: 'operator',
      ...(this.request.asked == null ? {} : { asked: this.request.asked }),
      undoes: undone.id,
      isPartial: !isWhole,
      executor: self.replica,
      counts: null,
      setAside: this.restored,
      problem: null,
      participants: [],
      covered: null,
    };
    records.putIncident(record);
    if (isWhole) records.putIncident({ ...undone, state: 'undone' });
  }

  private note(aside: SetAside, current: Entry | undefined, action: UndoneKey['action'], reason: string): void {
    const { offset = 0, limit = 100 } = this.request;
    const amounts = new Array<number>(UNDO_SUMS.width).fill(0);
    amounts[UNDO_SUMS.keys] = 1;
    amounts[UNDO_SUMS[action]] = 1;
    amounts[UNDO_SUMS.bytes] = action === 'restore' ? (aside.value?.length ?? 0) : 0;
    this.groups.add(wholeIdOf(bytesToId(aside.key)), amounts);
    const at = this.restored + this.skipped - 1;
    if (at >= offset && this.sample.length < Math.min(limit, SAMPLE_MAX))
      this.sample.push({ key: aside.key, action, reason, aside, current });
  }
}

/** Why there is nothing to write; null: there is. */
function vainness(aside: SetAside, current: Entry | undefined, hasParts: boolean, nowMs: number): string | null {
  if (aside.evicted === true) return 'its value was evicted before it was overridden';
  const isExpired = aside.expiryMs !== 0 && aside.expiryMs <= nowMs;
  const isGone = !hasParts && (current === undefined || isTombstone(current, nowMs));
  if (!isGone || (aside.value !== null && !isExpired)) return null;
  return isExpired ? 'expired meanwhile' : ALREADY_DELETED;
}

const ALREADY_DELETED = 'is deleted already';

function absent(key: Bytes): Entry {
  return { key, value: null, expiryMs: 0, hlc: 0, origin: '', seq: 0 };
}

interface Whole {
  readonly island: number;
  readonly goesBack: boolean;
  readonly isValue: boolean;
}

interface Found extends Version {
  readonly island: number;
}
