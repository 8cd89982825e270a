import type { Bytes } from '../core/bytes.js';
import { asValueType, type Entry, typedEntry, type ValueType } from '../core/entry.js';
import { InvariantError } from '../core/errors.js';
import type { Hlc } from '../core/hlc.js';
import type { Range, RangeRow } from '../core/messages.js';
import type { Origin } from '../core/version.js';
import { type ByteReader, malformed } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { type OriginTable, readOrigin } from './origin-table.js';

/**
 * Ranges in binary. A row with a small write of its own costs 12 bytes over its key and value:
 *
 *     row:   u8 flags · varint seq after the row before · bytes key · [origin · varint seq]
 *            · [u53 HLC · [f64 expiry] · [u8 type] · [bytes value]]
 *     range: origin · varint from · varint upto - from · varint count · rows
 */
const TOMBSTONE = 1;
const EXPIRES = 2;
/** The row's key has been written since by another write than the row's. */
const OTHER_WRITE = 4;
/** The row comes without an entry. */
const COLLECTED = 8;
/** The value is no string. */
const TYPED = 16;
/** The value was evicted: the entry comes as a stub. */
const EVICTED = 32;

/** The least that an entry or a row takes: lets a reader refuse counts that cannot be true. */
export const ENTRY_BYTES_MIN = 12;
const ROW_BYTES_MIN = 3;
const RANGE_BYTES_MIN = 4;

/** At most this many bytes beside key and value. Lengths take up to 4 bytes each: a frame is shorter than 2^28. */
const ENTRY_OVERHEAD_MAX = 1 + 4 + 8 + 4 + 8 + 8 + 1 + 4;
const ROW_OVERHEAD_MAX = 1 + 8 + 4 + 8 + 1 + 4;
const OTHER_WRITE_BYTES_MAX = 4 + 8;
const EXPIRY_BYTES = 8;
const RANGE_OVERHEAD_MAX = 4 + 8 + 8 + 8;

/** Adds the entry's origin to the table, and gives the bytes that the entry takes at most. */
export function measureEntry(entry: Entry, table: OriginTable): number {
  table.add(entry.origin);
  return ENTRY_OVERHEAD_MAX + entry.key.length + (entry.value?.length ?? 0);
}

export function writeEntry(writer: ByteWriter, entry: Entry, table: OriginTable): void {
  writer.u8(flagsOf(entry));
  writer.varint(table.indexOf(entry.origin));
  writer.varint(entry.seq);
  writer.bytes(entry.key);
  writeContent(writer, entry);
}

export function readEntry(reader: ByteReader, origins: readonly Origin[]): Entry {
  const flags = reader.u8();
  if ((flags & ~(TOMBSTONE | EXPIRES | TYPED | EVICTED)) !== 0) throw malformed(`an entry with flags ${flags}`);
  const origin = readOrigin(reader, origins);
  const seq = readSeq(reader);
  return readContent(reader, flags, reader.bytes(), origin, seq);
}

/** Adds the range's origins to the table, and gives the bytes that the range takes at most. */
export function measureRange(range: Range, table: OriginTable): number {
  table.add(range.origin);
  let bytes = RANGE_OVERHEAD_MAX;
  for (const row of range.rows) {
    bytes += ROW_OVERHEAD_MAX + row.key.length;
    const entry = row.entry;
    if (entry === null) continue;
    bytes += (entry.value?.length ?? 0) + (entry.expiryMs === 0 ? 0 : EXPIRY_BYTES);
    if (isOwnWrite(row, entry, range.origin)) continue;
    table.add(entry.origin);
    bytes += OTHER_WRITE_BYTES_MAX;
  }
  return bytes;
}

export function writeRange(writer: ByteWriter, range: Range, table: OriginTable): void {
  writer.varint(table.indexOf(range.origin));
  writer.varint(range.from);
  writer.varint(range.upto - range.from);
  writer.varint(range.rows.length);
  let before = range.from;
  for (const row of range.rows) {
    if (row.seq <= before || row.seq > range.upto) {
      throw new InvariantError(`row ${row.seq} after ${before} in the range up to ${range.upto} of ${range.origin}`);
    }
    writeRow(writer, row, before, range.origin, table);
    before = row.seq;
  }
}

export function readRanges(reader: ByteReader, origins: readonly Origin[]): Range[] {
  const count = reader.count(RANGE_BYTES_MIN);
  const ranges: Range[] = [];
  for (let i = 0; i < count; i++) ranges.push(readRange(reader, origins));
  return ranges;
}

// -----------------------------------------------------------------------------------------------

function readRange(reader: ByteReader, origins: readonly Origin[]): Range {
  const origin = readOrigin(reader, origins);
  const from = reader.varint();
  const upto = from + reader.varint();
  if (!Number.isSafeInteger(upto)) throw malformed('a range ends over 53 bits');
  const count = reader.count(ROW_BYTES_MIN);
  const rows: RangeRow[] = [];
  let before = from;
  for (let i = 0; i < count; i++) {
    const row = readRow(reader, before, origin, origins);
    if (row.seq <= before || row.seq > upto) throw malformed(`row ${row.seq} in the range ${before} to ${upto}`);
    before = row.seq;
    rows.push(row);
  }
  return { origin, from, upto, rows };
}

/** The entry of a row is the entry of the row's key: the key travels once. */
function writeRow(writer: ByteWriter, row: RangeRow, before: number, origin: Origin, table: OriginTable): void {
  const entry = row.entry;
  const ownWrite = entry === null || isOwnWrite(row, entry, origin);
  writer.u8(entry === null ? COLLECTED : flagsOf(entry) | (ownWrite ? 0 : OTHER_WRITE));
  writer.varint(row.seq - before);
  writer.bytes(row.key);
  if (entry === null) return;
  if (!sameBytes(row.key, entry.key)) throw new InvariantError(`row ${row.seq} of ${origin} has another key's entry`);
  if (!ownWrite) {
    writer.varint(table.indexOf(entry.origin));
    writer.varint(entry.seq);
  }
  writeContent(writer, entry);
}

function readRow(reader: ByteReader, before: number, rangeOrigin: Origin, origins: readonly Origin[]): RangeRow {
  const flags = reader.u8();
  const seq = before + reader.varint();
  const key = reader.bytes();
  if (flags === COLLECTED) return { seq, key, entry: null };
  if ((flags & ~(TOMBSTONE | EXPIRES | OTHER_WRITE | TYPED | EVICTED)) !== 0)
    throw malformed(`a row with flags ${flags}`);
  if ((flags & OTHER_WRITE) === 0) return { seq, key, entry: readContent(reader, flags, key, rangeOrigin, seq) };
  const origin = readOrigin(reader, origins);
  const otherSeq = readSeq(reader);
  return { seq, key, entry: readContent(reader, flags, key, origin, otherSeq) };
}

function writeContent(writer: ByteWriter, entry: Entry): void {
  writer.u53(entry.hlc);
  if (entry.expiryMs !== 0) writer.f64(entry.expiryMs);
  if (entry.type !== undefined) writer.u8(entry.type);
  if (entry.value !== null) writer.bytes(entry.value);
}

function readContent(reader: ByteReader, flags: number, key: Bytes, origin: Origin, seq: number): Entry {
  const hlc = reader.u53();
  if ((flags & EVICTED) !== 0) return readStub(reader, flags, key, origin, seq, hlc);
  const expiryMs = (flags & EXPIRES) === 0 ? 0 : readExpiry(reader);
  const type = (flags & TYPED) === 0 ? undefined : readType(reader);
  const value = (flags & TOMBSTONE) === 0 ? reader.bytes() : null;
  if (value === null && (expiryMs !== 0 || type !== undefined)) throw malformed('a tombstone with an expiry or a type');
  return typedEntry({ key, value, hlc, origin, seq, expiryMs }, type);
}

function readStub(reader: ByteReader, flags: number, key: Bytes, origin: Origin, seq: number, hlc: Hlc): Entry {
  if ((flags & (TOMBSTONE | TYPED)) !== 0) throw malformed(`a stub with flags ${flags}`);
  const expiryMs = (flags & EXPIRES) === 0 ? 0 : readExpiry(reader);
  return { key, value: null, hlc, origin, seq, expiryMs, evicted: true };
}

function readType(reader: ByteReader): ValueType {
  const number = reader.u8();
  const type = asValueType(number);
  if (type === undefined) throw malformed(`a value of type ${number}`);
  return type;
}

function readExpiry(reader: ByteReader): number {
  const expiryMs = reader.f64();
  if (!Number.isFinite(expiryMs) || expiryMs === 0) throw malformed(`an expiry of ${expiryMs}`);
  return expiryMs;
}

function readSeq(reader: ByteReader): number {
  const seq = reader.varint();
  if (seq === 0) throw malformed('an entry with the sequence number 0');
  return seq;
}

function flagsOf(entry: Entry): number {
  const typed = entry.type === undefined ? 0 : TYPED;
  const missing = entry.evicted === true ? EVICTED : TOMBSTONE;
  return (entry.value === null ? missing : 0) | (entry.expiryMs === 0 ? 0 : EXPIRES) | typed;
}

function isOwnWrite(row: RangeRow, entry: Entry, origin: Origin): boolean {
  return entry.seq === row.seq && entry.origin === origin;
}

function sameBytes(a: Bytes, b: Bytes): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
