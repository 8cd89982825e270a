import type { Bytes } from '../../core/model/bytes.js';
import { type Entry, joined, type TouchedEntry } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { VectorData } from '../../core/model/vector.js';
import { bootOf, type Origin, type ReplicaId, replicaOf } from '../../core/model/version.js';
import type { Range } from '../../core/replication/messages.js';
import type { Reservation } from '../../core/replication/numbering.js';
import { ForwardingStore } from '../../core/store/forwarding-store.js';
import type { PackedEntries } from '../../core/store/packed-entries.js';
import type { Group, Store } from '../../core/store/store.js';
import type { Batch } from '../batch.js';
import type { Journal } from './journal.js';
import type { SlabStore } from './slab/slab-store.js';

/**
 * A store in memory whose every change is recorded in the journal. Calls that change nothing are not recorded: it saves the
 * disk work of repeated acknowledgements, and for rows a snapshot that is taken meanwhile relies on it (see snapshot.ts).
 */
export class JournaledStore extends ForwardingStore implements Store {
  constructor(
    private readonly group: Group,
    protected readonly inner: SlabStore,
    private readonly journal: Journal,
  ) {
    super();
  }

  write(entry: Entry): void {
    const { records } = this.journal;
    if (this.accepts(entry.origin, entry.seq)) records.write(this.group, entry);
    else {
      records.put(this.group, entry);
      records.advance(this.group, entry.origin, entry.seq);
    }
    this.inner.write(entry);
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
    this.inner.touch(entry);
    this.journal.recorded();
  }

  /** See Engine. */
  perform(batch: Batch, reservation: Reservation): number {
    const writes = this.inner.perform(batch, reservation);
    if (writes > 0) {
      this.journal.records.writes(this.group, reservation, writes, this.inner.written);
      this.journal.recorded();
    }
    return writes;
  }

  put(entry: Entry): void {
    this.journal.records.put(this.group, entry);
    this.inner.put(entry);
    this.journal.recorded();
  }

  putIfAfter(entry: Entry): boolean {
    // A replay puts what the record says, whatever the key has then.
    const put = entry.touch === undefined ? entry : joined(entry, this.inner.get(entry.key));
    if (!this.inner.putIfAfter(put)) return false;
    this.journal.records.put(this.group, put);
    this.journal.recorded();
    return true;
  }

  /** Recorded as they came, as a range is. */
  takePacked(entries: PackedEntries): Hlc {
    this.journal.records.entries(this.group, entries);
    const greatest = this.inner.takePacked(entries);
    this.journal.recorded();
    return greatest;
  }

  drop(key: Bytes): void {
    if (!this.inner.has(key)) return;
    this.journal.records.drop(this.group, key);
    this.inner.drop(key);
    this.journal.recorded();
  }

  /** Recorded as it came: what of it changes nothing now, changes nothing in a replay either (see snapshot.ts). */
  receive(range: Range, changed: Entry[] | null): Hlc {
    this.journal.records.range(this.group, range);
    const greatest = this.inner.receive(range, changed);
    this.journal.recorded();
    return greatest;
  }

  trim(origin: Origin, upto: number): void {
    if (upto <= this.inner.floor(origin)) return;
    this.journal.records.trim(this.group, origin, upto);
    this.inner.trim(origin, upto);
    this.journal.recorded();
  }

  adopt(vector: VectorData): void {
    this.journal.records.adopt(this.group, vector);
    this.inner.adopt(vector);
    this.journal.recorded();
  }

  disclaim(): void {
    this.journal.records.disclaim(this.group);
    this.inner.disclaim();
    this.journal.recorded();
  }

  retire(replica: ReplicaId, boot: number): void {
    if (boot <= (this.vector.floors.get(replica) ?? 0) && !this.hasLogOf(replica, boot)) return;
    this.journal.records.retire(this.group, replica, boot);
    this.inner.retire(replica, boot);
    this.journal.recorded();
  }

  private accepts(origin: Origin, seq: number): boolean {
    return seq > this.inner.changeLog.last(origin);
  }

  private hasLogOf(replica: ReplicaId, belowBoot: number): boolean {
    return this.inner.changeLog.list().some((origin) => replicaOf(origin) === replica && bootOf(origin) < belowBoot);
  }
}
