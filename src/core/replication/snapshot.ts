import { BUCKETS, bytesToId } from '../model/bytes.js';
import { lastWriteOf } from '../model/entry.js';
import { type VectorData, VersionVector } from '../model/vector.js';
import type { Origin, ReplicaId } from '../model/version.js';
import type { Separation } from '../partition/split-brain.js';
import { EntryPacker } from '../store/entry-packer.js';
import { EntryUnpacker } from '../store/entry-unpacker.js';
import type { PackedEntries } from '../store/packed-entries.js';
import { SLICES } from '../store/slices.js';
import { GROUPS, type Group } from '../store/store.js';
import type { Message, SnapshotBegin, SnapshotPart } from './messages.js';
import type { Replica } from './replica.js';

/** Parts under way to the receiver at most. */
export const PARTS_AHEAD = 32;
/** How many more the receiver asks for at once: a message for each part would cost both ends more than it tells. */
export const PARTS_PER_CREDIT = 8;
/** The same in bytes, where entries are large: a part of one such entry is under way alone, or nearly so. */
export const BYTES_AHEAD = 8 * 1024 * 1024;
export const BYTES_PER_CREDIT = 2 * 1024 * 1024;
/** No part goes on with another bucket from so many entries on: each may be a wait for memory, and clients wait meanwhile. */
export const PART_ENTRIES = 256;

type Replicas = Readonly<Record<Group, Replica>>;

/**
 * The giver's end of a snapshot (R9): the vectors at which its log starts, then every entry, bucket by bucket, as the
 * receiver takes them in. Writes go on meanwhile: what changes after a bucket was sent is beyond the vectors, and comes by
 * the log. The log that the giver has at the start follows too, although its entries were in the snapshot: a member that
 * was away can then catch up, or resolve a split-brain, with the new one alone. Where a range of it is too large to be sent, it does not.
 */
export class SnapshotGiver {
  private position = { group: 0, bucket: 0 };
  private readonly packer: EntryPacker;
  /** What is packed of the buckets that are being sent. */
  private pieces: PackedEntries[] = [];
  private packed = { first: 0, through: 0 };
  /** The parts under way. Their memory is used again once they have arrived. */
  private readonly sent: PackedEntries[] = [];
  private started = false;
  private ended = false;
  private ahead = 0;
  private bytesAhead = 0;

  constructor(
    readonly id: number,
    private readonly replicas: Replicas,
    private readonly separations: Readonly<Record<ReplicaId, Separation>>,
    /** Groups whose log does not follow: a range of it is too large. */
    private readonly withoutLog: readonly Group[] = [],
    private readonly partBytes = SLICES.partBytes,
  ) {
    this.packer = new EntryPacker(2 * partBytes);
  }

  get isDone(): boolean {
    return this.ended;
  }

  /** The receiver has taken in this many more parts. */
  credit(parts: number): void {
    this.ahead = Math.max(0, this.ahead - parts);
    for (const arrived of this.sent.splice(0, parts)) {
      this.bytesAhead -= arrived.words.byteLength;
      this.packer.recycle(arrived);
    }
  }

  /** The next message, or null while the receiver is behind or all is sent. */
  next(): Message | null {
    if (this.ended || this.ahead >= PARTS_AHEAD || this.bytesAhead >= BYTES_AHEAD) return null;
    if (!this.started) return this.begin();
    const group = GROUPS[this.position.group];
    if (group === undefined) {
      this.ended = true;
      return { type: 'snapshot-end', id: this.id };
    }
    this.ahead++;
    return this.part(group);
  }

  private begin(): SnapshotBegin {
    this.started = true;
    const { data, system } = this.replicas;
    return {
      type: 'snapshot-begin',
      id: this.id,
      system: this.start('system'),
      data: this.start('data'),
      covers: { data: data.vector.toData(), system: system.vector.toData() },
      entryCount: data.store.liveCount() + data.store.stubCount + data.store.tombstoneCount,
      separations: this.separations,
    };
  }

  private start(group: Group): VectorData {
    return this.withoutLog.includes(group) ? this.replicas[group].vector.toData() : logStart(this.replicas[group]);
  }

  /** A part of some whole buckets; or, of a bucket that is too large for a part, one part after the other. */
  private part(group: Group): SnapshotPart {
    if (this.pieces.length === 0) this.pack(group);
    const entries = this.pieces.shift()!;
    this.sent.push(entries);
    this.bytesAhead += entries.words.byteLength;
    const last = this.pieces.length === 0;
    const { first, through } = this.packed;
    if (last) this.position = nextBucket({ ...this.position, bucket: through });
    return { type: 'snapshot-part', id: this.id, group, bucket: first, through, last, entries };
  }

  private get isEnough(): boolean {
    return this.packer.byteCount >= this.partBytes || this.packer.entryCount >= PART_ENTRIES;
  }

  /** Whole buckets until there is enough for a part. */
  private pack(group: Group): void {
    const { store } = this.replicas[group];
    const first = this.position.bucket;
    let through = first;
    store.pack(first, this.packer);
    while (!this.isEnough && through + 1 < BUCKETS) store.pack(++through, this.packer);
    this.packed = { first, through };
    this.pieces = this.packer.take();
  }
}

/**
 * The receiver's end. A snapshot replaces: what the giver's vector covers and the snapshot lacks was deleted; what the
 * vector does not cover stays. The vectors move at the end only, so a snapshot that breaks off leaves R3 whole.
 */
export class SnapshotTaker {
  entryCount = 0;
  private readonly vectors: Readonly<Record<Group, VersionVector>>;
  private readonly covers: Readonly<Record<Group, VersionVector>>;
  private readonly seen = new Set<string>();

  constructor(
    readonly begin: SnapshotBegin,
    private readonly replicas: Replicas,
    /** Without 'data' over a link that is held. */
    private readonly groups: readonly Group[],
    /** Nothing is here yet, and nothing else comes in meanwhile: there is nothing to sweep. */
    private readonly isFresh = false,
  ) {
    this.vectors = { data: VersionVector.from(begin.data), system: VersionVector.from(begin.system) };
    this.covers = { data: VersionVector.from(begin.covers.data), system: VersionVector.from(begin.covers.system) };
  }

  part(part: SnapshotPart): void {
    if (!this.groups.includes(part.group)) return;
    const replica = this.replicas[part.group];
    if (this.isFresh) replica.applyPacked(part.entries);
    else this.applyEach(part.entries, replica);
    if (part.group === 'data') this.entryCount += part.entries.count;
    if (!part.last || this.isFresh) return;
    for (let bucket = part.bucket; bucket <= part.through; bucket++) this.sweep(part.group, bucket);
    this.seen.clear();
  }

  finish(): void {
    for (const group of this.groups) this.replicas[group].store.adopt(this.vectors[group].toData());
  }

  private applyEach(packed: PackedEntries, replica: Replica): void {
    const entries = new EntryUnpacker(packed);
    for (let entry = entries.next(); entry !== null; entry = entries.next()) {
      replica.apply(entry);
      this.seen.add(bytesToId(entry.key));
    }
  }

  private sweep(group: Group, bucket: number): void {
    const replica = this.replicas[group];
    for (const entry of replica.store.bucket(bucket)) {
      if (this.seen.has(bytesToId(entry.key))) continue;
      const { origin, seq } = lastWriteOf(entry);
      if (this.covers[group].covers(origin, seq)) replica.drop(entry);
    }
  }
}

/** What the receiver has once all entries are in, less what the giver's log still holds: it takes the log as well. */
function logStart({ store }: Replica): VectorData {
  const seqs: Record<Origin, number> = {};
  for (const origin of store.vector.seqs.keys()) if (store.floor(origin) > 0) seqs[origin] = store.floor(origin);
  return { seqs, floors: store.vector.toData().floors };
}

function nextBucket(position: { group: number; bucket: number }): { group: number; bucket: number } {
  const bucket = position.bucket + 1;
  return bucket < BUCKETS ? { ...position, bucket } : { group: position.group + 1, bucket: 0 };
}
