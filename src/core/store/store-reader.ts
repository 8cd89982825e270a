import type { Bytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { VersionVector } from '../model/vector.js';
import type { Origin } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import type { LogRow } from './change-log.js';
import type { EntryPacker } from './entry-packer.js';
import type { Owners } from './owners.js';

/** What a store holds: its entries by key and by bucket, and its change log. See Store for its guarantees. */
export interface StoreReader {
  get(key: Bytes): Entry | undefined;
  /** Which keys have parts. */
  readonly owners: Owners;
  bucket(index: number): Entry[];
  /** The entries of a bucket too, for who needs no objects. */
  pack(index: number, packer: EntryPacker): void;
  /** The tombstones of a bucket, and its entries whose expiry is at or before `nowMs`. The others are not even read. */
  garbage(index: number, nowMs: number): Entry[];
  /** The stubs of a bucket. The others are not even read. */
  stubs(index: number): Entry[];

  /** Read-only for callers: changed by write, touch, receive, adopt and retire alone. */
  readonly vector: Readonly<VersionVector>;
  /** Up to `limit` rows with `after < seq <= upto`, ascending. */
  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[];
  /** The highest trimmed sequence number of an origin; 0 if none. */
  floor(origin: Origin): number;
  /**
   * Pack the rows of a range from `from` to `upto`, each with the current entry of its key (R5), until they take `bytesMax`.
   * Returns where it ends: at `upto`, or earlier, and then at the end of a block (see ChangeLog) with rows in it, or, where values are
   * large, behind the last of some rows of a block of which none was replaced: whoever has these has all up to there. null: the rows up
   * to the end of the block take more than RANGE_BYTES_MAX.
   */
  packRange(origin: Origin, from: number, upto: number, bytesMax: number, packer: EntryPacker): number | null;
  /**
   * Whether values that the giver of a range took for known are not here: of an entry that has expired, say, and was collected, and that
   * somebody has touched in time. Such a range must not be taken in.
   */
  lacksValuesOf(range: Range): boolean;
}
