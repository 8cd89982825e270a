import { crc32 } from 'node:zlib';
import { InvariantError } from '../core/model/errors.js';
import { RANGE_BYTES_MAX } from '../core/model/limits.js';
import type { Message } from '../core/replication/messages.js';
import { ByteWriter } from './byte-writer.js';
import { LinkProtocolError } from './errors.js';

/**
 * A frame carries one message:
 *
 *     u32  length: bytes of type and payload together, at least 1
 *     u32  CRC-32 of type and payload
 *     u8   type
 *     …    payload
 *
 * All numbers are big-endian.
 */
export const FRAME_HEADER_BYTES = 8;

/** No frame is longer, header included: a range, the last of whose entries has a value of 64 MiB, and 8 MiB for its key and everything around. */
export const MAX_FRAME_BYTES = RANGE_BYTES_MAX + 72 * 1024 * 1024;

/** What the dialling end writes first, so that the listener can tell a link from a Redis client. */
export const LINK_PREAMBLE = Buffer.from('MNEMELNK', 'latin1');

type MessageType = Message['type'];

/** The numbers on the wire. A number is never given to another type. */
const CODES: Readonly<Record<MessageType, number>> = {
  hello: 1,
  refuse: 2,
  compare: 3,
  gate: 4,
  beat: 5,
  ack: 6,
  changes: 7,
  behind: 8,
  'snapshot-request': 9,
  'snapshot-begin': 10,
  'snapshot-part': 11,
  'snapshot-end': 12,
  'snapshot-credit': 13,
  read: 14,
  'read-reply': 15,
  bye: 16,
  stubs: 17,
  'stubs-reply': 18,
  look: 19,
  present: 20,
  publication: 21,
};
const TYPES = new Map(Object.entries(CODES).map(([type, code]) => [code, type as MessageType]));

/** A writer for the payload of a new frame, with room for `payloadBytesMax` bytes. */
export function openFrame(type: MessageType, payloadBytesMax: number): ByteWriter {
  const writer = new ByteWriter(Buffer.allocUnsafe(FRAME_HEADER_BYTES + 1 + payloadBytesMax), FRAME_HEADER_BYTES);
  writer.u8(CODES[type]);
  return writer;
}

/** Fills in the header, and gives the frame's bytes, less those of `bodies`, which follow. A frame over MAX_FRAME_BYTES is a bug of the caller. */
export function sealFrame(writer: ByteWriter, bodies: readonly Buffer[] = []): Buffer {
  const { buffer, position } = writer;
  if (position > buffer.length) throw new InvariantError(`a frame of ${position} bytes outgrew its ${buffer.length}`);
  const length = bodies.reduce((sum, body) => sum + body.length, position);
  if (length > MAX_FRAME_BYTES) throw new InvariantError(`a frame of ${length} bytes is over ${MAX_FRAME_BYTES}`);
  const frame = buffer.subarray(0, position);
  frame.writeUInt32BE(length - FRAME_HEADER_BYTES, 0);
  let crc = crc32(frame.subarray(FRAME_HEADER_BYTES));
  for (const body of bodies) crc = crc32(body, crc);
  frame.writeUInt32BE(crc, 4);
  return frame;
}

/** The length of the frame whose header starts at `at`, header included. */
export function frameBytesAt(buffer: Buffer, at: number, bytesMax = MAX_FRAME_BYTES): number {
  const length = buffer.readUInt32BE(at);
  if (length < 1) throw new LinkProtocolError('length', 'a frame without a type');
  if (length > bytesMax - FRAME_HEADER_BYTES) {
    throw new LinkProtocolError('length', `a frame of ${length} bytes: the limit is ${bytesMax}`);
  }
  return FRAME_HEADER_BYTES + length;
}

/** Checks the whole frame from `at` to `end`, and gives the type of its message. */
export function checkFrame(buffer: Buffer, at: number, end: number): MessageType {
  const content = buffer.subarray(at + FRAME_HEADER_BYTES, end);
  const expected = buffer.readUInt32BE(at + 4);
  const actual = crc32(content);
  if (actual !== expected) {
    throw new LinkProtocolError('checksum', `a frame's checksum is ${hex(actual)}, its header says ${hex(expected)}`);
  }
  const type = TYPES.get(content[0]!);
  if (type === undefined) throw new LinkProtocolError('type', `a frame of the unknown type ${content[0]}`);
  return type;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
