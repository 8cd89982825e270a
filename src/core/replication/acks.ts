import { VersionVector } from '../model/vector.js';
import { bootOf, type Origin, type ReplicaId } from '../model/version.js';
import type { Group } from '../store/store.js';
import type { AckData, FenceSight } from './messages.js';

interface MemberAck {
  readonly boot: number;
  readonly data: VersionVector;
  readonly system: VersionVector;
  readonly fences: Readonly<Record<string, FenceSight>>;
  /** When the member said so last, by its own clock (Unix time, ms): what it writes afterwards is later; 0: it did not say. */
  atMs: number;
}

interface MemberAcks {
  /** The newest that was heard, from the member itself or passed on by another. */
  latest: MemberAck;
  /** The one that waits until it may count; kept while newer ones come, so that under constant writes one does count. */
  pending: MemberAck;
  counted: MemberAck | null;
  /** The latest such time of those that counted. */
  countedMs: number;
}

/**
 * R7: what every member has durably, and so what is stable.
 *
 * An acknowledgement of member m counts here only when this replica
 * 1. knows the membership that m knew (m's system vector): m may have let in a joiner that still needs what m has; and
 * 2. has all of m's own writes up to that moment: a concurrent, lesser write of m to a key whose tombstone m
 *    acknowledged would otherwise arrive after the tombstone was collected here, and bring the key back. The same goes
 *    for the writes of former members that m has: no acknowledgement of theirs is waited for any more.
 */
export class AckTable {
  private readonly members = new Map<ReplicaId, MemberAcks>();

  /** Take note of what `replica` said, directly or through others. Older news than what is known is ignored. */
  note(replica: ReplicaId, data: AckData): void {
    const known = this.members.get(replica);
    // Beats repeat what is known, over and over.
    if (known !== undefined && saysTheSame(known.latest, data)) {
      known.latest.atMs = Math.max(known.latest.atMs, data.atMs ?? 0);
      return;
    }
    const ack: MemberAck = {
      boot: data.boot,
      data: VersionVector.from(data.data),
      system: VersionVector.from(data.system),
      fences: data.fences ?? {},
      atMs: data.atMs ?? 0,
    };
    if (known === undefined) {
      this.members.set(replica, { latest: ack, pending: ack, counted: null, countedMs: 0 });
    } else if (isNewer(ack, known.latest)) {
      // It came back with less than it once acknowledged: what it said before counts no more (R14).
      if (!hasAll(ack, known.latest))
        this.members.set(replica, { latest: ack, pending: ack, counted: null, countedMs: 0 });
      else known.latest = ack;
    }
  }

  /** Let acknowledgements count that may, given what this replica has by now. */
  settle(
    data: Readonly<VersionVector>,
    system: Readonly<VersionVector>,
    isActive: (replica: ReplicaId) => boolean,
  ): void {
    const mayCount = (ack: MemberAck, author: ReplicaId): boolean =>
      system.coversAll(ack.system) && data.coversWhere(ack.data, (replica) => replica === author || !isActive(replica));
    for (const [replica, acks] of this.members) {
      acks.countedMs = Math.max(acks.countedMs, acks.counted?.atMs ?? 0);
      if (acks.pending === acks.counted && acks.latest === acks.counted) continue;
      if (mayCount(acks.latest, replica)) acks.counted = acks.pending = acks.latest;
      else if (acks.pending === acks.counted) acks.pending = acks.latest;
      else if (mayCount(acks.pending, replica)) {
        acks.counted = acks.pending;
        acks.pending = acks.latest;
      }
    }
  }

  forget(replica: ReplicaId): void {
    this.members.delete(replica);
  }

  latest(replica: ReplicaId): Readonly<MemberAck> | undefined {
    return this.members.get(replica)?.latest;
  }

  /** For gossip: the newest of every member, but for who is left out. */
  toData(isLeftOut: (replica: ReplicaId) => boolean = () => false): Record<ReplicaId, AckData> {
    const all: Record<ReplicaId, AckData> = {};
    for (const [replica, { latest }] of this.members) {
      if (isLeftOut(replica)) continue;
      const { boot, data, system, fences, atMs } = latest;
      const ack = { boot, data: data.toData(), system: system.toData(), ...(atMs === 0 ? {} : { atMs }) };
      all[replica] = Object.keys(fences).length === 0 ? ack : { ...ack, fences };
    }
    return all;
  }

  /** The highest sequence number of `origin` that every one of `members` has durably; 0 if one was never heard. */
  stable(group: Group, origin: Origin, members: Iterable<ReplicaId>): number {
    let stable = Number.POSITIVE_INFINITY;
    for (const member of members) {
      const counted = this.members.get(member)?.counted;
      if (counted == null) return 0;
      stable = Math.min(stable, counted[group].get(origin));
    }
    return stable;
  }

  /** A moment (Unix time, ms): all that these members wrote before it, by their own clocks, is here; 0: nothing is known of one. */
  stableMs(members: Iterable<ReplicaId>): number {
    let stable = Number.POSITIVE_INFINITY;
    for (const member of members) stable = Math.min(stable, this.members.get(member)?.countedMs ?? 0);
    return stable;
  }

  /**
   * Whether `origin`, of a past boot of its replica (or of a replica that is no member), is incorporated everywhere:
   * every member has exactly `seq`, and the author, if a member, said so in a later boot, so that no more can come.
   * @param later an origin of that boot; null: the author is no member. All must know of it: who does not may be in touch with an
   *   instance of before that still writes.
   */
  isFinished(
    group: Group,
    origin: Origin,
    seq: number,
    members: Iterable<ReplicaId>,
    author: ReplicaId,
    later: Origin | null = null,
  ): boolean {
    for (const member of members) {
      const counted = this.members.get(member)?.counted;
      if (counted == null || (later !== null && !counted.system.covers(later, 1))) return false;
      const has = counted[group].get(origin);
      if (has !== seq && has !== Number.POSITIVE_INFINITY) return false;
      if (member === author && counted.boot <= bootOf(origin)) return false;
    }
    return true;
  }
}

function saysTheSame(ack: MemberAck, { boot, data, system, fences }: AckData): boolean {
  const areSame = fences === undefined ? Object.keys(ack.fences).length === 0 : fences === ack.fences;
  return areSame && boot === ack.boot && ack.data.equals(data) && ack.system.equals(system);
}

function isNewer(ack: MemberAck, than: MemberAck): boolean {
  if (ack.boot !== than.boot) return ack.boot > than.boot;
  return hasAll(ack, than);
}

function hasAll(ack: MemberAck, than: MemberAck): boolean {
  return isAhead(ack.data, than.data) && isAhead(ack.system, than.system);
}

/** Positions and floors only grow, so news of a retirement is never older than what has it still listed. */
function isAhead(vector: VersionVector, than: VersionVector): boolean {
  for (const [replica, boot] of than.floors) if ((vector.floors.get(replica) ?? 0) < boot) return false;
  return vector.coversAll(than);
}
