import type { Presence } from '../membership/presence.js';
import type { Entry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import type { Publication } from '../model/publication.js';
import type { VectorData } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import type { PackedEntries, Span } from '../store/packed-entries.js';
import type { Group } from '../store/store.js';

/**
 * The version of the link protocol that this program speaks. A link is spoken in the lesser of its ends' versions, so that members can be
 * brought to a new version one after the other: whoever changes a message raises PROTOCOL, asks `peer.hello.protocol` before sending
 * what is new, and takes PROTOCOL_OLDEST, the oldest that is still spoken, no higher than what the release before speaks.
 */
export const PROTOCOL = 7;
export const PROTOCOL_OLDEST = 4;

/** The first protocol with publications. */
export const PUBLICATIONS_SINCE = 5;
/** The first protocol whose speakers know parts. */
export const PARTS_SINCE = 6;
/** The first protocol whose speakers know that a node beside a Redis may take parts. */
export const PARTS_BESIDE_REDIS_SINCE = 7;

/** All that happened in an origin after `from` up to `upto`. */
export interface Range extends Span {
  /**
   * (origin, seq) → key, with the current entry of the key, whatever that entry's origin (R5). Without one the sender has
   * collected the key's stable tombstone; the receiver then holds it, or a greater one, already.
   * If the message came over a link, they are good until it has been dealt with.
   */
  readonly rows: PackedEntries;
}

/** First on every link, from both ends (the dialling end starts). */
export interface Hello {
  readonly type: 'hello';
  readonly protocol: number;
  /** The oldest protocol that it speaks too; absent: none but that. */
  readonly protocolOldest?: number | undefined;
  /** Of mneme, for operators; absent: it does not say. */
  readonly version?: string | undefined;
  /** null: a node that wants to join. */
  readonly clusterId: string | null;
  readonly replica: ReplicaId;
  readonly boot: number;
  /** The boot before, as the sender's directory remembers it; 0: none. */
  readonly previousBoot: number;
  readonly name: string;
  readonly address: string;
  readonly memoryOnly: boolean;
  /** It is attached to a Redis, to which and from which keys travel whole; but for those with parts, where it takes parts. */
  readonly keepsWhole?: boolean | undefined;
  readonly takesParts?: boolean | undefined;
  readonly wallMs: number;
}

/** Instead of a hello, or at any time later: this link cannot be. */
export interface Refuse {
  readonly type: 'refuse';
  readonly code: RefuseCode;
  readonly message: string;
  /** The refusing node's cluster, where it has one. */
  readonly clusterId: string | null;
  /** Who refuses: a node that is no member itself cannot turn out another one. */
  readonly replica: ReplicaId;
  /** With 'passed': the latest boot of the receiver that the sender knows. */
  readonly boot: number;
}
export type RefuseCode =
  | 'wrong-cluster'
  | 'name-taken'
  | 'forgotten'
  | 'protocol'
  | 'self'
  | 'not-in-cluster'
  | 'bad-name'
  /** The receiver has not shown what the sender wants to be shown: a secret, or a certificate. */
  | 'untrusted'
  /** An earlier instance of the same replica is alive. */
  | 'second-instance'
  /** A later start of the same replica is known: its clock stood behind. */
  | 'passed';

/** What one end knows when a link comes up; the verdict of R10 is a function of both ends' comparisons. */
export interface Compare {
  readonly type: 'compare';
  /** Everything that the sender's island has, as far as the sender knows. */
  readonly island: VectorData;
  /** The members of that island, and those to whom the sender is about to open. */
  readonly members: readonly ReplicaId[];
  /** The sender's own vector at the moment at which it declared the receiver down; null if it did not. */
  readonly mark: VectorData | null;
  readonly sinceMs: number;
  /** The sender's separations: who opens to it is in its island from then on, and apart from whom it is apart. */
  readonly separations: Readonly<Record<ReplicaId, SeparationData>>;
}

/** Whether the sender lets entries through, and why not. Entries flow only when both ends do. */
interface Gate {
  readonly type: 'gate';
  readonly state: GateState;
}
export type GateState = 'comparing' | 'open' | 'split' | 'clock-skew' | 'joining';

export interface Beat {
  readonly type: 'beat';
  readonly count: number;
  readonly wallMs: number;
  readonly hlc: Hlc;
  /** The receiver's last `wallMs` and how long ago it came, for the round-trip time; its `count` shows that the sender lived then. */
  readonly echo: { readonly wallMs: number; readonly ageMs: number; readonly count: number } | null;
  readonly gate: GateState;
  /** Whether the sender is about to leave for good: nobody else leaves because it has everything. */
  readonly leaves?: boolean | undefined;
  /** The beats of members that the sender reaches over open links, its own included. */
  readonly seen: Readonly<Record<ReplicaId, Sighting>>;
  /** The members with whom the sender exchanges data over a link of their own. */
  readonly links: readonly ReplicaId[];
  /** The members that the sender declared down or holds apart: one island has one mark for each. */
  readonly apart: Readonly<Record<ReplicaId, SeparationData>>;
  /**
   * The sender's own acknowledgement, and the latest that it has of each member who has no link to the receiver to say so itself
   * (R7). With those of all members beats would grow with the cube of their number.
   */
  readonly acks: Readonly<Record<ReplicaId, AckData>>;
}

/** The beat counter of one instance of a member. */
export interface Sighting {
  readonly boot: number;
  readonly count: number;
}

/** What a member has durably, both groups at one moment. */
export interface AckData {
  /** The boot in which the member said so. */
  readonly boot: number;
  readonly data: VectorData;
  readonly system: VectorData;
  /** By incident: the fences that the member has taken in. Absent: none. */
  readonly fences?: Readonly<Record<string, FenceSight>>;
  /** When it said so, by its own clock (Unix time, ms): what it writes afterwards is later. In beats alone. */
  readonly atMs?: number | undefined;
}

/** How a member met a fence: what it has written before lies below its clock of then, all later writes above the fence. */
export interface FenceSight {
  readonly fence: Hlc;
  /** The member's clock just before. Not below the fence: it had run ahead, and may have written beyond the fence. */
  readonly clock: Hlc;
}

export interface Ack {
  readonly type: 'ack';
  readonly ack: AckData;
  /** A range was refused because it would have left a gap: send again from this acknowledgement on. */
  readonly gap: boolean;
}

export interface Changes {
  readonly type: 'changes';
  readonly group: Group;
  readonly ranges: readonly Range[];
}

/** The sender's log does not reach back to what the receiver has: it needs a snapshot. */
interface Behind {
  readonly type: 'behind';
  readonly group: Group;
  /** It has less than it once acknowledged: it takes all anew, as a joiner does (R14). */
  readonly lost: boolean;
}

interface SnapshotRequest {
  readonly type: 'snapshot-request';
  /** Chosen by the receiver of the snapshot; parts with another id are ignored. */
  readonly id: number;
}

export interface SnapshotBegin {
  readonly type: 'snapshot-begin';
  readonly id: number;
  readonly system: VectorData;
  readonly data: VectorData;
  /** All that the giver has: what of this the snapshot lacks was deleted. */
  readonly covers: Readonly<Record<Group, VectorData>>;
  /** For progress: entries to come, roughly. */
  readonly entryCount: number;
  /** The giver's separations: the receiver is in its island from now on. */
  readonly separations: Readonly<Record<ReplicaId, SeparationData>>;
}

export interface SeparationData {
  readonly sinceMs: number;
  readonly mark: VectorData;
  readonly split: boolean;
  readonly judgedMs?: number;
}

/** Entries of the buckets `bucket` to `through`; `last` says that these buckets have no other entries than those sent. */
export interface SnapshotPart {
  readonly type: 'snapshot-part';
  readonly id: number;
  readonly group: Group;
  readonly bucket: number;
  readonly through: number;
  readonly last: boolean;
  /** Good until they are taken in and credited: their memory is used for other parts then. */
  readonly entries: PackedEntries;
}

interface SnapshotEnd {
  readonly type: 'snapshot-end';
  readonly id: number;
}

/** The receiver has taken in the parts so far: send more. */
export interface SnapshotCredit {
  readonly type: 'snapshot-credit';
  readonly id: number;
  readonly parts: number;
}

/** Ask for changes without applying them: for plans and resolutions (R12). */
export interface Read {
  readonly type: 'read';
  readonly id: number;
  readonly from: VectorData;
  /** What the reader wants at least; the answer goes little beyond, however much is written meanwhile. */
  readonly upto: VectorData;
  /** Instead of changes: these keys (base64) as the other end has them, with all of their parts, from behind the entry `after` on. */
  readonly keys?: readonly string[] | undefined;
  readonly after?: string | undefined;
}

/** One slice of an answer to a read. The reader asks again from where it is until `done`: the sender has no more up to there. */
export interface ReadReply {
  readonly type: 'read-reply';
  readonly id: number;
  readonly ranges: readonly Range[];
  readonly done: boolean;
  /** The log does not reach back that far. */
  readonly behind: boolean;
  /** What the answering node has in all. */
  readonly vector: VectorData;
}

/**
 * Stubs of which the sender would know whether the receiver has the values, or, with `ends`, of which it has found out that no
 * member has: they are of no use any more.
 */
export interface Stubs {
  readonly type: 'stubs';
  readonly id: number;
  readonly ends: boolean;
  readonly stubs: readonly Entry[];
}

export interface StubsReply {
  readonly type: 'stubs-reply';
  readonly id: number;
  /** Numbers of the stubs in the question whose version the sender has no value of. */
  readonly agreed: readonly number[];
  /** What the sender has of the cluster's records: the membership that it knows. */
  readonly system: VectorData;
}

interface Bye {
  readonly type: 'bye';
  readonly reason: 'stopping' | 'leaving';
}

/**
 * A client of the sender has published something, for clients of the receiver. It is no data: neither kept, nor passed on, nor sent
 * again. So it goes to every member that is linked, also to one that is held apart.
 */
export interface Published extends Publication {
  readonly type: 'publication';
}

/** In the place of a hello: who is there? The answer is a presence, and the link ends with it. */
interface Look {
  readonly type: 'look';
  /** null: no node asks, but a command. */
  readonly from: Presence | null;
}

interface Present {
  readonly type: 'present';
  readonly presence: Presence;
}

export type Message =
  | Hello
  | Refuse
  | Compare
  | Gate
  | Beat
  | Ack
  | Changes
  | Behind
  | SnapshotRequest
  | SnapshotBegin
  | SnapshotPart
  | SnapshotEnd
  | SnapshotCredit
  | Read
  | ReadReply
  | Stubs
  | StubsReply
  | Bye
  | Published
  | Look
  | Present;

/** The entries that a message carries. */
export function entriesOf(message: Message): readonly PackedEntries[] {
  if ('ranges' in message) return message.ranges.map(({ rows }) => rows);
  return message.type === 'snapshot-part' ? [message.entries] : NO_ENTRIES;
}

const NO_ENTRIES: readonly PackedEntries[] = [];
