import type { IncidentRecord } from '../../../src/core/membership/records.js';
import { type Entry, lastWriteOf } from '../../../src/core/model/entry.js';
import { VersionVector } from '../../../src/core/model/vector.js';
import type { Origin, ReplicaId } from '../../../src/core/model/version.js';
import { separates } from '../../../src/core/partition/incidents.js';
import type { Message } from '../../../src/core/replication/messages.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { authorOf, type SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import type { Write } from '../writes.js';
import { show } from './vector.js';

/** R11: no data crosses a link that is held, comes from a former member, or reaches the other island by a detour. */
export class GatesChecker implements Checker {
  readonly name = 'gates';

  /** Incidents that are resolved, though the news may still be under way. */
  private readonly ended = new Set<string>();
  /** Of each incident: what every node had when it was found. */
  private readonly atFinding = new Map<string, ReadonlyMap<ReplicaId, VersionVector>>();
  private readonly resolutions: { participants: readonly ReplicaId[]; covered: VersionVector }[] = [];

  constructor(private readonly world: World) {}

  writing(_node: SimNode, { group, entry, id }: Write): void {
    if (group !== 'system' || !id.startsWith('incident/') || entry.value === null) return;
    const incident = JSON.parse(Buffer.from(entry.value).toString()) as IncidentRecord;
    if (incident.state === 'resolved') this.ended.add(incident.id);
    if (this.atFinding.has(incident.id)) return;
    const vectors = this.world.nodes.map(({ replica, disk }) => [replica, disk.inner('data').vector.clone()] as const);
    this.atFinding.set(incident.id, new Map(vectors));
  }

  resolved(_node: SimNode, { participants, covered }: IncidentRecord): void {
    this.resolutions.push({ participants, covered: VersionVector.from(covered!) });
  }

  /** R8: a former member is refused, by all who know. */
  received(node: SimNode, from: SimNode, message: Message): void {
    const status = node.core?.status;
    // Another link to it may be about to end.
    if (message.type !== 'hello' || status?.peers.get(from.replica)?.hello !== message) return;
    const record = status.records.member(from.replica);
    if (record === undefined || record.state === 'member') return;
    this.world.fail(this.name, `${node.name} let in ${from.name}, which is ${record.state}`);
  }

  advanced(node: SimNode, group: Group, origin: Origin): void {
    const from = node.handling;
    const status = node.core?.status;
    if (group !== 'data' || from === null || status === undefined) return;
    if (status.separations.isSplit(from.replica)) {
      this.world.fail(this.name, `${node.name} took in ${origin} over the held link from ${from.name}`);
    }
    const record = status.records.member(from.replica);
    if (record !== undefined && record.state !== 'member') {
      this.world.fail(this.name, `${node.name} took in ${origin} from ${from.name}, which is ${record.state}`);
    }
  }

  /** By ground truth: its author had declared this node down, and an open record has the two in different islands. */
  putting(node: SimNode, group: Group, entry: Entry): void {
    const status = node.core?.status;
    if (group !== 'data' || status === undefined || node.handling === null) return;
    // What a joiner gets is what its giver has, which was judged when that took it in (R9).
    if (!node.isJoined) return;
    const write = this.world.book.find('data', entry);
    if (write === undefined || !write.apart.has(node.replica)) return;
    const author = authorOf(entry);
    const incident = status.records
      .openIncidents()
      .find((one) => separates(one, node.replica, author) && !this.ended.has(one.id));
    if (incident === undefined || this.world.schedule.nowMs - write.atMs < 400) return;
    // Its island has it through a member that the author had not declared down, or that caught up with the author before anything was found
    // to have been written apart, whoever passed it on: nothing crossed.
    const { replica: giver } = node.handling;
    const { origin, seq } = lastWriteOf(entry);
    const mates = incident.islands.find(({ replicas }) => [node.replica, giver].every((r) => replicas.includes(r)));
    const cameBy = (replica: ReplicaId): boolean => {
      const mate = this.world.nodes.find((one) => one.replica === replica);
      const hasIt = mate?.disk.inner('data').vector.covers(origin, seq) === true;
      const hadIt = this.atFinding.get(incident.id)?.get(replica)?.covers(origin, seq) === true;
      return hasIt && (hadIt || !write.apart.has(replica));
    };
    if (mates?.replicas.some(cameBy)) return;
    // Of two incidents that were found apart from each other, the other one's resolution took this write in.
    const tookIn = this.resolutions.some(
      ({ participants, covered }) => participants.includes(node.replica) && covered.covers(origin, seq),
    );
    if (tookIn) return;
    this.world.fail(
      this.name,
      `${node.name} took in ${show(entry)} of the other island of ${incident.id} via ${node.handling.name}`,
    );
  }
}
