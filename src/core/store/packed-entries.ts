import { asValueType } from '../model/entry.js';
import { isExpiry } from '../model/expiry.js';
import type { Hlc } from '../model/hlc.js';
import type { Origin } from '../model/version.js';

/**
 * Entries in one piece of memory, as they travel from store to store: a million of them need no objects. Each is, in words
 * of 32 bits,
 *
 *     flags (8 bits), number of the origin (24) · length of the key · length of the value, 0 if there is none
 *     low half of the HLC · its high half · low half of the sequence number · its high half
 *     [low half of the expiry · its high half] · [type]
 *     [number of the touch's origin · its HLC, two words · its sequence number, two words] · [row's number, two words]
 *     key, up to 3 zeros · value, up to 3 zeros
 *
 * in the byte order of the machine, which the nodes of a cluster share: it is little-endian on all but the rarest.
 *
 * Rows of a range (R5) are the current entries of their keys. The number of a row is that of its entry, unless the key was
 * written since by another write: then it is given. A row whose entry was collected has its own origin and number, an HLC of
 * 0, and no value. In the place of a value that the receiver is known to have goes a stub that is marked as kept: a touch of 16 MiB is
 * as short as one of a byte.
 */
export interface PackedEntries {
  readonly count: number;
  readonly origins: readonly Origin[];
  readonly words: Int32Array;
}

/** The rows of one origin after `from` up to `upto`, ascending. */
export interface Span {
  readonly origin: Origin;
  readonly from: number;
  readonly upto: number;
}

/** Lengths of values that are not there: deleted, evicted, or of a row whose entry was collected. */
export const TOMBSTONE_LENGTH = -1;
export const STUB_LENGTH = -2;
export const COLLECTED_LENGTH = -3;
/** Of one that the receiver has. */
export const KEPT_LENGTH = -4;

/** The flags of an entry, by what its value's length says for one that is not there. */
export const FLAG = {
  ...{ tombstone: 1, expires: 2, typed: 4, evicted: 8, otherWrite: 16, collected: 32 },
  touched: 64,
  kept: 128,
} as const;
export const ORIGIN_SHIFT = 8;

/** What is wrong with packed entries that come from elsewhere; null: nothing. `span`: they are the rows of that. */
export function faultOf({ count, origins, words }: PackedEntries, span: Span | null = null): string | null {
  let at = 0;
  let before = span === null ? 0 : span.from;
  for (let i = 0; i < count; i++) {
    const head = words[at] ?? 0;
    const keyAt = at + headWords(head);
    if (keyAt > words.length) return 'a packed entry without an end';
    const flags = head & FLAGS_MASK;
    if ((flags & ~(span === null ? ENTRY_FLAGS : ROW_FLAGS)) !== 0) return `a packed entry with flags ${flags}`;
    if (head >>> ORIGIN_SHIFT >= origins.length) return `origin ${head >>> ORIGIN_SHIFT} of ${origins.length}`;
    const valueLength = words[at + 2]! >>> 0;
    const end = keyAt + wordsFor(words[at + 1]! >>> 0) + wordsFor(valueLength);
    if (end > words.length) return 'a packed entry without an end';
    if ((flags & FLAG.kept) !== 0 && (flags & KEPT) !== KEPT) return 'a value that is kept, and no touch';
    if ((flags & MISSING) !== 0) {
      const fault = faultOfMissing(flags, valueLength, words[at + 3]! | words[at + 4]!);
      if (fault !== null) return fault;
    }
    if (!isWhole(words, at + 3)) return 'an HLC over 53 bits';
    if (!isNumber(words, at + 5)) return 'an entry without a sequence number';
    if ((flags & FLAG.expires) !== 0 && !isExpiryAt(words, at + 7)) return 'an expiry that is none';
    if ((flags & FLAG.typed) !== 0 && asValueType(words[typeAt(head, keyAt)]!) === undefined)
      return `a value of type ${words[typeAt(head, keyAt)]}`;
    if ((flags & FLAG.touched) !== 0) {
      const fault = faultOfTouch(words, touchAt(head, keyAt), origins.length);
      if (fault !== null) return fault;
    }
    if (span !== null) {
      const isOther = (flags & FLAG.otherWrite) !== 0;
      if (isOther && !isNumber(words, keyAt - 2)) return 'a row without a number';
      if (!isOther && origins[head >>> ORIGIN_SHIFT] !== span.origin) return "another origin's write without its row";
      const row = rowSeqAt(words, at, keyAt);
      if (row <= before || row > span.upto) return `row ${row} in the range ${before} to ${span.upto}`;
      before = row;
    }
    at = end;
  }
  return at === words.length ? null : `${words.length - at} words behind the packed entries`;
}

/** The greatest timestamp of packed entries that are whole, touches included; 0 if there are none. */
export function greatestHlcOf({ count, words }: PackedEntries): Hlc {
  let high = 0;
  let low = 0;
  let touch = 0;
  for (let i = 0, at = 0; i < count; i++) {
    const head = words[at]!;
    const entryHigh = words[at + 4]!;
    if (entryHigh >= high) {
      const entryLow = words[at + 3]! >>> 0;
      low = entryHigh > high || entryLow > low ? entryLow : low;
      high = entryHigh;
    }
    const keyAt = at + headWords(head);
    if ((head & FLAG.touched) !== 0) touch = Math.max(touch, wholeAt(words, touchAt(head, keyAt) + 1));
    at = keyAt + wordsFor(words[at + 1]!) + wordsFor(words[at + 2]!);
  }
  return Math.max(touch, high * 2 ** 32 + low);
}

/** Whether a value was left out since the receiver has it. */
export function hasKept({ count, words }: PackedEntries): boolean {
  for (let i = 0, at = 0; i < count; i++) {
    const head = words[at]!;
    if ((head & FLAG.kept) !== 0) return true;
    at += headWords(head) + wordsFor(words[at + 1]!) + wordsFor(words[at + 2]!);
  }
  return false;
}

/** How many words of a packed entry come before its key. */
export function headWords(head: number): number {
  const expiry = (head & FLAG.expires) === 0 ? 0 : 2;
  const type = (head & FLAG.typed) === 0 ? 0 : 1;
  const touch = (head & FLAG.touched) === 0 ? 0 : TOUCH_WORDS;
  return HEAD_WORDS + expiry + type + touch + ((head & FLAG.otherWrite) === 0 ? 0 : 2);
}
export const HEAD_WORDS = 7;
const TOUCH_WORDS = 5;
export const HEAD_WORDS_MAX = HEAD_WORDS + 5 + TOUCH_WORDS;

/** Where the type is, of an entry with one. */
export function typeAt(head: number, keyAt: number): number {
  const touch = (head & FLAG.touched) === 0 ? 0 : TOUCH_WORDS;
  return keyAt - 1 - touch - ((head & FLAG.otherWrite) === 0 ? 0 : 2);
}

/** Where the touch is, of an entry with one. */
export function touchAt(head: number, keyAt: number): number {
  return keyAt - TOUCH_WORDS - ((head & FLAG.otherWrite) === 0 ? 0 : 2);
}

/** The number of the row that an entry is of. */
export function rowSeqAt(words: Int32Array, at: number, keyAt: number): number {
  return wholeAt(words, (words[at]! & FLAG.otherWrite) === 0 ? at + 5 : keyAt - 2);
}

/** The number of words that these bytes take. */
export function wordsFor(bytes: number): number {
  return Math.ceil(bytes / 4);
}

export function wholeAt(words: Int32Array, at: number): number {
  return words[at + 1]! * 2 ** 32 + (words[at]! >>> 0);
}

/** Returns the index behind it. */
export function putWhole(words: Int32Array, at: number, value: number): number {
  words[at] = value;
  words[at + 1] = value / 2 ** 32;
  return at + 2;
}

/** The same memory as bytes. */
export function bytesOf(words: Int32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

/** A copy in whole words. The length is a multiple of 4. `words`: memory for it, if there is any that is long enough. */
export function wordsOf(bytes: Uint8Array, words = uninitialized(bytes.length / 4)): Int32Array {
  const copy = words.subarray(0, bytes.length / 4);
  bytesOf(copy).set(bytes);
  return copy;
}

/** Memory of this many words, with whatever is in it. */
export function uninitialized(length: number): Int32Array {
  return new Int32Array(Buffer.allocUnsafeSlow(4 * length).buffer);
}

// ---

const MISSING = FLAG.tombstone | FLAG.evicted | FLAG.collected;
const ENTRY_FLAGS = FLAG.tombstone | FLAG.expires | FLAG.typed | FLAG.evicted | FLAG.touched;
const ROW_FLAGS = ENTRY_FLAGS | FLAG.otherWrite | FLAG.collected | FLAG.kept;
const KEPT = FLAG.kept | FLAG.evicted | FLAG.touched;
const FLAGS_MASK = 0xff;

function faultOfTouch(words: Int32Array, at: number, origins: number): string | null {
  if (words[at]! < 0 || words[at]! >= origins) return `origin ${words[at]} of ${origins}`;
  return isWhole(words, at + 1) && isNumber(words, at + 3) ? null : 'a touch without a version';
}

/** Of an entry whose value is not there. */
function faultOfMissing(flags: number, valueLength: number, hlcBits: number): string | null {
  if (valueLength > 0) return `${valueLength} bytes of a value that is not there`;
  if ((flags & FLAG.collected) !== 0)
    return flags === FLAG.collected && hlcBits === 0 ? null : 'a row without an entry that has more than a key';
  const rest = flags & ~(FLAG.otherWrite | FLAG.touched);
  if ((rest & FLAG.tombstone) !== 0) return rest === FLAG.tombstone ? null : 'a tombstone with more than a key';
  return (rest & FLAG.typed) === 0 ? null : 'a stub with a type';
}

function isWhole(words: Int32Array, at: number): boolean {
  return words[at + 1]! >= 0 && words[at + 1]! < 2 ** 21;
}

/** Unlike other numbers it may be beyond 53 bits. */
function isExpiryAt(words: Int32Array, at: number): boolean {
  const expiryMs = wholeAt(words, at);
  return words[at + 1]! >= 0 && expiryMs !== 0 && isExpiry(expiryMs);
}

/** Whether it is whole and not 0. */
function isNumber(words: Int32Array, at: number): boolean {
  return isWhole(words, at) && (words[at] !== 0 || words[at + 1] !== 0);
}
