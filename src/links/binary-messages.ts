import { BUCKETS } from '../core/model/bytes.js';
import type { Entry } from '../core/model/entry.js';
import type { VectorData } from '../core/model/vector.js';
import type { Origin, ReplicaId } from '../core/model/version.js';
import type {
  Ack,
  Changes,
  FenceSight,
  Message,
  Published,
  Range,
  ReadReply,
  SnapshotPart,
  Stubs,
} from '../core/replication/messages.js';
import { EntryPacker } from '../core/store/entry-packer.js';
import { EntryUnpacker } from '../core/store/entry-unpacker.js';
import {
  bytesOf,
  faultOf,
  type PackedEntries,
  type Span,
  uninitialized,
  wordsOf,
} from '../core/store/packed-entries.js';
import type { Group } from '../core/store/store.js';
import { type ByteReader, COUNTER_MAX, malformed } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { incident } from './checks.js';
import { openFrame, sealFrame } from './frame.js';
import { OriginTable, readOrigin, readOrigins } from './origin-table.js';

/**
 * The messages that come often or carry entries. Each payload begins with the table of its origins. Entries are at its end, as
 * they lie in memory (see PackedEntries), one list after the other; before them is said of each list
 *
 *     varint count · varint words · varint number of its origins · origins, as numbers in the table
 */
export type BinaryMessage = Ack | Changes | SnapshotPart | ReadReply | Stubs | Published;

const BINARY_TYPES: ReadonlySet<string> = new Set([
  'changes',
  'ack',
  'snapshot-part',
  'read-reply',
  'stubs',
  'publication',
]);
const VARINT_MAX = 8;
const GROUP_CODES: Readonly<Record<Group, number>> = { system: 0, data: 1 };
const SHARDED = 1;
const DONE = 1;
const BEHIND = 2;
const GAP = 1;
const POSITION_BYTES_MIN = 2;
const FLOOR_BYTES = 16;
const RANGE_BYTES_MIN = 6;

/** Memory for the entries of a message, used for one message after the other. */
let received: Int32Array | null = null;
/** What is enough for usual messages. */
const RECEIVED_WORDS = 1 << 16;
/** More is not kept for the next message. */
const KEPT_WORDS = 1 << 21;

export function isBinary(message: Message): message is BinaryMessage {
  return isBinaryType(message.type);
}

export function isBinaryType(type: Message['type']): type is BinaryMessage['type'] {
  return BINARY_TYPES.has(type);
}

/** The frame in pieces: the first is new memory, the others are the entries where they lie. */
export function encodeBinary(message: BinaryMessage): Buffer[] {
  const table = new OriginTable();
  const lists = listsOf(message);
  const writer = openFrame(message.type, measure(message, lists, table));
  table.write(writer);
  write(writer, message, lists, table);
  const bodies = lists.filter(({ words }) => words.length > 0).map(({ words }) => bytesOf(words));
  return [sealFrame(writer, bodies), ...bodies];
}

/** Its entries are good until the next message is decoded. */
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
    case 'publication':
      return readPublication(reader);
  }
}

// -----------------------------------------------------------------------------------------------

function listsOf(message: BinaryMessage): readonly PackedEntries[] {
  switch (message.type) {
    case 'ack':
    case 'publication':
      return [];
    case 'changes':
    case 'read-reply':
      return message.ranges.map(({ rows }) => rows);
    case 'snapshot-part':
      return [message.entries];
    case 'stubs':
      return [packed(message.stubs)];
  }
}

function packed(entries: readonly Entry[]): PackedEntries {
  const packer = new EntryPacker(Number.POSITIVE_INFINITY);
  for (const entry of entries) packer.add(entry);
  return packer.take()[0]!;
}

/** The bytes that the payload takes at most, without the entries. Adds all origins of the message to the table. */
function measure(message: BinaryMessage, lists: readonly PackedEntries[], table: OriginTable): number {
  let bytes = FIELD_BYTES_MAX;
  if (message.type === 'ack')
    bytes += measureVector(message.ack.data, table) + measureVector(message.ack.system, table) + measureFences(message);
  if (message.type === 'publication') bytes += message.channel.length + message.payload.length;
  if (message.type === 'read-reply') bytes += measureVector(message.vector, table);
  if ('ranges' in message) for (const { origin } of message.ranges) table.add(origin);
  for (const { origins } of lists) {
    for (const origin of origins) table.add(origin);
    bytes += (6 + origins.length) * VARINT_MAX;
  }
  return bytes + table.bytesMax;
}

/** All of a message that is neither vector nor range. */
const FIELD_BYTES_MAX = 8 + 5 * VARINT_MAX;

function write(writer: ByteWriter, message: BinaryMessage, lists: readonly PackedEntries[], table: OriginTable): void {
  switch (message.type) {
    case 'ack':
      return writeAck(writer, message, table);
    case 'changes':
      writer.u8(GROUP_CODES[message.group]);
      return writeRanges(writer, message.ranges, table);
    case 'snapshot-part':
      writer.varint(message.id);
      writer.u8(GROUP_CODES[message.group]);
      writer.varint(message.bucket);
      writer.varint(message.through);
      writer.u8(message.last ? DONE : 0);
      return writeList(writer, lists[0]!, table);
    case 'stubs':
      writer.varint(message.id);
      writer.u8(message.ends ? DONE : 0);
      return writeList(writer, lists[0]!, table);
    case 'read-reply':
      writer.varint(message.id);
      writer.u8((message.done ? DONE : 0) | (message.behind ? BEHIND : 0));
      writeVector(writer, message.vector, table);
      return writeRanges(writer, message.ranges, table);
    case 'publication':
      writer.u8(message.isSharded ? SHARDED : 0);
      writer.bytes(message.channel);
      return writer.bytes(message.payload);
  }
}

function writeAck(writer: ByteWriter, message: Ack, table: OriginTable): void {
  writer.u8(message.gap ? GAP : 0);
  writer.u53(message.ack.boot);
  writeVector(writer, message.ack.data, table);
  writeVector(writer, message.ack.system, table);
  writer.u8(fencesOf(message).length);
  for (const [incident, { fence, clock }] of fencesOf(message)) {
    writer.bytes(Buffer.from(incident));
    writer.u53(fence);
    writer.u53(clock);
  }
}

/** More incidents than this are never resolved at a time: one after the other. */
const FENCES_MAX = 255;

function fencesOf({ ack }: Ack): [incident: string, sight: FenceSight][] {
  return Object.entries(ack.fences ?? {}).slice(0, FENCES_MAX);
}

function measureFences(message: Ack): number {
  return fencesOf(message).reduce((bytes, [incident]) => bytes + VARINT_MAX + Buffer.byteLength(incident) + 16, 1);
}

function readFences(reader: ByteReader): Record<string, FenceSight> {
  const fences: Record<string, FenceSight> = {};
  for (let left = reader.u8(); left > 0; left--) {
    const id = incident(Buffer.from(reader.bytes()).toString(), 'fence');
    fences[id] = { fence: reader.u53(), clock: reader.u53() };
  }
  return fences;
}

function readAck(reader: ByteReader, origins: readonly Origin[]): Ack {
  const gap = readFlags(reader, GAP) === GAP;
  const boot = reader.u53();
  const data = readVector(reader, origins);
  const system = readVector(reader, origins);
  const fences = readFences(reader);
  const ack = { boot, data, system };
  return { type: 'ack', ack: Object.keys(fences).length === 0 ? ack : { ...ack, fences }, gap };
}

function readSnapshotPart(reader: ByteReader, origins: readonly Origin[]): SnapshotPart {
  const id = reader.varint();
  const group = readGroup(reader);
  const bucket = reader.varint();
  const through = reader.varint();
  if (bucket > through || through >= BUCKETS) throw malformed(`buckets ${bucket} to ${through}`);
  const flags = readFlags(reader, DONE);
  const [entries] = readEntries(reader, [readList(reader, origins)]);
  return { type: 'snapshot-part', id, group, bucket, through, last: flags === DONE, entries: entries! };
}

function readStubs(reader: ByteReader, origins: readonly Origin[]): Stubs {
  const id = reader.varint();
  const flags = readFlags(reader, DONE);
  const [entries] = readEntries(reader, [readList(reader, origins)]);
  const stubs: Entry[] = [];
  const unpacker = new EntryUnpacker(entries!);
  for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) stubs.push(entry);
  return { type: 'stubs', id, ends: flags === DONE, stubs };
}

function readPublication(reader: ByteReader): Published {
  const isSharded = readFlags(reader, SHARDED) === SHARDED;
  const channel = reader.bytes();
  return { type: 'publication', isSharded, channel, payload: reader.bytes() };
}

function readReadReply(reader: ByteReader, origins: readonly Origin[]): ReadReply {
  const id = reader.varint();
  const flags = readFlags(reader, DONE | BEHIND);
  const vector = readVector(reader, origins);
  const ranges = readRanges(reader, origins);
  return { type: 'read-reply', id, ranges, done: (flags & DONE) !== 0, behind: (flags & BEHIND) !== 0, vector };
}

function writeRanges(writer: ByteWriter, ranges: readonly Range[], table: OriginTable): void {
  writer.varint(ranges.length);
  for (const { origin, from, upto, rows } of ranges) {
    writer.varint(table.indexOf(origin));
    writer.varint(from);
    writer.varint(upto - from);
    writeList(writer, rows, table);
  }
}

function readRanges(reader: ByteReader, origins: readonly Origin[]): Range[] {
  const spans: Span[] = [];
  const lists: List[] = [];
  for (let left = reader.count(RANGE_BYTES_MIN); left > 0; left--) {
    const origin = readOrigin(reader, origins);
    const from = reader.counter();
    const upto = from + reader.counter();
    if (upto > COUNTER_MAX) throw malformed(`a range ends at ${upto}`);
    spans.push({ origin, from, upto });
    lists.push(readList(reader, origins));
  }
  return readEntries(reader, lists, spans).map((rows, i) => ({ ...spans[i]!, rows }));
}

/** What is said of packed entries before they follow. */
interface List {
  readonly count: number;
  readonly length: number;
  readonly origins: readonly Origin[];
}

function writeList(writer: ByteWriter, { count, words, origins }: PackedEntries, table: OriginTable): void {
  writer.varint(count);
  writer.varint(words.length);
  writer.varint(origins.length);
  for (const origin of origins) writer.varint(table.indexOf(origin));
}

function readList(reader: ByteReader, origins: readonly Origin[]): List {
  const count = reader.varint();
  const length = reader.varint();
  const own: Origin[] = [];
  for (let left = reader.count(1); left > 0; left--) own.push(readOrigin(reader, origins));
  return { count, length, origins: own };
}

/** The entries of all lists, which are all the rest of the message. */
function readEntries(reader: ByteReader, lists: readonly List[], spans: readonly Span[] = []): PackedEntries[] {
  const bytes = reader.rest();
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  if (bytes.length !== 4 * length) throw malformed(`${bytes.length} bytes of packed entries, not ${4 * length}`);
  if (length <= KEPT_WORDS && (received === null || received.length < length))
    received = uninitialized(Math.max(RECEIVED_WORDS, length));
  const words = length <= KEPT_WORDS ? wordsOf(bytes, received!) : wordsOf(bytes);
  let end = 0;
  return lists.map(({ count, length, origins }, i) => {
    const start = end;
    end += length;
    const entries = { count, origins, words: words.subarray(start, end) };
    const fault = faultOf(entries, spans[i]);
    if (fault !== null) throw malformed(fault);
    return entries;
  });
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
    writer.u53(boot);
  }
}

function readVector(reader: ByteReader, origins: readonly Origin[]): VectorData {
  const seqs: Record<Origin, number> = {};
  for (let left = reader.count(POSITION_BYTES_MIN); left > 0; left--) {
    const origin = readOrigin(reader, origins);
    seqs[origin] = reader.counter();
  }
  const floors: Record<ReplicaId, number> = {};
  for (let left = reader.count(FLOOR_BYTES); left > 0; left--) {
    const replica = reader.hex(8);
    floors[replica] = reader.u53();
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
