import type { Context } from '../context.js';
import { originOf, type ReplicaId, startOf } from '../model/version.js';
import { incidentId } from '../partition/incidents.js';
import type { Peer } from '../replication/peer.js';
import type { MemberRecord } from './records.js';
import { setBackRecord } from './setbacks.js';

/**
 * R6: a memory-only member keeps nothing. It ends, and comes back as a new member; what it had acknowledged and no other member had
 * received is gone. Nobody can tell what that was. The history says that there may be something, and since when.
 */
export class MemoryMembers {
  /** When this node last had all that such a member said to have (Unix time in milliseconds). */
  private readonly completeMs = new Map<ReplicaId, number>();
  /** Those that said goodbye while data flowed: they have sent what they had. */
  private readonly stopped = new Set<ReplicaId>();

  constructor(private readonly context: Context) {}

  /** A beat of a peer was taken in, and an acknowledgement of its own with it. */
  heard(peer: Peer): void {
    if (peer.hello.memoryOnly && peer.isOpen && this.hasAllOf(peer.replica, peer.hello.boot))
      this.completeMs.set(peer.replica, this.context.ports.wallMs());
  }

  saidGoodbye({ replica, hello, isOpen }: Peer): void {
    if (hello.memoryOnly && isOpen) this.stopped.add(replica);
  }

  /** Somebody new has its name, started as this boot (null: it is not known): it is a member no more. */
  supersede(member: MemberRecord, boot: number | null): void {
    const { records, acks, log } = this.context;
    const hasStopped = this.stopped.delete(member.replica);
    const said = acks.latest(member.replica);
    const isComplete = hasStopped && said !== undefined && this.hasAllOf(member.replica, said.boot);
    // One with a disk was forgotten elsewhere, and what it had is set aside there.
    if (member.memoryOnly && !isComplete && !this.isNamed(member.replica)) {
      const text = this.name(member, boot);
      log('warn', text, { kind: 'problem', subject: 'set-back' });
    }
    this.completeMs.delete(member.replica);
    records.putMember({ ...member, state: 'forgotten' });
  }

  // ---------------------------------------------------------------------------------------------

  private hasAllOf(replica: ReplicaId, boot: number): boolean {
    const { acks, replicas } = this.context;
    const said = acks.latest(replica);
    const origin = originOf(replica, boot);
    return said !== undefined && said.boot === boot && replicas.data.vector.covers(origin, said.data.get(origin));
  }

  private isNamed(replica: ReplicaId): boolean {
    const { records } = this.context;
    return records
      .incidentList()
      .some(({ kind, islands }) => kind === 'set-back' && islands[0]?.replicas.includes(replica) === true);
  }

  private name({ replica, name, joinedMs }: MemberRecord, boot: number | null): string {
    const { records, ports } = this.context;
    const nowMs = ports.wallMs();
    // What it said it had is as old as what came over a link may be.
    const doubtMs = records.settings()['failure-timeout'];
    const sinceMs = Math.min(nowMs, Math.max(joinedMs, (this.completeMs.get(replica) ?? 0) - doubtMs));
    const since = new Date(sinceMs).toISOString();
    const text = `${name} keeps its data in memory alone, and came back as a new member: what it had acknowledged since ${since} and no other member had received is gone`;
    const others = records.active().flatMap((one) => (one.replica === replica ? [] : [one.replica]));
    // All who let it in write the same record.
    const id = boot === null ? incidentId(nowMs, ports.random()) : incidentId(startOf(boot), (boot % 4096) / 4096);
    const times = { separatedMs: sinceMs, detectedMs: nowMs, resolvedMs: nowMs };
    records.putIncident(setBackRecord(replica, others, { id, ...times, problem: text }));
    return text;
  }
}
