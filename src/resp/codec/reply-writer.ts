import type { Bytes } from '../../core/bytes.js';
import type { Protocol, Reply, TaggedReply } from './reply.js';

/** A reply grew over what a node is willing to hold for one connection. */
export class ReplyTooLarge extends Error {
  override name = 'ReplyTooLarge';
}

/**
 * Gathers the replies of a turn in one growing buffer, so that a turn is one write to the socket. One writer serves all
 * connections of a listener: between two turns it is empty.
 */
export class ReplyWriter {
  protocol: Protocol = 2;
  private buffer = Buffer.allocUnsafeSlow(START_BYTES);
  private used = 0;
  /** Full pieces that come before the buffer. */
  private pieces: Bytes[] = [];
  private piecesBytes = 0;

  constructor(private readonly bytesMax = Number.POSITIVE_INFINITY) {}

  get length(): number {
    return this.piecesBytes + this.used;
  }

  write(reply: Reply): void {
    if (reply instanceof Uint8Array) this.bulk(reply);
    else if (reply === null) this.null();
    else if (typeof reply === 'object') this.compound(reply);
    else if (typeof reply === 'string') this.bulkText(reply);
    else if (typeof reply === 'boolean') this.boolean(reply);
    else this.integer(reply);
  }

  simple(text: string): void {
    this.line('+', text);
  }

  error(text: string | Bytes): void {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    this.reserve(bytes.length + 3);
    this.buffer[this.used++] = 0x2d;
    for (const byte of bytes) this.buffer[this.used++] = byte === CR || byte === LF ? 0x20 : byte;
    this.lineEnd();
  }

  integer(value: number | bigint): void {
    this.line(':', String(value));
  }

  bulk(bytes: Bytes): void {
    this.line('$', String(bytes.length));
    this.raw(bytes);
    this.raw(LINE_END);
  }

  bulkText(text: string): void {
    const length = Buffer.byteLength(text);
    this.line('$', String(length));
    this.text(text, length);
  }

  verbatim(text: string): void {
    if (this.protocol === 2) {
      this.bulkText(text);
      return;
    }
    const length = Buffer.byteLength(text);
    this.line('=', String(length + 4));
    this.text(`txt:${text}`, length + 4);
  }

  null(): void {
    this.ascii(this.protocol === 2 ? '$-1\r\n' : '_\r\n');
  }

  nullArray(): void {
    this.ascii(this.protocol === 2 ? '*-1\r\n' : '_\r\n');
  }

  boolean(value: boolean): void {
    if (this.protocol === 2) this.integer(value ? 1 : 0);
    else this.ascii(value ? '#t\r\n' : '#f\r\n');
  }

  double(value: number): void {
    const text = Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
    if (this.protocol === 2) this.bulkText(text);
    else this.line(',', text);
  }

  array(length: number): void {
    this.line('*', String(length));
  }

  map(length: number): void {
    if (this.protocol === 2) this.line('*', String(2 * length));
    else this.line('%', String(length));
  }

  set(length: number): void {
    this.line(this.protocol === 2 ? '*' : '~', String(length));
  }

  push(length: number): void {
    this.line(this.protocol === 2 ? '*' : '>', String(length));
  }

  /**
   * All that was written, as views that the writer forgets: the caller owns them. Usually one piece, which `giveBack` may
   * return; none when nothing was written.
   */
  take(): Bytes[] {
    if (this.used > 0) this.pieces.push(this.buffer.subarray(0, this.used));
    const taken = this.pieces;
    this.pieces = [];
    this.piecesBytes = 0;
    if (this.used > 0) this.buffer = NO_BUFFER;
    this.used = 0;
    return taken;
  }

  /** As `take`, but a small reply is copied out, so that the buffer stays here while the reply waits for a commit. */
  detach(): Bytes[] {
    if (this.pieces.length > 0 || this.used > COPY_BYTES) return this.take();
    const copy = Buffer.allocUnsafe(this.used);
    this.buffer.copy(copy, 0, 0, this.used);
    this.used = 0;
    return copy.length === 0 ? [] : [copy];
  }

  /** The socket is done with a piece that `take` gave: its memory may be used again. */
  giveBack(piece: Bytes): void {
    if (this.buffer !== NO_BUFFER || piece.buffer.byteLength < START_BYTES || piece.buffer.byteLength > KEEP_BYTES)
      return;
    this.buffer = Buffer.from(piece.buffer as ArrayBuffer);
  }

  /** Forgets what was written. */
  discard(): void {
    this.pieces = [];
    this.piecesBytes = 0;
    this.used = 0;
  }

  private compound(reply: readonly Reply[] | TaggedReply): void {
    if (isArray(reply)) {
      this.array(reply.length);
      this.items(reply);
      return;
    }
    switch (reply.kind) {
      case 'simple':
        this.simple(reply.text);
        break;
      case 'error':
        this.error(reply.text);
        break;
      case 'map':
        this.map(reply.pairs.length);
        for (const pair of reply.pairs) this.items(pair);
        break;
      case 'set':
        this.set(reply.items.length);
        this.items(reply.items);
        break;
      case 'push':
        this.push(reply.items.length);
        this.items(reply.items);
        break;
      case 'double':
        this.double(reply.value);
        break;
      case 'verbatim':
        this.verbatim(reply.text);
        break;
      case 'null-array':
        this.nullArray();
        break;
      case 'encoded':
        for (const chunk of reply.chunks) this.adopt(chunk);
        break;
      case 'in-protocol':
        this.inProtocol(reply.protocol, reply.reply);
    }
  }

  private items(items: readonly Reply[]): void {
    for (const item of items) this.write(item);
  }

  private inProtocol(protocol: Protocol, reply: Reply): void {
    const current = this.protocol;
    this.protocol = protocol;
    this.write(reply);
    this.protocol = current;
  }

  private line(mark: string, text: string): void {
    this.ascii(mark);
    this.text(text, text.length);
  }

  private text(text: string, byteLength: number): void {
    this.reserve(byteLength + 2);
    if (byteLength === text.length && byteLength < SHORT_TEXT) {
      for (let i = 0; i < byteLength; i++) this.buffer[this.used++] = text.charCodeAt(i);
    } else {
      this.used += this.buffer.write(text, this.used);
    }
    this.lineEnd();
  }

  private ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.buffer[this.used++] = text.charCodeAt(i);
  }

  private raw(bytes: Bytes): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** Takes a large chunk as a piece of its own: copying all of a huge reply at once would hold the event loop. */
  private adopt(chunk: Bytes): void {
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
    if (this.used === 0) return;
    this.pieces.push(this.buffer.subarray(0, this.used));
    this.piecesBytes += this.used;
    this.buffer = this.buffer.subarray(this.used);
    this.used = 0;
  }

  private tooLarge(): ReplyTooLarge {
    return new ReplyTooLarge(`a reply of more than ${this.bytesMax} bytes`);
  }

  private lineEnd(): void {
    this.buffer[this.used++] = CR;
    this.buffer[this.used++] = LF;
  }

  private reserve(bytes: number): void {
    if (this.used + bytes > this.buffer.length) this.makeRoom(bytes);
  }

  /** A buffer that is full becomes a piece once it is large: copying it over and over would make big replies slow. */
  private makeRoom(bytes: number): void {
    if (this.length + bytes > this.bytesMax) throw this.tooLarge();
    if (this.used >= PIECE_BYTES) {
      this.setAside();
      this.buffer = Buffer.allocUnsafeSlow(Math.max(bytes, PIECE_BYTES));
      return;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(START_BYTES, 2 * this.buffer.length, this.used + bytes));
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }
}

// ---

const CR = 0x0d;
const LF = 0x0a;
const LINE_END = Buffer.from('\r\n');
const NO_BUFFER = Buffer.alloc(0);
const START_BYTES = 16 * 1024;
const PIECE_BYTES = 256 * 1024;
const KEEP_BYTES = 1024 * 1024;
const COPY_BYTES = 4096;
const ADOPT_BYTES = 16 * 1024;
const SHORT_TEXT = 32;

function isArray(reply: readonly Reply[] | TaggedReply): reply is readonly Reply[] {
  return Array.isArray(reply);
}
