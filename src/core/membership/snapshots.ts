import type { Context } from '../context.js';
import { BUCKETS } from '../model/bytes.js';
import { lastWriteOf } from '../model/entry.js';
import { VersionVector } from '../model/vector.js';
import { type ReplicaId, replicaOf } from '../model/version.js';
import type { Gates } from '../partition/gates.js';
import { feed } from '../replication/feed.js';
import type { Message, SeparationData, SnapshotBegin, SnapshotCredit } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import type { Replica } from '../replication/replica.js';
import { BYTES_PER_CREDIT, PARTS_PER_CREDIT, SnapshotGiver, SnapshotTaker } from '../replication/snapshot.js';
import { GROUPS, type Group } from '../store/store.js';
import type { Liveness } from './liveness.js';
import { announceSelf } from './own-record.js';

/** R9: the snapshots that this node gives, the one that it takes, and with the first of them its joining. */
export class Snapshots {
  private readonly givers = new Map<number, { peer: Peer; snapshot: SnapshotGiver }>();
  private taker: { peer: Peer; id: number; snapshot: SnapshotTaker | null; parts: number; bytes: number } | null = null;
  /** The giver of the snapshot that this node has taken, while it still lacks some of the log, and who is apart from it. */
  private joiningFrom: Peer | null = null;
  private joiningApart: Readonly<Record<ReplicaId, SeparationData>> = {};

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly gates: Gates,
    private readonly nextReadId: () => number,
    /** What came of before counts for nothing: no session says anything of it any more. */
    private readonly onAnew: () => void,
  ) {}

  get isTaking(): boolean {
    return this.taker !== null || this.joiningFrom !== null;
  }

  get isGiving(): boolean {
    return this.givers.size > 0;
  }

  get progress(): { from: string; entries: number; entriesExpected: number } | null {
    if (this.taker === null) return null;
    const { snapshot, peer } = this.taker;
    return {
      from: peer.hello.name,
      entries: snapshot?.entryCount ?? 0,
      entriesExpected: snapshot?.begin.entryCount ?? 0,
    };
  }

  linkDown(link: number): void {
    this.givers.delete(link);
    if (this.taker?.peer.link === link) this.taker = null;
    if (this.joiningFrom?.link === link) this.joiningFrom = null;
  }

  /** The peer's gate is shut: it takes no more of what it has asked for before (see `gateShut`). Who joins has said so before it asks. */
  theirGateShut(peer: Peer): void {
    this.givers.delete(peer.link);
  }

  /** A snapshot that has begun would bring data through a gate that is shut. The giver hears of the gate. */
  gateShut(peer: Peer): void {
    if (this.context.self.isJoined && this.taker?.peer === peer) this.taker = null;
  }

  /** Take no more of it: it is asked for anew later. */
  abandon(): void {
    this.taker = null;
  }

  isJoiningFrom(peer: Peer): boolean {
    return this.joiningFrom === peer;
  }

  giveTo(peer: Peer, id: number): void {
    const { replicas, separations, slices } = this.context;
    this.givers.set(peer.link, {
      peer,
      snapshot: new SnapshotGiver(id, replicas, separations.toData(), [...peer.tooLarge], slices.partBytes),
    });
    peer.tooLarge.clear();
  }

  credit(peer: Peer, { id, parts }: SnapshotCredit): void {
    const giver = this.givers.get(peer.link);
    if (giver?.snapshot.id === id) giver.snapshot.credit(parts);
  }

  ask(peer: Peer): void {
    if (this.taker !== null) return;
    const id = this.nextReadId();
    this.taker = { peer, id, snapshot: null, parts: 0, bytes: 0 };
    this.context.send(peer.link, { type: 'snapshot-request', id });
  }

  receive(peer: Peer, message: Message & { type: 'snapshot-begin' | 'snapshot-part' | 'snapshot-end' }): void {
    const taker = this.taker;
    if (taker === null || taker.peer !== peer || taker.id !== message.id) return;
    if (message.type === 'snapshot-begin') {
      if (!this.context.self.isJoined) this.dropPartial();
      const groups: readonly Group[] = !this.context.self.isJoined || peer.isOpen ? GROUPS : ['system'];
      taker.snapshot = new SnapshotTaker(message, this.context.replicas, groups, this.isFresh());
    } else if (message.type === 'snapshot-part') {
      taker.snapshot?.part(message);
      taker.parts++;
      taker.bytes += message.entries.words.byteLength;
      if (taker.parts < PARTS_PER_CREDIT && taker.bytes < BYTES_PER_CREDIT) return;
      this.context.send(peer.link, { type: 'snapshot-credit', id: taker.id, parts: taker.parts });
      taker.parts = taker.bytes = 0;
    } else if (taker.snapshot !== null) this.finishSnapshot(peer, taker.snapshot);
  }

  private isFresh(): boolean {
    const { replicas, self } = this.context;
    const isEmpty = ({ store }: Replica): boolean => store.liveCount() + store.stubCount + store.tombstoneCount === 0;
    return !self.isJoined && GROUPS.every((group) => isEmpty(replicas[group]));
  }

  /** What came of another's snapshot that broke off may be of another island, or of a member that was forgotten since. */
  private dropPartial(): void {
    const { replicas, records } = this.context;
    for (const group of GROUPS) {
      const { store } = replicas[group];
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (const entry of store.bucket(bucket)) {
          const { origin, seq } = lastWriteOf(entry);
          if (store.vector.covers(origin, seq)) continue;
          store.drop(entry.key);
          if (group === 'system') records.noteEntry({ ...entry, value: null });
        }
      }
    }
  }

  private finishSnapshot(peer: Peer, snapshot: SnapshotTaker): void {
    const { ports, clock, replicas, log } = this.context;
    if (this.hasOfFormer(snapshot.begin)) return this.beginAnew();
    snapshot.finish();
    // The giver dropped it.
    for (const group of GROUPS) replicas[group].droppedHlc = clock.last;
    this.taker = null;
    ports.storage.observeClock(clock.last);
    peer.ackDue = true;
    if (!this.context.self.isJoined) {
      this.joiningFrom = peer;
      this.joiningApart = snapshot.begin.separations;
      log('info', `${snapshot.entryCount} entries received from ${peer.hello.name}`);
      this.joinIfReady(peer);
    }
    feed(this.context, peer);
    this.gates.update(peer);
  }

  /**
   * Whether a joiner, never a member yet, has more of a former member's writes than its giver, of the snapshot of another. As long as
   * it was no member, nobody waited for it to collect tombstones: such writes could bring back what was deleted since.
   */
  private hasOfFormer({ covers }: SnapshotBegin): boolean {
    const { replicas, records, self } = this.context;
    if (self.isJoined || hasWritten(replicas.system.vector, self.replica)) return false;
    return GROUPS.some((group) => {
      const given = VersionVector.from(covers[group]);
      return !given.coversWhere(replicas[group].vector, (replica) => records.isFormer(replica));
    });
  }

  /** What is here is dropped as the next snapshot begins. */
  private beginAnew(): void {
    for (const group of GROUPS) this.context.replicas[group].store.disclaim();
    this.context.log('info', 'what was received of a former member is taken for nothing: the data is asked for anew');
    this.onAnew();
  }

  /**
   * A joiner is in once it has all that its giver had acknowledged before it knew of the joiner: others may have trimmed
   * their logs accordingly.
   */
  joinIfReady(peer: Peer): void {
    const { ports, replicas, log, records, self } = this.context;
    const { firstAck } = peer;
    if (peer !== this.joiningFrom || firstAck === null) return;
    for (const group of GROUPS) {
      if (!replicas[group].vector.coversAll(VersionVector.from(firstAck[group]))) return;
    }
    this.joiningFrom = null;
    self.isJoined = true;
    // What this node has goes on from here.
    self.previousBoot = self.boot;
    if (replicas.system.vector.get(replicas.system.origin) === 0) announceSelf(this.context);
    records.endSetBacks(self.replica, ports.wallMs());
    this.gates.inherit(this.joiningApart);
    ports.storage.setMeta('joined', true);
    for (const member of records.active()) this.liveness.expect(member.replica);
    log('info', `in sync with ${peer.hello.name}`, { kind: 'up', subject: self.name });
    this.gates.updateAll();
  }

  give(): boolean {
    let hasMore = false;
    for (const [link, giver] of this.givers) {
      const message = giver.snapshot.next();
      if (message !== null) {
        this.context.send(link, message);
        hasMore = true;
      }
      if (!giver.snapshot.isDone) continue;
      this.givers.delete(link);
      giver.peer.snapshot = 'given';
    }
    return hasMore;
  }
}

/** Whether the replica has ever been a member, as far as this vector tells: a member's first write is its own record. */
function hasWritten({ seqs, floors }: Readonly<VersionVector>, replica: ReplicaId): boolean {
  return floors.has(replica) || [...seqs.keys()].some((origin) => replicaOf(origin) === replica);
}
