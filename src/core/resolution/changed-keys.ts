import { bytesToId, idToBytes } from '../model/bytes.js';
import { type Entry, overrides } from '../model/entry.js';
import { isSameVersion } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import { EntryUnpacker } from '../store/entry-unpacker.js';
import { RowBatch } from '../store/row-batch.js';
import type { Store } from '../store/store.js';
import { currentOf } from './live-parts.js';

/** The keys that an island changed, by their ids. An entry is made when it is asked for. */
export interface ChangedKeys {
  keys(): Iterable<string>;
  has(id: string): boolean;
  /** undefined: not changed, or gone meanwhile. */
  get(id: string): Entry | undefined;
}

/**
 * What was read of another island: packed as it came, with a place for each key. There may be as much as the island has changed, and a
 * plan looks at one entry after the other: objects for all of them would cost more than the rest of the plan.
 */
export class StagedEntries implements ChangedKeys {
  private readonly chunks: EntryUnpacker[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly chunkOf: number[] = [];
  private readonly placeOf: number[] = [];

  /** Take in the rows of a range that are wanted, and greater than what is here. `range` may be used anew afterwards. */
  add({ rows }: Range, isWanted: (entry: Entry) => boolean): void {
    const packed = { ...rows, words: rows.words.slice() };
    const looked = new EntryUnpacker(packed, true);
    const batch = new RowBatch();
    const chunk = this.chunks.push(new EntryUnpacker(packed, false, true)) - 1;
    while (looked.read(0, batch)) {
      for (let i = 0; i < batch.count; i++) {
        const place = batch.places[i]!;
        const entry = looked.rowEntry(place);
        if (entry !== null && isWanted(entry)) this.put(entry, chunk, place);
      }
    }
  }

  keys(): Iterable<string> {
    return this.indexes.keys();
  }

  has(id: string): boolean {
    return this.indexes.has(id);
  }

  get(id: string): Entry | undefined {
    const index = this.indexes.get(id);
    return index === undefined ? undefined : this.entryAt(index);
  }

  private put(entry: Entry, chunk: number, place: number): void {
    const id = bytesToId(entry.key);
    const index = this.indexes.get(id) ?? this.chunkOf.length;
    if (index === this.chunkOf.length) this.indexes.set(id, index);
    else {
      const staged = this.entryAt(index);
      if (!overrides(entry, staged) && !isRicher(entry, staged)) return;
    }
    this.chunkOf[index] = chunk;
    this.placeOf[index] = place;
  }

  /** Only entries that exist were put. */
  private entryAt(index: number): Entry {
    return this.chunks[this.chunkOf[index]!]!.rowEntry(this.placeOf[index]!)!;
  }
}

/**
 * The keys that this node's island changed. Clients write meanwhile: either version of a key that is written again may be met, which
 * makes no difference, since a plan never shows the very moment at which it is carried out.
 */
export class OwnChanges implements ChangedKeys {
  private readonly ids = new Set<string>();

  constructor(private readonly store: Store) {}

  add(id: string): void {
    this.ids.add(id);
  }

  keys(): Iterable<string> {
    return this.ids;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  get(id: string): Entry | undefined {
    return this.ids.has(id) ? currentOf(this.store, idToBytes(id)) : undefined;
  }
}

/** The same write, and its value, which was evicted where it was read before. */
function isRicher(entry: Entry, staged: Entry): boolean {
  return staged.evicted === true && isSameVersion(entry, staged);
}
