import type { Context, Self } from './context.js';
import type { Liveness } from './membership/liveness.js';
import type { Records } from './membership/records.js';
import type { UserRecords } from './membership/user-records.js';
import type { ReplicaId } from './model/version.js';
import type { Separations } from './partition/separations.js';
import type { AckTable } from './replication/acks.js';
import type { Peer } from './replication/peer.js';
import type { Replica } from './replication/replica.js';
import type { AsideRoom } from './resolution/aside-room.js';
import type { StoreDigest } from './store/store-digest.js';
import type { StoreReader } from './store/store-reader.js';

/** What is so at a node now, for whoever shows it or judges by it. None of it is a copy, and nothing can be changed by it. */
export interface NodeStatus {
  readonly self: Readonly<Self>;
  /** The cluster's records: members, settings and incidents. */
  readonly records: RecordReader;
  /** What clients write. */
  readonly data: GroupStatus;
  /** The entries that the cluster's records are kept in. */
  readonly system: GroupStatus;
  /** Members to which there is a link. */
  readonly peers: ReadonlyMap<ReplicaId, PeerStatus>;
  /** Members that this node has declared down, or holds apart. */
  readonly separations: Pick<Separations, 'get' | 'has' | 'isSplit' | 'list'>;
  /** Who is heard, who is down, and who is in this node's island. */
  readonly liveness: LivenessReader;
  /** What each member has on its disk, as far as was heard. */
  readonly acks: Pick<AckTable, 'latest'>;
  /** What is set aside here, and how much may be. */
  readonly asideRoom: Pick<AsideRoom, 'inUse' | 'limits' | 'met' | 'lackFor'>;
}

type LivenessReader = Pick<
  Liveness,
  'timeoutMs' | 'island' | 'heardIsland' | 'isInSync' | 'isHeard' | 'heardAtMs' | 'lastHeardMs'
>;

interface GroupStatus extends Pick<Replica, 'origin' | 'vector'> {
  readonly store: StoreReader & StoreDigest;
}

export type RecordReader = Pick<
  Records,
  | 'member'
  | 'active'
  | 'isActive'
  | 'byName'
  | 'nameOf'
  | 'settings'
  | 'incident'
  | 'incidentList'
  | 'openIncidents'
  | 'setAsideOf'
> & { readonly users: Pick<UserRecords, 'list' | 'get' | 'count'> };

export type PeerStatus = Readonly<
  Pick<
    Peer,
    | 'replica'
    | 'hello'
    | 'link'
    | 'sinceMonoMs'
    | 'heardAtMs'
    | 'beat'
    | 'skewMs'
    | 'roundTripMs'
    | 'ourGate'
    | 'theirGate'
    | 'isOpen'
    | 'isHeld'
    | 'isSettled'
  >
>;

export function statusOf(
  { self, records, replicas, peers, separations, acks, asideRoom }: Context,
  liveness: Liveness,
): NodeStatus {
  return { self, records, data: replicas.data, system: replicas.system, peers, separations, liveness, acks, asideRoom };
}
