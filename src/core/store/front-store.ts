import { type Entry, joined, overrides, type TouchedEntry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { lastHlcOf } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import { EntryUnpacker } from './entry-unpacker.js';
import { ForwardingStore } from './forwarding-store.js';
import type { PackedEntries } from './packed-entries.js';
import { RowBatch } from './row-batch.js';

/** A store that stands in front of another one and does something of its own when an entry changes. */
export abstract class FrontStore extends ForwardingStore {
  abstract write(entry: Entry): void;
  abstract touch(entry: TouchedEntry): void;
  abstract put(entry: Entry): void;

  putIfAfter(entry: Entry): boolean {
    const current = this.inner.get(entry.key);
    if (!overrides(entry, current)) {
      this.lost(entry, current!);
      return false;
    }
    this.put(joined(entry, current));
    return true;
  }

  takePacked(entries: PackedEntries): Hlc {
    const unpacker = new EntryUnpacker(entries);
    let greatest = 0;
    for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) {
      greatest = Math.max(greatest, lastHlcOf(entry));
      this.putIfAfter(entry);
    }
    return greatest;
  }

  /** An entry came in, and what is here stands. */
  protected lost(_entry: Entry, _to: Entry): void {}

  /**
   * Calls `tell` with each entry of a range that would replace one, as the store is now, and with that one. They are good until
   * `tell` returns.
   */
  protected eachChange({ origin, rows }: Range, tell: (entry: Entry, current: Entry | undefined) => void): void {
    const after = this.inner.vector.get(origin);
    const batch = new RowBatch();
    const unpacker = new EntryUnpacker(rows, true);
    while (unpacker.read(after, batch)) {
      for (let i = 0; i < batch.count; i++) {
        const entry = unpacker.rowEntry(batch.places[i]!);
        const current = entry === null ? undefined : this.inner.get(entry.key);
        if (entry === null) continue;
        if (overrides(entry, current)) tell(entry, current);
        else this.lost(entry, current!);
      }
    }
  }
}
