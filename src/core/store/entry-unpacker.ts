import type { Bytes } from '../model/bytes.js';
import { asValueType, type Entry, stubOf, type Touch, touched, typedEntry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import type { Origin } from '../model/version.js';
import {
  bytesOf,
  FLAG,
  headWords,
  ORIGIN_SHIFT,
  type PackedEntries,
  rowSeqAt,
  touchAt,
  typeAt,
  uninitialized,
  wholeAt,
  wordsFor,
} from './packed-entries.js';
import { BATCH_ROWS, type RowBatch } from './row-batch.js';

/** Goes through packed entries that are whole, see {@link faultOf}. */
export class EntryUnpacker {
  private at = 0;
  private left: number;
  private readonly bytes: Buffer;
  private readonly transient = {
    key: NO_BYTES as Bytes,
    value: null as Bytes | null,
    hlc: 0,
    origin: '',
    seq: 0,
    expiryMs: 0,
  };

  /**
   * `areTransient`: an entry with its key and value is good only until the next one is asked for; else it is a copy, or (`areViews`) good as
   * long as the packed entries are.
   */
  constructor(
    private readonly packed: PackedEntries,
    private readonly areTransient = false,
    private readonly areViews = false,
  ) {
    this.left = packed.count;
    this.bytes = bytesOf(packed.words);
  }

  /** The next entry; null: there are no more. */
  next(): Entry | null {
    if (this.left === 0) return null;
    const { at } = this;
    this.skip();
    return this.entryAt(at);
  }

  /**
   * Fills the batch with the next rows above `after`. Returns whether there were any. Their keys are good as long as the packed
   * entries are.
   */
  read(after: number, batch: RowBatch): boolean {
    const { words } = this.packed;
    batch.count = 0;
    batch.keys = this.bytes;
    while (this.left > 0 && batch.count < BATCH_ROWS) {
      const { at } = this;
      const keyAt = at + headWords(words[at]!);
      this.skip();
      const seq = rowSeqAt(words, at, keyAt);
      if (seq <= after) continue;
      const i = batch.count++;
      batch.seqs[i] = seq;
      batch.starts[i] = 4 * keyAt;
      batch.ends[i] = 4 * keyAt + words[at + 1]!;
      batch.places[i] = at;
    }
    return batch.count > 0;
  }

  /** The entry at a place in a batch; null: it was collected. */
  rowEntry(place: number): Entry | null {
    return (this.packed.words[place]! & FLAG.collected) === 0 ? this.entryAt(place) : null;
  }

  /** Of the entry at a place in a batch: whether its value was left out since the receiver has it. */
  isKept(place: number): boolean {
    return (this.packed.words[place]! & FLAG.kept) !== 0;
  }

  private skip(): void {
    const { words } = this.packed;
    const { at } = this;
    this.left--;
    this.at = at + headWords(words[at]!) + wordsFor(words[at + 1]!) + wordsFor(words[at + 2]!);
  }

  private entryAt(at: number): Entry {
    const { words, origins } = this.packed;
    const head = words[at]!;
    const keyAt = at + headWords(head);
    const valueAt = keyAt + wordsFor(words[at + 1]!);
    const key = this.bytesAt(keyAt, words[at + 1]!, KEYS);
    const hasValue = (head & (FLAG.tombstone | FLAG.evicted)) === 0;
    const value = hasValue ? this.bytesAt(valueAt, words[at + 2]!, VALUES) : null;
    const hlc = wholeAt(words, at + 3);
    const origin = origins[head >>> ORIGIN_SHIFT]!;
    const seq = wholeAt(words, at + 5);
    const expiryMs = (head & FLAG.expires) === 0 ? 0 : wholeAt(words, at + 7);
    if (this.areTransient && (head & (FLAG.evicted | FLAG.typed | FLAG.touched)) === 0)
      return this.fill(key, value, hlc, origin, seq, expiryMs);
    // Written out: copies of an object by spread are slow to make, and code that met them was compiled again and again.
    const plain: Entry = { key, value, hlc, origin, seq, expiryMs };
    if ((head & (FLAG.evicted | FLAG.typed | FLAG.touched)) === 0) return plain;
    const typed = (head & FLAG.typed) === 0 ? plain : typedEntry(plain, asValueType(words[typeAt(head, keyAt)]!));
    const entry = (head & FLAG.evicted) === 0 ? typed : stubOf(plain);
    return (head & FLAG.touched) === 0 ? entry : touched(entry, this.touchOf(touchAt(head, keyAt)), expiryMs);
  }

  private touchOf(at: number): Touch {
    const { words, origins } = this.packed;
    return { origin: origins[words[at]!]!, hlc: wholeAt(words, at + 1), seq: wholeAt(words, at + 3) };
  }

  private fill(key: Bytes, value: Bytes | null, hlc: Hlc, origin: Origin, seq: number, expiryMs: number): Entry {
    const { transient } = this;
    transient.key = key;
    transient.value = value;
    transient.hlc = hlc;
    transient.origin = origin;
    transient.seq = seq;
    transient.expiryMs = expiryMs;
    return transient;
  }

  /** Short transient ones are copied into one buffer for each length, which costs less than a view. */
  private bytesAt(word: number, length: number, scratch: Scratch): Bytes {
    if (this.areViews) return this.bytes.subarray(4 * word, 4 * word + length);
    if (!this.areTransient) return Buffer.from(this.bytes.subarray(4 * word, 4 * word + length));
    if (length > SCRATCH_BYTES_MAX) return this.bytes.subarray(4 * word, 4 * word + length);
    const { words } = this.packed;
    const { words: copy, views } = scratch;
    for (let i = wordsFor(length) - 1; i >= 0; i--) copy[i] = words[word + i]!;
    views[length] ??= bytesOf(copy).subarray(0, length);
    return views[length];
  }
}

// ---

/** One piece of memory, and its first bytes as views by their number. */
interface Scratch {
  readonly words: Int32Array;
  readonly views: Buffer[];
}

const NO_BYTES = Buffer.alloc(0);
const SCRATCH_BYTES_MAX = 512;
const KEYS: Scratch = { words: uninitialized(SCRATCH_BYTES_MAX / 4), views: [] };
const VALUES: Scratch = { words: uninitialized(SCRATCH_BYTES_MAX / 4), views: [] };
