import type { Problems } from './membership/problems.js';
import type { Records } from './membership/records.js';
import type { About } from './model/about.js';
import type { HybridClock } from './model/hlc.js';
import type { ReplicaId } from './model/version.js';
import type { Separations } from './partition/separations.js';
import type { AckTable } from './replication/acks.js';
import type { ClockDoor } from './replication/clock-door.js';
import type { FenceSight, Message } from './replication/messages.js';
import type { Peer } from './replication/peer.js';
import type { Replica } from './replication/replica.js';
import type { AsideRoom } from './resolution/aside-room.js';
import type { Slices } from './store/slices.js';
import type { Group, Storage } from './store/store.js';

/** What the core needs from outside: storage, two clocks and chance. */
export interface Ports {
  readonly storage: Storage;
  /** Unix time in milliseconds; may step. In a {@link Context} it is the node's own time, which does not (R15). */
  wallMs(): number;
  /** Milliseconds from an arbitrary start; never steps back. */
  monoMs(): number;
  /** 0 <= x < 1. */
  random(): number;
}

/** What the core wants done, in this order. */
export type Effect =
  /** Send once the storage is durable up to `position` (R6). Messages of one link keep their order. */
  | { readonly kind: 'send'; readonly link: number; readonly message: Message; readonly position: number }
  /** Close a link, after what was sent on it is out. */
  | { readonly kind: 'close'; readonly link: number }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly about: About | undefined;
    }
  /** This node can go on no more (forgotten, refused): stop, with this reason. */
  | {
      readonly kind: 'stop';
      readonly code: 'forgotten' | 'name-taken' | 'wrong-cluster' | 'second-instance' | 'passed' | 'refused';
      readonly message: string;
    };

/** Who this node is. */
export interface Self {
  readonly replica: ReplicaId;
  readonly boot: number;
  /** The boot before that this node's data goes on from; 0: none. */
  previousBoot: number;
  readonly memoryOnly: boolean;
  /** It is attached to a Redis, to which numbers travel whole: nobody counts in parts beside it. */
  readonly keepsWhole: boolean;
  /** Of mneme, for operators. */
  readonly version?: string | undefined;
  name: string;
  address: string;
  clusterId: string | null;
  /** Whether it has all that a member must have; from then on, unless it comes back with less (R14). */
  isJoined: boolean;
}

/** What the parts of the core share. */
export interface Context {
  readonly ports: Ports;
  readonly self: Self;
  readonly clock: HybridClock;
  /** What may not come in, because its time is too far ahead. */
  readonly door: ClockDoor;
  readonly replicas: Readonly<Record<Group, Replica>>;
  readonly records: Records;
  readonly acks: AckTable;
  readonly separations: Separations;
  /** Sessions whose hello is done, by the peer's replica id. */
  readonly peers: Map<ReplicaId, Peer>;
  /** What is wrong at this node now; outer rooms note theirs here too. */
  readonly problems: Problems;
  /** The fence of each incident that is being resolved, as this node took it in. */
  readonly fences: Map<string, FenceSight>;
  readonly slices: Slices;
  /** How much more may be set aside. */
  readonly asideRoom: AsideRoom;
  /** `position`: of all that the message tells; default: of all that there is. */
  send(link: number, message: Message, position?: number): void;
  effect(effect: Effect): void;
  /** `about`: of a change of state, which is kept as an event. */
  log(level: 'info' | 'warn', message: string, about?: About): void;
}
