import type { Bytes } from '../../../core/model/bytes.js';
import { copyBytes } from './copy-bytes.js';
import type { ValueSink } from './short-request.js';

/** A single reply (of MGET, EXEC or KEYS) beyond this is not built. */
export const REPLY_BYTES_MAX = 512 * 1024 * 1024;

/** A reply grew over what a node is willing to hold for one connection. */
export class ReplyTooLarge extends Error {
  override name = 'ReplyTooLarge';
}

/**
 * Gathers replies in one buffer. One serves all connections of a listener: each writes its replies and takes them, as views,
 * before the next one writes; they lie side by side. Once all that was taken is sent, the memory is used again.
 */
export class ReplyBuffer implements ValueSink {
  private buffer = NO_BUFFER;
  /** What lies before it in the buffer was taken; what lies between it and `used` was not. */
  private start = 0;
  private used = 0;
  /** Full pieces that come before `start`. */
  private pieces: Bytes[] = [];
  private piecesBytes = 0;

  constructor(
    private readonly bytesMax = Number.POSITIVE_INFINITY,
    /** Room for so much is made at first. */
    private readonly startBytes = START_BYTES,
  ) {}

  /** Bytes that were written and not taken. */
  get length(): number {
    return this.piecesBytes + this.used - this.start;
  }

  /** All that was written since the last `take`, as views. Usually one piece; none when nothing was written. */
  take(): Bytes[] {
    // Nearly always. A list that grows by its first element is given room for seventeen: as much garbage as all the rest of a request.
    if (this.pieces.length === 0) return this.used === this.start ? [] : [this.rest()];
    this.setAside();
    const taken = this.pieces;
    this.pieces = [];
    this.piecesBytes = 0;
    return taken;
  }

  /** All that was taken is sent, or copied: its memory is used again. */
  reuse(): void {
    this.start = 0;
    this.used = 0;
    if (this.buffer.length > KEEP_BYTES) this.buffer = NO_BUFFER;
  }

  /** Something that was taken is not sent yet: its memory is left to it. */
  leave(): void {
    this.start = 0;
    this.used = 0;
    this.buffer = NO_BUFFER;
  }

  /** Forgets what was written and not taken. */
  discard(): void {
    this.pieces = [];
    this.piecesBytes = 0;
    this.used = this.start;
  }

  /** A bulk string of bytes that are another's. */
  value(source: Buffer, start: number, length: number): void {
    this.reserve(BULK_OVERHEAD_BYTES + length);
    this.buffer[this.used++] = DOLLAR;
    this.decimal(length);
    this.lineEnd();
    copyBytes(source, start, length, this.buffer, this.used);
    this.used += length;
    this.lineEnd();
  }

  /** Replies that are another's, whole and in order: the first `length` bytes. */
  copy(replies: Buffer, length: number): void {
    this.reserve(length);
    copyBytes(replies, 0, length, this.buffer, this.used);
    this.used += length;
  }

  protected errorLine(text: Bytes): void {
    this.reserve(text.length + 3);
    this.buffer[this.used++] = MINUS;
    for (const byte of text) this.buffer[this.used++] = byte === CR || byte === LF ? SPACE : byte;
    this.lineEnd();
  }

  protected bulkBytes(bytes: Bytes): void {
    this.reserve(BULK_OVERHEAD_BYTES + bytes.length);
    this.buffer[this.used++] = DOLLAR;
    this.decimal(bytes.length);
    this.lineEnd();
    // A call of `set` takes longer than a few bytes themselves.
    if (bytes.length > LOOP_BYTES) this.buffer.set(bytes, this.used);
    else for (let i = 0; i < bytes.length; i++) this.buffer[this.used + i] = bytes[i]!;
    this.used += bytes.length;
    this.lineEnd();
  }

  protected line(mark: string, text: string): void {
    this.ascii(mark);
    this.text(text, text.length);
  }

  protected text(text: string, byteLength: number): void {
    this.reserve(byteLength + 2);
    if (byteLength === text.length && byteLength < SHORT_TEXT) {
      for (let i = 0; i < byteLength; i++) this.buffer[this.used++] = text.charCodeAt(i);
    } else {
      this.used += this.buffer.write(text, this.used);
    }
    this.lineEnd();
  }

  protected ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.buffer[this.used++] = text.charCodeAt(i);
  }

  /** The digits of a length. */
  private decimal(length: number): void {
    let digits = 1;
    for (let bound = 10; length >= bound; bound *= 10) digits++;
    let rest = length;
    for (let at = this.used + digits - 1; at >= this.used; at--) {
      const tenth = (rest / 10) | 0;
      this.buffer[at] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
    this.used += digits;
  }

  private raw(bytes: Bytes): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** Takes a large chunk as a piece of its own: copying all of a huge reply at once would hold the event loop. */
  protected adopt(chunk: Bytes): void {
    if (chunk.length < ADOPT_BYTES) {
      this.raw(chunk);
      return;
    }
    if (this.length + chunk.length > this.bytesMax) throw this.tooLarge();
    this.setAside();
    this.pieces.push(chunk);
    this.piecesBytes += chunk.length;
  }

  /** Turns what is in the buffer into a piece; what follows goes behind it in the same memory. */
  private setAside(): void {
    if (this.used === this.start) return;
    this.piecesBytes += this.used - this.start;
    this.pieces.push(this.rest());
  }

  private rest(): Bytes {
    const piece = this.buffer.subarray(this.start, this.used);
    this.start = this.used;
    return piece;
  }

  private tooLarge(): ReplyTooLarge {
    return new ReplyTooLarge(`a reply of more than ${this.bytesMax} bytes`);
  }

  protected lineEnd(): void {
    this.buffer[this.used++] = CR;
    this.buffer[this.used++] = LF;
  }

  private reserve(bytes: number): void {
    if (this.used + bytes > this.buffer.length) this.makeRoom(bytes);
  }

  /**
   * Goes on in another buffer, into which what was not taken moves, unless it is large: copying it over and over would make
   * big replies slow.
   */
  private makeRoom(bytes: number): void {
    if (this.length + bytes > this.bytesMax) throw this.tooLarge();
    if (this.used - this.start >= PIECE_BYTES) this.setAside();
    const kept = this.used - this.start;
    const wanted = Math.min(KEEP_BYTES, Math.max(this.startBytes, 2 * this.buffer.length));
    const larger = allocate(Math.max(wanted, kept + bytes));
    this.buffer.copy(larger, 0, this.start, this.used);
    this.buffer = larger;
    this.start = 0;
    this.used = kept;
  }
}

// ---

/** Small pieces come from memory that many share. */
function allocate(bytes: number): Buffer<ArrayBuffer> {
  return bytes < START_BYTES ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes);
}

const CR = 0x0d;
const LF = 0x0a;
const MINUS = 0x2d;
const SPACE = 0x20;
const NO_BUFFER = Buffer.alloc(0);
const START_BYTES = 16 * 1024;
const PIECE_BYTES = 256 * 1024;
const KEEP_BYTES = 1024 * 1024;
const ADOPT_BYTES = 16 * 1024;
const SHORT_TEXT = 32;
const LOOP_BYTES = 64;
const DOLLAR = 0x24;
const ZERO = 0x30;
/** What a bulk string has beside its bytes, at most. */
const BULK_OVERHEAD_BYTES = 20;
