import type { Bytes } from '../model/bytes.js';
import type { Entry, Touch, ValueType } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import type { VersionVector } from '../model/vector.js';
import type { Origin } from '../model/version.js';
import {
  bytesOf,
  COLLECTED_LENGTH,
  FLAG,
  HEAD_WORDS_MAX,
  KEPT_LENGTH,
  ORIGIN_SHIFT,
  type PackedEntries,
  putWhole,
  STUB_LENGTH,
  TOMBSTONE_LENGTH,
  uninitialized,
  wordsFor,
} from './packed-entries.js';

/** Packs entries into pieces. A piece is closed when it holds `pieceBytes`, so it is at most one entry longer. */
export class EntryPacker {
  /** The piece that is being filled; after each {@link open} it may be another array. */
  words: Int32Array = NONE;
  /** The same memory. */
  bytes: Buffer = NO_BYTES;
  /** What the receiver has on its disk: of a value in it a touch is packed without the value. null: nothing is known of it. */
  known: Readonly<VersionVector> | null = null;
  /** Touched entries since the latest {@link take}. */
  touchedCount = 0;
  private end = 0;
  private count = 0;
  private origins: Origin[] = [];
  private recent: Origin = '';
  private recentNumber = -1;
  private pieces: PackedEntries[] = [];
  private closedWords = 0;
  /** Memory of pieces that nobody needs any more: memory that was used before costs less than new one. */
  private readonly spares: Int32Array[] = [];

  constructor(private readonly pieceBytes: number) {}

  /** Of all that was packed since the latest {@link take}. */
  get byteCount(): number {
    return (this.closedWords + this.end) * 4;
  }

  /** Likewise. */
  get entryCount(): number {
    return this.pieces.reduce((sum, { count }) => sum + count, this.count);
  }

  /** A row of a range of `origin`, with the entry of its key; null: it was collected. */
  addRow(origin: Origin, seq: number, key: Bytes, entry: Entry | null): void {
    if (entry !== null) return this.add(entry, rowNumber(seq, origin, entry.seq, entry.origin));
    const word = this.open(origin, seq, 0, 0, undefined, key.length, COLLECTED_LENGTH);
    this.bytes.set(key, 4 * word);
  }

  /** `row`: as for {@link open}. */
  add({ key, value, origin, seq, hlc, expiryMs, type, evicted, touch }: Entry, row = 0): void {
    const missing = evicted === true ? STUB_LENGTH : TOMBSTONE_LENGTH;
    const length = value === null ? missing : this.lengthOf(value.length, origin, seq, touch);
    const word = this.open(origin, seq, hlc, expiryMs, length < 0 ? undefined : type, key.length, length, row, touch);
    this.bytes.set(key, 4 * word);
    if (value !== null && length > 0) this.bytes.set(value, 4 * (word + wordsFor(key.length)));
  }

  /** What is packed of a value: nothing where it was touched and the receiver has it, who then has the touched entry or a greater one (R3). */
  lengthOf(valueLength: number, origin: Origin, seq: number, touch: Touch | undefined): number {
    return touch !== undefined && this.known?.covers(origin, seq) === true ? KEPT_LENGTH : valueLength;
  }

  /**
   * Begin an entry. Returns the index in `words` where the caller has to put the key and, from the next whole word on, the
   * value, with zeros for the bytes that their last words have left. `valueLength`: may be one of a value that is not there.
   * `row`: the number of the row that the entry is of, if that is another than the entry's own.
   */
  open(
    origin: Origin,
    seq: number,
    hlc: Hlc,
    expiryMs: number,
    type: ValueType | undefined,
    keyLength: number,
    valueLength: number,
    row = 0,
    touch?: Touch,
  ): number {
    if (4 * this.end >= this.pieceBytes) this.close();
    const contentWords = wordsFor(keyLength) + wordsFor(Math.max(0, valueLength));
    this.makeRoom(HEAD_WORDS_MAX + contentWords);
    const { words } = this;
    let at = this.end;
    const missing = valueLength >= 0 ? 0 : MISSING_FLAGS[-valueLength]!;
    const typed = type === undefined ? 0 : FLAG.typed;
    const other = (row === 0 ? 0 : FLAG.otherWrite) | (touch === undefined ? 0 : FLAG.touched);
    const flags = missing | (expiryMs === 0 ? 0 : FLAG.expires) | typed | other;
    words[at] = flags | (this.numberOf(origin) << ORIGIN_SHIFT);
    words[at + 1] = keyLength;
    words[at + 2] = Math.max(0, valueLength);
    at = putWhole(words, at + 3, hlc);
    at = putWhole(words, at, seq);
    if (expiryMs !== 0) at = putWhole(words, at, expiryMs);
    if (type !== undefined) words[at++] = type;
    if (touch !== undefined) at = this.putTouch(at, touch);
    if (row !== 0) at = putWhole(words, at, row);
    if (keyLength > 0) words[at + wordsFor(keyLength) - 1] = 0;
    if (valueLength > 0) words[at + contentWords - 1] = 0;
    this.end = at + contentWords;
    this.count++;
    return at;
  }

  private putTouch(at: number, { hlc, origin, seq }: Touch): number {
    this.touchedCount++;
    this.words[at] = this.numberOf(origin);
    return putWhole(this.words, putWhole(this.words, at + 1, hlc), seq);
  }

  /** The number that the origin has in the next entry. */
  nextNumberOf(origin: Origin): number {
    if (4 * this.end >= this.pieceBytes) this.close();
    const known = this.origins.indexOf(origin);
    return known === -1 ? this.origins.length : known;
  }

  /** Adds entries of an origin that are packed already, under its next number. They are copied. */
  addPacked(origin: Origin, words: Int32Array, count: number): void {
    this.numberOf(origin);
    this.makeRoom(words.length);
    this.words.set(words, this.end);
    this.end += words.length;
    this.count += count;
  }

  /** All that was packed, in order: one piece at least, which may be empty. */
  take(): PackedEntries[] {
    this.close();
    const taken = this.pieces;
    this.pieces = [];
    this.closedWords = 0;
    this.touchedCount = 0;
    return taken;
  }

  /** A piece that this packer gave is not needed any more. */
  recycle({ words }: PackedEntries): void {
    const memory = new Int32Array(words.buffer);
    if (memory.length === this.firstWords) this.spares.push(memory);
  }

  private close(): void {
    const { count, origins, words, end } = this;
    this.pieces.push({ count, origins, words: words.subarray(0, end) });
    this.closedWords += end;
    this.end = this.count = 0;
    this.origins = [];
    this.recent = '';
    this.words = NONE;
    this.bytes = NO_BYTES;
  }

  private makeRoom(wanted: number): void {
    if (this.end + wanted <= this.words.length) return;
    const { firstWords } = this;
    const isFirst = this.words.length === 0 && wanted <= firstWords;
    const spare = isFirst ? this.spares.pop() : undefined;
    const grown = spare ?? uninitialized(isFirst ? firstWords : Math.max(this.end + wanted, 2 * this.words.length));
    grown.set(this.words.subarray(0, this.end));
    this.words = grown;
    this.bytes = bytesOf(grown);
  }

  /** A piece starts with room for itself. */
  private get firstWords(): number {
    return Math.min(FIRST_WORDS_MAX, Math.ceil((this.pieceBytes / 4) * 1.1));
  }

  private numberOf(origin: Origin): number {
    if (origin === this.recent) return this.recentNumber;
    const known = this.origins.indexOf(origin);
    this.recentNumber = known === -1 ? this.origins.push(origin) - 1 : known;
    this.recent = origin;
    return this.recentNumber;
  }
}

/** The number of a row of `origin` as it is packed: 0 if it is that of its entry. */
export function rowNumber(seq: number, origin: Origin, entrySeq: number, entryOrigin: Origin): number {
  return entrySeq === seq && entryOrigin === origin ? 0 : seq;
}

// ---

/** By lengths of values that are not there, less their sign. */
const MISSING_FLAGS = [0, FLAG.tombstone, FLAG.evicted, FLAG.collected, FLAG.evicted | FLAG.kept] as const;

const FIRST_WORDS_MAX = 1 << 18;

const NONE = new Int32Array(0);
const NO_BYTES = Buffer.alloc(0);
