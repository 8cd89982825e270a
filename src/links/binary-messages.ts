import { BUCKETS } from '../core/bytes.js';
import type { Entry } from '../core/entry.js';
import type { Ack, Changes, Message, ReadReply, SnapshotPart, Stubs } from '../core/messages.js';
import { bytesOf, faultOf, type PackedEntries, uninitialized } from '../core/packed-entries.js';
import type { Group } from '../core/store.js';
import type { VectorData } from '../core/vector.js';
import type { Origin, ReplicaId } from '../core/version.js';
import {
  ENTRY_BYTES_MIN,
  measureEntry,
  measureRange,
  readEntry,
  readRanges,
  writeEntry,
  writeRange,
} from './binary-entries.js';
import { type ByteReader, malformed } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { openFrame, sealFrame } from './frame.js';
import { OriginTable, readOrigin, readOrigins } from './origin-table.js';

/** The messages that come often or carry entries. Each payload begins with the table of its origins. */
export type BinaryMessage = Ack | Changes | SnapshotPart | ReadReply | Stubs;

const BINARY_TYPES: ReadonlySet<string> = new Set(['changes', 'ack', 'snapshot-part', 'read-reply', 'stubs']);
const VARINT_MAX = 8;
const GROUP_CODES: Readonly<Record<Group, number>> = { system: 0, data: 1 };
const DONE = 1;
const BEHIND = 2;
const GAP = 1;
const POSITION_BYTES_MIN = 2;
const FLOOR_BYTES = 12;

const NOTHING = Buffer.alloc(0);

/** No usual part of a snapshot is longer. */
const PART_WORDS_MAX = 1 << 16;
let partWords: Int32Array | null = null;

export function isBinary(message: Message): message is BinaryMessage {
  return isBinaryType(message.type);
}

export function isBinaryType(type: Message['type']): type is BinaryMessage['type'] {
  return BINARY_TYPES.has(type);
}

/** The bytes that the payload takes at most. Adds all origins of the message to the table. */
export function measureBinary(message: BinaryMessage, table: OriginTable): number {
  let bytes = 0;
  switch (message.type) {
    case 'ack':
      bytes = 1 + 4 + measureVector(message.ack.data, table) + measureVector(message.ack.system, table);
      break;
    case 'changes':
      bytes = 1 + VARINT_MAX;
      for (const range of message.ranges) bytes += measureRange(range, table);
      break;
    case 'snapshot-part':
      bytes = 2 + 5 * VARINT_MAX + bodyOf(message).length;
      for (const origin of message.entries.origins) table.add(origin);
      break;
    case 'stubs':
      bytes = 1 + 2 * VARINT_MAX;
      for (const stub of message.stubs) bytes += measureEntry(stub, table);
      break;
    case 'read-reply':
      bytes = 1 + 2 * VARINT_MAX + measureVector(message.vector, table);
      for (const range of message.ranges) bytes += measureRange(range, table);
  }
  return bytes + table.bytesMax;
}

/** The frame less its {@link bodyOf}. */
export function encodeBinary(message: BinaryMessage): Buffer {
  const table = new OriginTable();
  const body = bodyOf(message);
  const writer = openFrame(message.type, measureBinary(message, table) - body.length);
  table.write(writer);
  switch (message.type) {
    case 'ack':
      writeAck(writer, message, table);
      break;
    case 'changes':
      writeChanges(writer, message, table);
      break;
    case 'snapshot-part':
      writeSnapshotPart(writer, message);
      break;
    case 'stubs':
      writeStubs(writer, message, table);
      break;
    case 'read-reply':
      writeReadReply(writer, message, table);
  }
  return sealFrame(writer, body);
}

/** What of a frame is sent as it lies in memory: the entries of a snapshot's part. */
export function bodyOf(message: Message): Buffer {
  return message.type === 'snapshot-part' ? bytesOf(message.entries.words) : NOTHING;
}

export function decodeBinary(type: BinaryMessage['type'], reader: ByteReader): BinaryMessage {
  const origins = readOrigins(reader);
  switch (type) {
    case 'ack':
      return readAck(reader, origins);
    case 'changes':
      return { type, group: readGroup(reader), ranges: readRanges(reader, origins) };
    case 'snapshot-part':
      return readSnapshotPart(reader, origins);
    case 'stubs':
      return readStubs(reader, origins);
    case 'read-reply':
      return readReadReply(reader, origins);
  }
}

// -----------------------------------------------------------------------------------------------

function writeAck(writer: ByteWriter, message: Ack, table: OriginTable): void {
  writer.u8(message.gap ? GAP : 0);
  writer.u32(message.ack.boot);
  writeVector(writer, message.ack.data, table);
  writeVector(writer, message.ack.system, table);
}

function readAck(reader: ByteReader, origins: readonly Origin[]): Ack {
  const gap = readFlags(reader, GAP) === GAP;
  const boot = reader.u32();
  const data = readVector(reader, origins);
  const system = readVector(reader, origins);
  return { type: 'ack', ack: { boot, data, system }, gap };
}

function writeChanges(writer: ByteWriter, message: Changes, table: OriginTable): void {
  writer.u8(GROUP_CODES[message.group]);
  writer.varint(message.ranges.length);
  for (const range of message.ranges) writeRange(writer, range, table);
}

function writeSnapshotPart(writer: ByteWriter, message: SnapshotPart): void {
  writer.varint(message.id);
  writer.u8(GROUP_CODES[message.group]);
  writer.varint(message.bucket);
  writer.varint(message.through);
  writer.u8(message.last ? DONE : 0);
  writer.varint(message.entries.count);
}

function readSnapshotPart(reader: ByteReader, origins: readonly Origin[]): SnapshotPart {
  const id = reader.varint();
  const group = readGroup(reader);
  const bucket = reader.varint();
  const through = reader.varint();
  if (bucket > through || through >= BUCKETS) throw malformed(`buckets ${bucket} to ${through}`);
  const flags = readFlags(reader, DONE);
  const entries = readPacked(reader, origins);
  return { type: 'snapshot-part', id, group, bucket, through, last: flags === DONE, entries };
}

function writeStubs(writer: ByteWriter, message: Stubs, table: OriginTable): void {
  writer.varint(message.id);
  writer.u8(message.ends ? DONE : 0);
  writer.varint(message.stubs.length);
  for (const stub of message.stubs) writeEntry(writer, stub, table);
}

function readStubs(reader: ByteReader, origins: readonly Origin[]): Stubs {
  const id = reader.varint();
  const flags = readFlags(reader, DONE);
  const stubs: Entry[] = [];
  for (let left = reader.count(ENTRY_BYTES_MIN); left > 0; left--) stubs.push(readEntry(reader, origins));
  return { type: 'stubs', id, ends: flags === DONE, stubs };
}

/** The table of the message is theirs: its only origins. The same memory is used for one message after the other. */
function readPacked(reader: ByteReader, origins: readonly Origin[]): PackedEntries {
  const count = reader.varint();
  const bytes = reader.rest();
  if (bytes.length % 4 !== 0) throw malformed(`${bytes.length} bytes of packed entries`);
  const words = wordsFor(bytes.length / 4);
  bytesOf(words).set(bytes);
  const packed = { count, origins, words };
  const fault = faultOf(packed);
  if (fault !== null) throw malformed(fault);
  return packed;
}

function wordsFor(length: number): Int32Array {
  if (length > PART_WORDS_MAX) return uninitialized(length);
  partWords ??= uninitialized(PART_WORDS_MAX);
  return partWords.subarray(0, length);
}

function writeReadReply(writer: ByteWriter, message: ReadReply, table: OriginTable): void {
  writer.varint(message.id);
  writer.u8((message.done ? DONE : 0) | (message.behind ? BEHIND : 0));
  writeVector(writer, message.vector, table);
  writer.varint(message.ranges.length);
  for (const range of message.ranges) writeRange(writer, range, table);
}

function readReadReply(reader: ByteReader, origins: readonly Origin[]): ReadReply {
  const id = reader.varint();
  const flags = readFlags(reader, DONE | BEHIND);
  const vector = readVector(reader, origins);
  const ranges = readRanges(reader, origins);
  return { type: 'read-reply', id, ranges, done: (flags & DONE) !== 0, behind: (flags & BEHIND) !== 0, vector };
}

function measureVector(vector: VectorData, table: OriginTable): number {
  const origins = Object.keys(vector.seqs);
  for (const origin of origins) table.add(origin);
  return 2 * VARINT_MAX + origins.length * 2 * VARINT_MAX + Object.keys(vector.floors).length * FLOOR_BYTES;
}

function writeVector(writer: ByteWriter, vector: VectorData, table: OriginTable): void {
  const seqs = Object.entries(vector.seqs);
  writer.varint(seqs.length);
  for (const [origin, seq] of seqs) {
    writer.varint(table.indexOf(origin));
    writer.varint(seq);
  }
  const floors = Object.entries(vector.floors);
  writer.varint(floors.length);
  for (const [replica, boot] of floors) {
    writer.hex(replica, 8);
    writer.u32(boot);
  }
}

function readVector(reader: ByteReader, origins: readonly Origin[]): VectorData {
  const seqs: Record<Origin, number> = {};
  for (let left = reader.count(POSITION_BYTES_MIN); left > 0; left--) {
    const origin = readOrigin(reader, origins);
    seqs[origin] = reader.varint();
  }
  const floors: Record<ReplicaId, number> = {};
  for (let left = reader.count(FLOOR_BYTES); left > 0; left--) {
    const replica = reader.hex(8);
    floors[replica] = reader.u32();
  }
  return { seqs, floors };
}

function readGroup(reader: ByteReader): Group {
  const code = reader.u8();
  if (code === GROUP_CODES.system) return 'system';
  if (code === GROUP_CODES.data) return 'data';
  throw malformed(`group ${code}`);
}

function readFlags(reader: ByteReader, allowed: number): number {
  const flags = reader.u8();
  if ((flags & ~allowed) !== 0) throw malformed(`flags ${flags}`);
  return flags;
}
