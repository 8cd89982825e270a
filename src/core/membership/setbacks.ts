import type { Context } from '../context.js';
import { VersionVector } from '../model/vector.js';
import { bootOf, type ReplicaId, replicaOf, startOf } from '../model/version.js';
import { incidentId } from '../partition/incidents.js';
import type { AckData } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import { GROUPS, type Group } from '../store/store.js';
import type { IncidentRecord } from './records.js';

/**
 * R14: a member that comes back with less than it once acknowledged, because its directory was put back from an older copy.
 * The others may have trimmed their logs and collected tombstones on the strength of those acknowledgements. So
 * 1. they no longer count (AckTable), and the member is named in the history;
 * 2. where the log does not reach back to what it has now, it takes everything anew, as a joiner does: a snapshot replaces, so
 *    that nothing deleted stays. It is told so only once data flows, after what it wrote apart has been compared (R10).
 */
export class Setbacks {
  constructor(private readonly context: Context) {}

  /** The first acknowledgement of a session, before it counts. */
  judge(peer: Peer, ack: AckData): void {
    const { self, records, ports } = this.context;
    if (!self.isJoined || peer.theirGate === 'joining' || !records.isActive(peer.replica)) return;
    const has = { data: VersionVector.from(ack.data), system: VersionVector.from(ack.system) };
    const lacks = this.lacksOf(peer, has);
    const isBehind = isBehindLog(this.context, 'system', has.system) || records.openSetBacks(peer.replica).length > 0;
    peer.isSetBack = (lacks !== null || isBehind) && !GROUPS.every((group) => this.reaches(group, has[group]));
    if (lacks !== null) this.name(peer, lacks);
    if (!peer.isSetBack) records.endSetBacks(peer.replica, ports.wallMs());
  }

  /** To be called in every tick. */
  tell(): void {
    for (const peer of this.context.peers.values()) {
      if (!peer.isSetBack || peer.ourGate !== 'open') continue;
      peer.isSetBack = false;
      this.context.send(peer.link, { type: 'behind', group: 'data', lost: true });
    }
  }

  // ---------------------------------------------------------------------------------------------

  /** What shows that it once had more: null if nothing does. */
  private lacksOf({ replica, hello }: Peer, has: Readonly<Record<Group, VersionVector>>): Lacks | null {
    const { acks, replicas } = this.context;
    const latestBoot = latestBootOf(this.context, replica, hello.boot);
    const said = acks.latest(replica);
    const before = said === undefined || said.boot >= hello.boot ? null : said;
    const lacks = { latestBoot, own: 0, acknowledged: 0 };
    for (const group of GROUPS) {
      for (const [origin, seq] of replicas[group].vector.seqs) {
        if (replicaOf(origin) === replica && bootOf(origin) < hello.boot)
          lacks.own += Math.max(0, seq - has[group].get(origin));
      }
      if (before !== null) lacks.acknowledged += has[group].lackOf(before[group]);
    }
    const isOlder = latestBoot > hello.previousBoot;
    return isOlder || lacks.own > 0 || lacks.acknowledged > 0 ? lacks : null;
  }

  /** Whether the log of a group has all that a member lacks who has this. What was retired is in no log. */
  private reaches(group: Group, has: VersionVector): boolean {
    const { vector } = this.context.replicas[group];
    for (const [replica, boot] of vector.floors) if ((has.floors.get(replica) ?? 0) < boot) return false;
    return !isBehindLog(this.context, group, has);
  }

  /** All who see it write the same record. */
  private name(peer: Peer, lacks: Lacks): void {
    const { records, ports } = this.context;
    const { replica, hello, isSetBack } = peer;
    const id = incidentId(startOf(hello.boot), (hello.boot % 4096) / 4096);
    if (records.incident(id) !== undefined) return;
    const text = `${hello.name} came back with less than it had acknowledged, as from an older copy of its directory: ${found(hello.previousBoot, lacks)}; ${isSetBack ? 'it takes everything anew' : 'it catches up by the log'}`;
    const others = records.active().flatMap((one) => (one.replica === replica ? [] : [one.replica]));
    const nowMs = ports.wallMs();
    const separatedMs = startOf(hello.boot);
    const resolvedMs = isSetBack ? null : nowMs;
    records.putIncident(
      setBackRecord(replica, others, { id, separatedMs, detectedMs: nowMs, resolvedMs, problem: text }),
    );
    this.context.log('warn', text, { kind: 'problem', subject: 'set-back' });
  }
}

/** That a member came back with less than it had. `others`: who may tell. */
export function setBackRecord(
  replica: ReplicaId,
  others: readonly ReplicaId[],
  told: Pick<IncidentRecord, 'id' | 'separatedMs' | 'detectedMs' | 'resolvedMs' | 'problem'>,
): IncidentRecord {
  return {
    ...told,
    kind: 'set-back',
    state: told.resolvedMs === null ? 'open' : 'resolved',
    islands: [
      { replicas: [replica], writes: 0 },
      { replicas: others, writes: 0 },
    ],
    strategy: null,
    by: null,
    executor: null,
    counts: null,
    setAside: 0,
    fence: null,
    participants: [],
    covered: null,
  };
}

/** The latest boot of a replica that this node knows of, but for one. */
export function latestBootOf({ acks, replicas }: Context, replica: ReplicaId, except: number): number {
  const said = acks.latest(replica)?.boot ?? 0;
  let latest = said === except ? 0 : said;
  for (const group of GROUPS) {
    const { seqs, floors } = replicas[group].vector;
    // A floor is one above the latest boot that was retired.
    latest = Math.max(latest, (floors.get(replica) ?? 0) - 1);
    for (const origin of seqs.keys()) {
      if (replicaOf(origin) === replica && bootOf(origin) !== except) latest = Math.max(latest, bootOf(origin));
    }
  }
  return latest;
}

interface Lacks {
  readonly latestBoot: number;
  own: number;
  acknowledged: number;
}

function isBehindLog({ replicas }: Context, group: Group, has: VersionVector): boolean {
  const { store } = replicas[group];
  return [...store.vector.seqs.keys()].some((origin) => has.get(origin) < store.floor(origin));
}

function found(previousBoot: number, { latestBoot, own, acknowledged }: Lacks): string {
  const parts: string[] = [];
  if (latestBoot > previousBoot)
    parts.push(`its last start there was ${at(previousBoot)}, the last one known ${at(latestBoot)}`);
  if (own > 0) parts.push(`it lacks ${own} writes of its own`);
  if (acknowledged > 0) parts.push(`it lacks ${acknowledged} writes that it had acknowledged`);
  return parts.join(', ');
}

function at(boot: number): string {
  return boot < 2 ** 32 ? `number ${boot}` : new Date(startOf(boot)).toISOString();
}
