import type { Bytes } from '../../core/model/bytes.js';
import type { Entry } from '../../core/model/entry.js';
import { HLC_LAST, type Hlc } from '../../core/model/hlc.js';
import type { Range } from '../../core/replication/messages.js';
import { EntryPacker } from '../../core/store/entry-packer.js';
import { EntryUnpacker } from '../../core/store/entry-unpacker.js';
import { greatestHlcOf, type PackedEntries } from '../../core/store/packed-entries.js';
import { rowsOf } from '../../core/store/ranges.js';
import type { Store } from '../../core/store/store.js';

const KEYS_TOLD = 5;

/**
 * Entries stamped at the very end of the hybrid clock, as a broken clock or a flipped bit stamps them. Nothing could ever be
 * written over them, and no later write could be made: they are left out of a directory as it is opened, and their keys are
 * gone, on each node that has taken them in.
 */
export class FarTimes {
  private count = 0;
  private readonly keys: string[] = [];

  has(hlc: Hlc): boolean {
    return hlc > HLC_LAST;
  }

  /** Leaves the entry out, if it is one. Returns whether. */
  leavesOut(store: Store, { key, hlc, touch }: Pick<Entry, 'key' | 'hlc' | 'touch'>): boolean {
    if (!this.has(Math.max(hlc, touch?.hlc ?? 0))) return false;
    this.forget(store, key);
    return true;
  }

  range(store: Store, range: Range): Range {
    if (!this.has(greatestHlcOf(range.rows))) return range;
    const packer = new EntryPacker(Number.POSITIVE_INFINITY);
    for (const { seq, key, entry } of rowsOf(range)) {
      const isLeftOut = entry !== null && this.leavesOut(store, entry);
      packer.addRow(range.origin, seq, key, isLeftOut ? null : entry);
    }
    return { ...range, rows: packer.take()[0]! };
  }

  entries(store: Store, packed: PackedEntries): PackedEntries {
    if (!this.has(greatestHlcOf(packed))) return packed;
    const packer = new EntryPacker(Number.POSITIVE_INFINITY);
    const unpacker = new EntryUnpacker(packed);
    for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) {
      if (!this.leavesOut(store, entry)) packer.add(entry);
    }
    return packer.take()[0]!;
  }

  /** What to tell of it; null: nothing. */
  get note(): string | null {
    if (this.count === 0) return null;
    const more = this.count > this.keys.length ? ', …' : '';
    return `left out ${this.count} entries whose time is at the end of the clock, their keys are gone: ${this.keys.join(', ')}${more}`;
  }

  private forget(store: Store, key: Bytes): void {
    store.drop(key);
    this.count++;
    // The first byte of a client's key is the number of its database.
    if (this.keys.length < KEYS_TOLD) this.keys.push(JSON.stringify(Buffer.from(key.subarray(1)).toString()));
  }
}
