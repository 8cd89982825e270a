import type { Bytes } from '../../core/model/bytes.js';
import { type Entry, joined, type TouchedEntry } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { VectorData, VersionVector } from '../../core/model/vector.js';
import { bootOf, type Origin, type ReplicaId, replicaOf } from '../../core/model/version.js';
import type { Range } from '../../core/replication/messages.js';
import type { Reservation } from '../../core/replication/numbering.js';
import type { LogRow } from '../../core/store/change-log.js';
import type { EntryPacker } from '../../core/store/entry-packer.js';
import type { VictimPolicy } from '../../core/store/eviction.js';
import type { PackedEntries } from '../../core/store/packed-entries.js';
import type { Group, Store } from '../../core/store/store.js';
import type { Batch } from '../batch.js';
import type { Journal } from './journal.js';
import type { SlabStore } from './slab/slab-store.js';

/**
 * A store in memory whose every change is recorded in the journal. Calls that change nothing are not recorded: it saves the
 * disk work of repeated acknowledgements, and for rows a snapshot that is taken meanwhile relies on it (see snapshot.ts).
 */
export class JournaledStore implements Store {
  readonly copiesBytes = true;

  constructor(
    private readonly group: Group,
    private readonly memory: SlabStore,
    private readonly journal: Journal,
  ) {}

  get vector(): Readonly<VersionVector> {
    return this.memory.vector;
  }

  get(key: Bytes): Entry | undefined {
    return this.memory.get(key);
  }

  write(entry: Entry): void {
    const { records } = this.journal;
    if (this.accepts(entry.origin, entry.seq)) records.write(this.group, entry);
    else {
      records.put(this.group, entry);
      records.advance(this.group, entry.origin, entry.seq);
    }
    this.memory.write(entry);
    this.journal.recorded();
  }

  touch(entry: TouchedEntry): void {
    const { origin, seq } = entry.touch;
    const { records } = this.journal;
    if (this.accepts(origin, seq)) records.touch(this.group, entry);
    else {
      records.put(this.group, entry);
      records.advance(this.group, origin, seq);
    }
    this.memory.touch(entry);
    this.journal.recorded();
  }

  /** See Engine. */
  perform(batch: Batch, reservation: Reservation): number {
    const writes = this.memory.perform(batch, reservation);
    if (writes > 0) {
      this.journal.records.writes(this.group, reservation, writes, this.memory.written);
      this.journal.recorded();
    }
    return writes;
  }

  put(entry: Entry): void {
    this.journal.records.put(this.group, entry);
    this.memory.put(entry);
    this.journal.recorded();
  }

  putIfAfter(entry: Entry): boolean {
    // A replay puts what the record says, whatever the key has then.
    const put = entry.touch === undefined ? entry : joined(entry, this.memory.get(entry.key));
    if (!this.memory.putIfAfter(put)) return false;
    this.journal.records.put(this.group, put);
    this.journal.recorded();
    return true;
  }

  /** Recorded as they came, as a range is. */
  takePacked(entries: PackedEntries): Hlc {
    this.journal.records.entries(this.group, entries);
    const greatest = this.memory.takePacked(entries);
    this.journal.recorded();
    return greatest;
  }

  drop(key: Bytes): void {
    if (!this.memory.has(key)) return;
    this.journal.records.drop(this.group, key);
    this.memory.drop(key);
    this.journal.recorded();
  }

  /** Recorded as it came: what of it changes nothing now, changes nothing in a replay either (see snapshot.ts). */
  receive(range: Range, changed: Entry[] | null): Hlc {
    this.journal.records.range(this.group, range);
    const greatest = this.memory.receive(range, changed);
    this.journal.recorded();
    return greatest;
  }

  lacksValuesOf(range: Range): boolean {
    return this.memory.lacksValuesOf(range);
  }

  packRange(origin: Origin, from: number, upto: number, bytesMax: number, packer: EntryPacker): number | null {
    return this.memory.packRange(origin, from, upto, bytesMax, packer);
  }

  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[] {
    return this.memory.rows(origin, after, upto, limit);
  }

  floor(origin: Origin): number {
    return this.memory.floor(origin);
  }

  trim(origin: Origin, upto: number): void {
    if (upto <= this.memory.floor(origin)) return;
    this.journal.records.trim(this.group, origin, upto);
    this.memory.trim(origin, upto);
    this.journal.recorded();
  }

  adopt(vector: VectorData): void {
    this.journal.records.adopt(this.group, vector);
    this.memory.adopt(vector);
    this.journal.recorded();
  }

  retire(replica: ReplicaId, boot: number): void {
    if (boot <= (this.vector.floors.get(replica) ?? 0) && !this.hasLogOf(replica, boot)) return;
    this.journal.records.retire(this.group, replica, boot);
    this.memory.retire(replica, boot);
    this.journal.recorded();
  }

  bucket(index: number): Entry[] {
    return this.memory.bucket(index);
  }

  pack(index: number, packer: EntryPacker): void {
    this.memory.pack(index, packer);
  }

  bucketHasGarbage(index: number, nowMs: number): boolean {
    return this.memory.bucketHasGarbage(index, nowMs);
  }

  garbage(index: number, nowMs: number): Entry[] {
    return this.memory.garbage(index, nowMs);
  }

  digest(index: number, nowMs: number): number {
    return this.memory.digest(index, nowMs);
  }

  endingCount(database: number): number {
    return this.memory.endingCount(database);
  }

  countExpired(from: number, upto: number, nowMs: number, expired: number[]): void {
    this.memory.countExpired(from, upto, nowMs, expired);
  }

  liveCount(database?: number): number {
    return this.memory.liveCount(database);
  }

  get tombstoneCount(): number {
    return this.memory.tombstoneCount;
  }

  get logRowCount(): number {
    return this.memory.logRowCount;
  }

  logRowCountOf(origin: Origin): number {
    return this.memory.logRowCountOf(origin);
  }

  get byteCount(): number {
    return this.memory.byteCount;
  }

  get stubCount(): number {
    return this.memory.stubCount;
  }

  get stubBytes(): number {
    return this.memory.stubBytes;
  }

  stubs(index: number): Entry[] {
    return this.memory.stubs(index);
  }

  get memoryBytes(): number {
    return this.memory.memoryBytes;
  }

  victim(policy: VictimPolicy, random: () => number): Entry | undefined {
    return this.memory.victim(policy, random);
  }

  noteUses(): void {
    this.memory.noteUses();
  }

  used(key: Bytes): void {
    this.memory.used(key);
  }

  private accepts(origin: Origin, seq: number): boolean {
    return seq > this.memory.changeLog.last(origin);
  }

  private hasLogOf(replica: ReplicaId, belowBoot: number): boolean {
    return this.memory.changeLog.list().some((origin) => replicaOf(origin) === replica && bootOf(origin) < belowBoot);
  }
}
