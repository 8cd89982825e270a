import { ChangeLog, type LogRow } from './change-log.js';
import type { Entry } from './entry.js';
import type { EntryPacker } from './packed-entries.js';
import { type VectorData, VersionVector } from './vector.js';
import { bootOf, type Origin, type ReplicaId, replicaOf } from './version.js';

/** The half of a store that is the same wherever the entries are kept: its vector and its change log. */
export abstract class LoggedStore {
  readonly vector = new VersionVector();
  protected readonly log = new ChangeLog();

  abstract bucket(index: number): Entry[];

  pack(index: number, packer: EntryPacker): void {
    for (const entry of this.bucket(index)) packer.add(entry);
  }

  advance(origin: Origin, seq: number): void {
    this.vector.advance(origin, seq);
  }

  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[] {
    return this.log.rows(origin, after, upto, limit);
  }

  floor(origin: Origin): number {
    return this.log.floor(origin);
  }

  trim(origin: Origin, upto: number): void {
    this.log.trim(origin, upto);
  }

  adopt(data: VectorData): void {
    const vector = VersionVector.from(data);
    for (const [origin, seq] of vector.seqs) if (!this.vector.covers(origin, seq)) this.log.trim(origin, seq);
    for (const [replica, boot] of vector.floors) this.retire(replica, boot);
    this.vector.merge(vector);
  }

  retire(replica: ReplicaId, boot: number): void {
    this.vector.retire(replica, boot);
    for (const origin of this.log.list()) {
      if (replicaOf(origin) === replica && bootOf(origin) < boot) this.log.remove(origin);
    }
  }

  get logRowCount(): number {
    return this.log.length;
  }

  logRowCountOf(origin: Origin): number {
    return this.log.lengthOf(origin);
  }

  /** For engines that write the log into a snapshot of their own. */
  get changeLog(): ChangeLog {
    return this.log;
  }
}
