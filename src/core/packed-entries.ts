import type { Bytes } from './bytes.js';
import { asValueType, type Entry, stubOf, typedEntry, type ValueType } from './entry.js';
import type { Hlc } from './hlc.js';
import type { Origin } from './version.js';

/**
 * Entries in one piece of memory, as a snapshot carries them from store to store: a million of them need no objects. Each is,
 * in words of 32 bits,
 *
 *     flags (8 bits), number of the origin (24) · length of the key · length of the value, 0 if there is none
 *     low half of the HLC · its high half · low half of the sequence number · its high half
 *     [low half of the expiry · its high half] · [type] · key, up to 3 zeros · value, up to 3 zeros
 *
 * in the byte order of the machine, which the nodes of a cluster share: it is little-endian on all but the rarest.
 */
export interface PackedEntries {
  readonly count: number;
  readonly origins: readonly Origin[];
  readonly words: Int32Array;
}

/** Lengths of values that are not there: deleted, or evicted. */
export const TOMBSTONE_LENGTH = -1;
export const STUB_LENGTH = -2;

/** Packs entries into pieces. A piece is closed when it holds `pieceBytes`, so it is at most one entry longer. */
export class EntryPacker {
  /** The piece that is being filled; after each {@link open} it may be another array. */
  words: Int32Array = NONE;
  /** The same memory. */
  bytes: Buffer = NO_BYTES;
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

  add({ key, value, origin, seq, hlc, expiryMs, type, evicted }: Entry): void {
    const missing = evicted === true ? STUB_LENGTH : TOMBSTONE_LENGTH;
    const word = this.open(origin, seq, hlc, expiryMs, type, key.length, value === null ? missing : value.length);
    this.bytes.set(key, 4 * word);
    if (value !== null) this.bytes.set(value, 4 * (word + wordsFor(key.length)));
  }

  /**
   * Begin an entry. Gives the index in `words` where the caller has to put the key and, from the next whole word on, the
   * value, with zeros for the bytes that their last words have left. `valueLength`: may be TOMBSTONE_LENGTH or STUB_LENGTH.
   */
  open(
    origin: Origin,
    seq: number,
    hlc: Hlc,
    expiryMs: number,
    type: ValueType | undefined,
    keyLength: number,
    valueLength: number,
  ): number {
    if (4 * this.end >= this.pieceBytes) this.close();
    const contentWords = wordsFor(keyLength) + wordsFor(Math.max(0, valueLength));
    this.makeRoom(HEAD_WORDS_MAX + contentWords);
    const { words } = this;
    let at = this.end;
    const missing = valueLength >= 0 ? 0 : valueLength === STUB_LENGTH ? EVICTED : TOMBSTONE;
    const flags = missing | (expiryMs === 0 ? 0 : EXPIRES) | (type === undefined ? 0 : TYPED);
    words[at] = flags | (this.numberOf(origin) << ORIGIN_SHIFT);
    words[at + 1] = keyLength;
    words[at + 2] = Math.max(0, valueLength);
    at = putWhole(words, at + 3, hlc);
    at = putWhole(words, at, seq);
    if (expiryMs !== 0) at = putWhole(words, at, expiryMs);
    if (type !== undefined) words[at++] = type;
    if (keyLength > 0) words[at + wordsFor(keyLength) - 1] = 0;
    if (valueLength > 0) words[at + contentWords - 1] = 0;
    this.end = at + contentWords;
    this.count++;
    return at;
  }

  /** All that was packed, in order: one piece at least, which may be empty. */
  take(): PackedEntries[] {
    this.close();
    const taken = this.pieces;
    this.pieces = [];
    this.closedWords = 0;
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

  /** `areTransient`: an entry with its key and value is good only until the next one is asked for; else it is a copy. */
  constructor(
    private readonly packed: PackedEntries,
    private readonly areTransient = false,
  ) {
    this.left = packed.count;
    this.bytes = bytesOf(packed.words);
  }

  next(): Entry | null {
    if (this.left === 0) return null;
    this.left--;
    const { words, origins } = this.packed;
    const { at } = this;
    const head = words[at]!;
    const keyAt = at + headWords(head);
    const valueAt = keyAt + wordsFor(words[at + 1]!);
    this.at = valueAt + wordsFor(words[at + 2]!);
    const isTyped = (head & TYPED) !== 0;
    const entry = this.areTransient && !isTyped ? this.transient : { ...this.transient };
    entry.key = this.bytesAt(keyAt, words[at + 1]!, KEYS);
    entry.value = (head & (TOMBSTONE | EVICTED)) === 0 ? this.bytesAt(valueAt, words[at + 2]!, VALUES) : null;
    entry.hlc = wholeAt(words, at + 3);
    entry.origin = origins[head >>> ORIGIN_SHIFT]!;
    entry.seq = wholeAt(words, at + 5);
    entry.expiryMs = (head & EXPIRES) === 0 ? 0 : wholeAt(words, at + 7);
    if ((head & EVICTED) !== 0) return stubOf(entry);
    return isTyped ? typedEntry(entry, asValueType(words[keyAt - 1]!)) : entry;
  }

  /** Short transient ones are copied into one buffer for each length, which costs less than a view. */
  private bytesAt(word: number, length: number, scratch: Scratch): Bytes {
    if (!this.areTransient) return Buffer.from(this.bytes.subarray(4 * word, 4 * word + length));
    if (length > SCRATCH_BYTES_MAX) return this.bytes.subarray(4 * word, 4 * word + length);
    const { words } = this.packed;
    const { words: copy, views } = scratch;
    for (let i = wordsFor(length) - 1; i >= 0; i--) copy[i] = words[word + i]!;
    views[length] ??= bytesOf(copy).subarray(0, length);
    return views[length];
  }
}

/** What is wrong with packed entries that come from elsewhere; null: nothing. */
export function faultOf({ count, origins, words }: PackedEntries): string | null {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const head = words[at] ?? 0;
    const keyAt = at + headWords(head);
    if (keyAt > words.length) return 'a packed entry without an end';
    const flags = head & FLAGS_MASK;
    if ((flags & ~(TOMBSTONE | EXPIRES | TYPED | EVICTED)) !== 0) return `a packed entry with flags ${flags}`;
    if (head >>> ORIGIN_SHIFT >= origins.length) return `origin ${head >>> ORIGIN_SHIFT} of ${origins.length}`;
    const valueLength = words[at + 2]! >>> 0;
    const end = keyAt + wordsFor(words[at + 1]! >>> 0) + wordsFor(valueLength);
    if (end > words.length) return 'a packed entry without an end';
    if ((flags & TOMBSTONE) !== 0 && (flags !== TOMBSTONE || valueLength > 0))
      return 'a tombstone with more than a key';
    if ((flags & EVICTED) !== 0 && ((flags & (TOMBSTONE | TYPED)) !== 0 || valueLength > 0))
      return 'a stub with a value';
    if (!isWhole(words, at + 3)) return 'an HLC over 53 bits';
    if (!isWhole(words, at + 5) || wholeAt(words, at + 5) === 0) return 'an entry without a sequence number';
    if ((flags & EXPIRES) !== 0 && (!isWhole(words, at + 7) || wholeAt(words, at + 7) === 0)) return 'an expiry of 0';
    if ((flags & TYPED) !== 0 && asValueType(words[keyAt - 1]!) === undefined)
      return `a value of type ${words[keyAt - 1]}`;
    at = end;
  }
  return at === words.length ? null : `${words.length - at} words behind the packed entries`;
}

/** The same memory as bytes. */
export function bytesOf(words: Int32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

/** So many words of memory, with whatever is in it. */
export function uninitialized(length: number): Int32Array {
  return new Int32Array(Buffer.allocUnsafeSlow(4 * length).buffer);
}

// ---

const TOMBSTONE = 1;
const EXPIRES = 2;
const TYPED = 4;
const EVICTED = 8;
const FLAGS_MASK = 0xff;
const ORIGIN_SHIFT = 8;
const HEAD_WORDS = 7;
const HEAD_WORDS_MAX = HEAD_WORDS + 3;

const FIRST_WORDS_MAX = 1 << 18;

const NONE = new Int32Array(0);
const NO_BYTES = Buffer.alloc(0);

/** One piece of memory, and its first bytes as views by their number. */
interface Scratch {
  readonly words: Int32Array;
  readonly views: Buffer[];
}

const SCRATCH_BYTES_MAX = 512;
const KEYS: Scratch = { words: new Int32Array(SCRATCH_BYTES_MAX / 4), views: [] };
const VALUES: Scratch = { words: new Int32Array(SCRATCH_BYTES_MAX / 4), views: [] };

function headWords(head: number): number {
  return HEAD_WORDS + ((head & EXPIRES) === 0 ? 0 : 2) + ((head & TYPED) === 0 ? 0 : 1);
}

function wordsFor(bytes: number): number {
  return Math.ceil(bytes / 4);
}

/** Gives the index behind it. */
function putWhole(words: Int32Array, at: number, value: number): number {
  words[at] = value;
  words[at + 1] = value / 2 ** 32;
  return at + 2;
}

function wholeAt(words: Int32Array, at: number): number {
  return words[at + 1]! * 2 ** 32 + (words[at]! >>> 0);
}

function isWhole(words: Int32Array, at: number): boolean {
  return words[at + 1]! >= 0 && words[at + 1]! < 2 ** 21;
}
