import type { Bytes } from '../../core/model/bytes.js';
import type { Entry, TouchedEntry } from '../../core/model/entry.js';
import { InvariantError } from '../../core/model/errors.js';
import { isExpiry } from '../../core/model/expiry.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { VectorData } from '../../core/model/vector.js';
import type { Origin, ReplicaId } from '../../core/model/version.js';
import type { Range } from '../../core/replication/messages.js';
import type { Reservation } from '../../core/replication/numbering.js';
import { bytesOf, type PackedEntries } from '../../core/store/packed-entries.js';
import type { Group } from '../../core/store/store.js';
import { FRAME_HEADER_BYTES, type FrameFile, sealFrame } from './frames.js';
import type { Written } from './slab/compiled-path.js';

/** The kinds of records: the low four bits of a record's first byte. Numbers are on disks, so they never change. */
export const RECORD = {
  put: 0,
  /** A range of a peer, whole, as it came. */
  range: 1,
  write: 2,
  drop: 3,
  append: 4,
  advance: 5,
  trim: 6,
  /** With the flag of a tombstone nothing of before is claimed any more. */
  adopt: 7,
  retire: 8,
  meta: 9,
  clock: 10,
  /** A name (origin or replica) that later records of this file give by its number, counted from 0. */
  name: 11,
  /** The last record of a snapshot. */
  end: 12,
  /** Some entries of a snapshot. */
  entries: 13,
  /** As older versions wrote it: a write of the value that the key has already, with another expiry. */
  rewrite: 14,
  /** A touch of the value that the key has already. With the flag of a tombstone it is the state of the key alone, and no write. */
  touch: 15,
} as const;

export const KIND_MASK = 0x0f;
/**
 * `typed`: the value is no string; one byte says what it is. A tombstone has no type: the two flags together say that the
 * entry is a stub, whose value was evicted, and no such byte follows.
 */
export const FLAG = { data: 0x10, tombstone: 0x20, expires: 0x40, typed: 0x80 } as const;

/**
 * Gathers records in one buffer as the payload of one frame (the frame's header is kept free at its start). Nothing is
 * allocated per record. Numbers are varints, seven bits a byte, lowest first; an HLC is seven bytes.
 */
export class RecordWriter {
  private bytes: Buffer = Buffer.allocUnsafe(START_BYTES);
  private end = FRAME_HEADER_BYTES;
  private names = new Map<string, number>();
  /** The latest name and its number: nearly all records of a turn share one origin. */
  private recentName = '';
  private recentNumber = -1;

  get isEmpty(): boolean {
    return this.end === FRAME_HEADER_BYTES;
  }

  /** Bytes of the frame as it is now. */
  get frameBytes(): number {
    return this.end;
  }

  /** Start another file, or go on with one that has these names already. Only between frames. */
  restart(names: readonly string[] = []): void {
    this.names = new Map(names.map((name, number) => [name, number]));
    this.recentName = '';
    this.recentNumber = -1;
  }

  /** The gathered records as a sealed frame for the end of the file, valid until the next record. */
  seal(file: FrameFile): Buffer {
    return sealFrame(this.bytes.subarray(0, this.end), file);
  }

  /** Forget the gathered records (they are on their way to the disk). */
  clear(): void {
    this.end = FRAME_HEADER_BYTES;
    if (this.bytes.length > KEEP_BYTES) this.bytes = Buffer.allocUnsafe(START_BYTES);
  }

  put(group: Group, entry: Entry): void {
    this.entry(RECORD.put, group, entry);
    if (entry.touch !== undefined) this.touched(RECORD.touch | FLAG.tombstone, group, entry as TouchedEntry);
  }

  write(group: Group, entry: Entry): void {
    this.entry(RECORD.write, group, entry);
  }

  touch(group: Group, entry: TouchedEntry): void {
    this.touched(RECORD.touch, group, entry);
  }

  /** The first writes of a reservation. */
  writes(group: Group, { origin, firstHlc, firstSeq }: Reservation, count: number, { bytes, places }: Written): void {
    checked(firstHlc + count);
    checked(firstSeq + count);
    const number = this.number(origin);
    for (let i = 0; i < count; i++) {
      const keyStart = places[8 * i + 1]!;
      const keyEnd = places[8 * i + 2]!;
      const valueStart = places[8 * i + 3]!;
      const valueEnd = places[8 * i + 4]!;
      this.begin(RECORD.write, group, keyEnd - keyStart + valueEnd - valueStart);
      this.varint(number);
      this.varint(firstSeq + i);
      this.hlc(firstHlc + i);
      this.part(bytes, keyStart, keyEnd);
      this.part(bytes, valueStart, valueEnd);
    }
  }

  drop(group: Group, key: Bytes): void {
    this.begin(RECORD.drop, group, key.length);
    this.block(key);
  }

  append(group: Group, origin: Origin, seq: number, key: Bytes): void {
    this.position(RECORD.append, group, origin, seq, key.length);
    this.block(key);
  }

  range(group: Group, { origin, from, upto, rows }: Range): void {
    checked(upto);
    this.packed(RECORD.range, group, [this.number(origin), from, upto], rows);
  }

  entries(group: Group, entries: PackedEntries): void {
    this.packed(RECORD.entries, group, [], entries);
  }

  advance(group: Group, origin: Origin, seq: number): void {
    this.position(RECORD.advance, group, origin, seq);
  }

  trim(group: Group, origin: Origin, upto: number): void {
    this.position(RECORD.trim, group, origin, upto);
  }

  adopt(group: Group, vector: VectorData): void {
    const seqs = Object.entries(vector.seqs);
    const floors = Object.entries(vector.floors);
    const numbers = [...seqs, ...floors].map(([name, value]) => [this.number(name), checked(value)] as const);
    this.begin(RECORD.adopt, group, numbers.length * 2 * VARINT_MAX);
    this.varint(seqs.length);
    this.varint(floors.length);
    for (const [name, value] of numbers) {
      this.varint(name);
      this.varint(value);
    }
  }

  disclaim(group: Group): void {
    this.begin(RECORD.adopt | FLAG.tombstone, group, 0);
    this.varint(0);
    this.varint(0);
  }

  retire(group: Group, replica: ReplicaId, boot: number): void {
    this.position(RECORD.retire, group, replica, boot);
  }

  /** `json`: the value as JSON text; undefined: the record was removed. */
  meta(name: string, json: string | undefined): void {
    const nameBytes = Buffer.from(name);
    const jsonBytes = Buffer.from(json ?? '');
    this.begin(RECORD.meta, 'system', nameBytes.length + jsonBytes.length);
    this.block(nameBytes);
    this.block(jsonBytes);
  }

  clock(hlc: Hlc): void {
    checked(hlc);
    this.begin(RECORD.clock, 'system', 0);
    this.hlc(hlc);
  }

  /** `journalBytes`: how far the journal of the same number must reach at least. */
  finish(entries: number, rows: number, journalBytes: number): void {
    this.begin(RECORD.end, 'system', 0);
    for (const value of [entries, rows, journalBytes]) this.varint(value);
  }

  private entry(kind: number, group: Group, entry: Entry): void {
    const { key, value, expiryMs } = entry;
    checked(entry.hlc);
    checked(entry.seq);
    if (!isExpiry(expiryMs)) throw new InvariantError(`not an expiry that can be stored: ${expiryMs}`);
    const origin = this.number(entry.origin);
    const typed = entry.type === undefined ? 0 : FLAG.typed;
    const missing = entry.evicted === true ? FLAG.tombstone | FLAG.typed : FLAG.tombstone;
    const flags = (value === null ? missing : 0) | (expiryMs === 0 ? 0 : FLAG.expires) | typed;
    this.begin(kind | flags, group, key.length + (value === null ? 0 : value.length));
    this.varint(origin);
    this.varint(entry.seq);
    this.hlc(entry.hlc);
    if (expiryMs !== 0) this.varint(expiryMs);
    if (entry.type !== undefined) this.bytes[this.end++] = entry.type;
    this.block(key);
    if (value !== null) this.block(value);
  }

  private touched(kind: number, group: Group, { key, hlc, origin, expiryMs, touch }: TouchedEntry): void {
    for (const value of [hlc, touch.hlc, touch.seq]) checked(value);
    if (!isExpiry(expiryMs)) throw new InvariantError(`not an expiry that can be stored: ${expiryMs}`);
    const [value, number] = [this.number(origin), this.number(touch.origin)];
    this.begin(kind | (expiryMs === 0 ? 0 : FLAG.expires), group, key.length);
    this.varint(value);
    this.hlc(hlc);
    this.varint(number);
    this.varint(touch.seq);
    this.hlc(touch.hlc);
    if (expiryMs !== 0) this.varint(expiryMs);
    this.block(key);
  }

  private packed(kind: number, group: Group, head: readonly number[], { count, origins, words }: PackedEntries): void {
    const numbers = origins.map((name) => this.number(name));
    const bytes = bytesOf(words);
    this.begin(kind, group, numbers.length * VARINT_MAX + bytes.length);
    for (const value of [...head, count, numbers.length, ...numbers]) this.varint(value);
    this.block(bytes);
  }

  private position(kind: number, group: Group, name: string, value: number, extraBytes = 0): void {
    checked(value);
    const number = this.number(name);
    this.begin(kind, group, extraBytes);
    this.varint(number);
    this.varint(value);
  }

  /** The number of a name; a name that is new to the file gets its own record first. */
  private number(name: string): number {
    if (name === this.recentName) return this.recentNumber;
    let number = this.names.get(name);
    if (number === undefined) {
      number = this.names.size;
      const bytes = Buffer.from(name);
      this.begin(RECORD.name, 'system', bytes.length);
      this.block(bytes);
      this.names.set(name, number);
    }
    this.recentName = name;
    this.recentNumber = number;
    return number;
  }

  /** Make room for a record and write its first byte. */
  private begin(tag: number, group: Group, blockBytes: number): void {
    const needed = this.end + RECORD_OVERHEAD_MAX + blockBytes;
    if (needed > this.bytes.length) this.grow(needed);
    this.bytes[this.end++] = group === 'data' ? tag | FLAG.data : tag;
  }

  private grow(needed: number): void {
    // A long record alone makes it as long as that one, so that the next of the kind finds room, and it is kept.
    // Of many records together it grows by half: by a fixed step, all of them would be copied over and over again.
    const doubled = Math.min(this.bytes.length * 2, KEEP_BYTES);
    const grown = Buffer.allocUnsafe(Math.max(needed + START_BYTES, doubled, this.end + (this.end >>> 1)));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }

  private varint(value: number): void {
    let rest = value;
    while (rest > 0x7fffffff) {
      this.bytes[this.end++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.bytes[this.end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.end++] = rest;
  }

  private hlc(hlc: Hlc): void {
    let low = hlc >>> 0;
    for (let i = 0; i < 4; i++, low >>>= 8) this.bytes[this.end++] = low & 0xff;
    let high = Math.floor(hlc / 0x100000000);
    for (let i = 0; i < 3; i++, high >>>= 8) this.bytes[this.end++] = high & 0xff;
  }

  /** A length and so many bytes. Short ones are copied in a loop, which is cheaper than a call of `set`. */
  private block(block: Bytes): void {
    const length = block.length;
    this.varint(length);
    if (length > 48) this.bytes.set(block, this.end);
    else for (let i = 0; i < length; i++) this.bytes[this.end + i] = block[i]!;
    this.end += length;
  }

  private part(bytes: Buffer, start: number, end: number): void {
    this.varint(end - start);
    if (end - start > 48) bytes.copy(this.bytes, this.end, start, end);
    else for (let i = start; i < end; i++) this.bytes[this.end + i - start] = bytes[i]!;
    this.end += end - start;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const START_BYTES = 1 << 16;
/** A buffer that had to grow beyond this is not kept. */
const KEEP_BYTES = 1 << 23;
/** Of 63 bits, which an expiry may have. */
const VARINT_MAX = 9;
/** Everything of a record but its blocks: two bytes, six varints, two HLCs. */
const RECORD_OVERHEAD_MAX = 2 + 6 * VARINT_MAX + 14;

function checked(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new InvariantError(`not a count that can be stored: ${value}`);
  return value;
}
