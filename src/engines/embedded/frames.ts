import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { OperatorError } from '../../core/model/errors.js';
import type { Disk } from './disk.js';
import { corrupt } from './failures.js';

/**
 * The outer format of journals and snapshots, little-endian:
 * - a header: 8 bytes of kind, then as u32 the format version, the file's number, its salt, and the crc32 of all that;
 * - frames: as u32 a mark, the length of what follows the checksum, the checksum, how many bytes before the frame were not durable
 *   when it was written; then the payload. In version 1 frames do not say what was durable.
 *
 * What a frame says was durable tells damage from a torn tail: when the power goes, a disk may have taken a frame and not the one
 * before it.
 *
 * The checksum, a crc32, starts from (salt + the frame's place in the file), so that bytes which were a frame elsewhere (in
 * another file, or inside a cached value) never pass for a frame here. A search for frames behind a damaged one relies on it.
 */
const FORMAT_VERSION = 2;
export const FILE_HEADER_BYTES = 24;
/** To be kept free in front of a payload. */
export const FRAME_HEADER_BYTES = 16;

export type FileKind = 'journal' | 'snapshot';

export interface FileHeader {
  readonly kind: FileKind;
  /** A snapshot holds all that came before the journal of its number. */
  readonly number: number;
  readonly version: number;
  readonly salt: number;
}

/** A file that frames are written to, one behind the other. */
export interface FrameFile extends Pick<FileHeader, 'version' | 'salt'> {
  /** Bytes in the file, all of them whole frames. */
  size: number;
  /** So many of them are durable. */
  synced: number;
}

export function newHeader(kind: FileKind, number: number): FileHeader {
  return { kind, number, version: FORMAT_VERSION, salt: randomBytes(4).readUInt32LE(0) };
}

export function encodeHeader({ kind, number, version, salt }: FileHeader): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  bytes.write(KIND_MARKS[kind], 0, 'latin1');
  bytes.writeUInt32LE(version, 8);
  bytes.writeUInt32LE(number, 12);
  bytes.writeUInt32LE(salt, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
  return bytes;
}

/** Throws OperatorError 'data-corrupt' unless the bytes are the header of that kind and number in a version known here. */
export function decodeHeader(bytes: Buffer, path: string, kind: FileKind, number: number): FileHeader {
  if (bytes.length < FILE_HEADER_BYTES) throw corrupt(path, 0, 'the file header is incomplete');
  if (bytes.toString('latin1', 0, 8) !== KIND_MARKS[kind]) throw corrupt(path, 0, `this is no ${kind} of Mneme`);
  const version = bytes.readUInt32LE(8);
  if (version < 1 || version > FORMAT_VERSION) throw unknownVersion(path, version);
  if (crc32(bytes.subarray(0, 20)) !== bytes.readUInt32LE(20)) throw corrupt(path, 0, 'the file header is damaged');
  const found = bytes.readUInt32LE(12);
  if (found !== number) throw corrupt(path, 0, `the file says that it is number ${found}`);
  return { kind, number, version, salt: bytes.readUInt32LE(16) };
}

/** The bytes as a frame for the end of the file: fills in its header, for which the first ones were kept free. */
export function sealFrame(bytes: Buffer, { version, salt, size, synced }: FrameFile): Buffer {
  const frame = bytes.subarray(FRAME_HEADER_BYTES - CHECKED_AT - saidBytes(version));
  if (version > 1) frame.writeUInt32LE(Math.min(size - synced, UNSYNCED_MAX), CHECKED_AT);
  frame.writeUInt32LE(FRAME_MARK, 0);
  frame.writeUInt32LE(frame.length - CHECKED_AT, 4);
  frame.writeUInt32LE(crc32(frame.subarray(CHECKED_AT), seed(salt, size)), 8);
  return frame;
}

/** Reads the frames of a file in chunks: its memory is a chunk, or the largest frame if that is more. */
export class FrameReader {
  /** Where the next frame starts. */
  offset = FILE_HEADER_BYTES;
  /** So much was durable, at least, when the frames before were written; all of it where they do not say. */
  durableBytes = FILE_HEADER_BYTES;
  private chunk: Buffer;
  private chunkStart = 0;
  private chunkLength = 0;

  constructor(
    private readonly disk: Pick<Disk, 'read'>,
    private readonly fd: number,
    private readonly size: number,
    private readonly header: Pick<FileHeader, 'version' | 'salt'>,
  ) {
    this.chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(size, FRAME_HEADER_BYTES)));
  }

  get isAtEnd(): boolean {
    return this.offset >= this.size;
  }

  /** The payload of the next frame, valid until the next call; null when there is no whole and undamaged frame. */
  next(): Buffer | null {
    const content = this.contentAt(this.offset);
    if (content === null) return null;
    this.durableBytes = Math.max(this.durableBytes, this.durableBefore(this.offset, content));
    this.offset += CHECKED_AT + content.length;
    return content.subarray(saidBytes(this.header.version));
  }

  /**
   * Where the first valid frame starts behind `offset`, at which there is none, that was written when more than that was durable. null:
   * what is lost there never was, so this is a torn tail.
   */
  findWitness(offset: number): number | null {
    let found = this.findFrameAfter(offset);
    while (found !== null && this.durableAt(found) <= offset) found = this.findFrameAfter(found);
    return found;
  }

  private durableAt(offset: number): number {
    return this.durableBefore(offset, this.contentAt(offset)!);
  }

  /** So much of the file was durable, at least, when the frame there was written. */
  private durableBefore(offset: number, content: Buffer): number {
    return this.header.version === 1 ? offset : offset - content.readUInt32LE(0);
  }

  private findFrameAfter(offset: number): number | null {
    let from = offset + 1;
    while (from + CHECKED_AT <= this.size) {
      const length = Math.min(CHUNK_BYTES, this.size - from);
      const found = this.view(from, length)!.indexOf(FRAME_MARK_BYTES);
      if (found === -1) from += Math.max(1, length - FRAME_MARK_BYTES.length + 1);
      else if (this.contentAt(from + found) !== null) return from + found;
      else from += found + 1;
    }
    return null;
  }

  /** What the checksum of a whole and undamaged frame is of. */
  private contentAt(offset: number): Buffer | null {
    const head = this.view(offset, CHECKED_AT);
    if (head === null || head.readUInt32LE(0) !== FRAME_MARK) return null;
    const length = head.readUInt32LE(4);
    const crc = head.readUInt32LE(8);
    if (length < saidBytes(this.header.version)) return null;
    const content = this.view(offset + CHECKED_AT, length);
    return content !== null && crc32(content, seed(this.header.salt, offset)) === crc ? content : null;
  }

  /** Bytes of the file, valid until the next call; null when they reach beyond its end. */
  private view(offset: number, length: number): Buffer | null {
    if (offset + length > this.size) return null;
    if (offset < this.chunkStart || offset + length > this.chunkStart + this.chunkLength) this.load(offset, length);
    const start = offset - this.chunkStart;
    return this.chunk.subarray(start, start + length);
  }

  private load(offset: number, length: number): void {
    if (length > this.chunk.length) this.chunk = Buffer.allocUnsafe(length);
    const wanted = Math.min(this.chunk.length, this.size - offset);
    this.chunkLength = this.disk.read(this.fd, this.chunk.subarray(0, wanted), offset);
    this.chunkStart = offset;
    // The file is ours alone, so it cannot have become shorter; zeros then fail the checksum.
    this.chunk.fill(0, this.chunkLength, wanted);
    this.chunkLength = wanted;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const KIND_MARKS: Record<FileKind, string> = { journal: 'MNEMEjou', snapshot: 'MNEMEsna' };
/** Unlikely in text and in small numbers, so that a search meets it by chance rarely. */
const FRAME_MARK = 0xf5c2e99d;
const FRAME_MARK_BYTES = Buffer.from([0x9d, 0xe9, 0xc2, 0xf5]);
/** Where in a frame what is checked begins. */
const CHECKED_AT = 12;
/** A frame that says this was written when so much or more was not durable. */
const UNSYNCED_MAX = 0xffffffff;
const CHUNK_BYTES = 1 << 20;

/** Bytes that say what was durable. */
function saidBytes(version: number): number {
  return version === 1 ? 0 : 4;
}

function seed(salt: number, offset: number): number {
  return (salt + offset) >>> 0;
}

function unknownVersion(path: string, version: number): OperatorError {
  const message = `${path} is in format version ${version}, and this version of Mneme reads versions up to ${FORMAT_VERSION}`;
  return new OperatorError(
    'data-corrupt',
    message,
    'start the node with the version of Mneme that wrote this directory',
  );
}
