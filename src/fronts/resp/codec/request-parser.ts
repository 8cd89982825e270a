import type { Bytes } from '../../../core/model/bytes.js';
import { ArgumentList } from './argument-list.js';
import { Bounds } from './bounds.js';
import { splitInline } from './inline.js';
import { readShortRequest, type ShortRequest } from './short-request.js';

/** What a client may send; a connection that goes beyond is told so and closed. */
export interface RequestLimits {
  /** Bytes of one argument, so of a key or a value. */
  readonly bulkBytesMax: number;
  /** Arguments of one command, its name included. */
  readonly argumentsMax: number;
  /** Bytes of an inline command, and of any line that announces a length. */
  readonly inlineBytesMax: number;
  /** Bytes of one command in all: bounds what a connection can make the node hold before a command is complete. */
  readonly requestBytesMax: number;
  /** Said before what was too long, where the client has yet to say who it is. */
  readonly whose: '' | 'unauthenticated ';
}

/** Of a client that has yet to say who it is: room for a name and a password, as in Redis. */
export const UNAUTHENTICATED_LIMITS: RequestLimits = {
  bulkBytesMax: 16 * 1024,
  argumentsMax: 10,
  inlineBytesMax: 16 * 1024,
  requestBytesMax: 64 * 1024,
  whose: 'unauthenticated ',
};

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  bulkBytesMax: 64 * 1024 * 1024,
  argumentsMax: 1024 * 1024,
  inlineBytesMax: 64 * 1024,
  requestBytesMax: 256 * 1024 * 1024,
  whose: '',
};

/** The bytes are no request; the message is Redis' own, without "ERR Protocol error: ". The connection must be closed. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/**
 * Incremental parser of requests: arrays of bulk strings, and inline commands. It works in place on the chunks it is given;
 * only a request that spans chunks is gathered in a buffer of its own, which grows by doubling, so that a large value costs
 * linear time. A request that is half there is never parsed twice.
 *
 * The arguments that `next` returns are in those buffers. They stay intact until the owner of the chunk uses its memory
 * again, before which it calls `keep`; what outlives that must be copied.
 */
export class RequestParser {
  private buffer: Buffer = NOTHING;
  /** The buffer is the parser's own, with room behind `end`. A chunk of the socket's is never written to. */
  private owned = false;
  private position = 0;
  private end = 0;
  /** Where the request being parsed begins; meaningful while argumentsLeft > 0. */
  private start = 0;
  private argumentsLeft = 0;
  /** Length of the argument whose header was read; -1: a header comes next. */
  private bulkLength = -1;
  /** Of the arguments so far, relative to `start`. */
  private bounds = new Bounds();

  constructor(public limits: RequestLimits = DEFAULT_REQUEST_LIMITS) {}

  /** Takes the first `length` bytes of a chunk, which must not change before `keep` was called. */
  push(chunk: Buffer, length = chunk.length): void {
    const kept = this.pendingBytes;
    if (kept === 0) this.adopt(chunk, length);
    else this.append(chunk, length, kept);
  }

  /** Lets go of the chunk: what is pending of it is copied. */
  keep(): void {
    if (this.owned) return;
    const kept = this.pendingBytes;
    if (kept === 0) this.adopt(NOTHING, 0);
    else this.grow(kept, kept);
  }

  /** Tells where the next requests are. They stay the next ones until `skipTo` is called. Returns whether there may be some. */
  window(batch: { bytes: Buffer; from: number; end: number }): boolean {
    batch.bytes = this.buffer;
    batch.from = this.position;
    batch.end = this.end;
    return this.argumentsLeft === 0 && this.end > this.position && this.limits.bulkBytesMax >= SHORT_BYTES_MAX;
  }

  skipTo(position: number): void {
    this.position = position;
  }

  /**
   * Reads the next requests into `requests`, as many as are complete short ones, and gives how many. They stay the next ones
   * until `skip` is called with the last of them that was performed.
   */
  peekShort(requests: readonly ShortRequest[]): number {
    if (this.argumentsLeft > 0) return 0;
    let from = this.position;
    let count = 0;
    for (; count < requests.length; count++) {
      const request = requests[count]!;
      if (!readShortRequest(request, this.buffer, from, this.end) || !this.isWithinLimits(request)) break;
      from = request.end;
    }
    return count;
  }

  skip(request: ShortRequest): void {
    this.position = request.end;
  }

  /** The next complete request, undefined when more bytes are needed. Throws ProtocolError. */
  next(): ArgumentList | undefined {
    while (this.argumentsLeft > 0 || this.position < this.end) {
      if (this.argumentsLeft === 0 && this.buffer[this.position] !== ASTERISK) {
        const words = this.readInline();
        if (words === undefined) return undefined;
        if (words.length > 0) return ArgumentList.of(words);
      } else if (this.argumentsLeft > 0 || this.readHeader()) {
        if (this.argumentsLeft > 0) return this.readArguments() ? this.takeArguments() : undefined;
      } else {
        return undefined;
      }
    }
    this.adopt(NOTHING, 0);
    return undefined;
  }

  /** Lets go of all that was received: nothing follows. */
  discard(): void {
    this.adopt(NOTHING, 0);
    this.argumentsLeft = 0;
    this.bounds = new Bounds();
  }

  /** Memory that is kept for requests that are not whole, or not performed. */
  get memoryBytes(): number {
    return (this.owned ? this.buffer.length : 0) + this.bounds.byteLength;
  }

  /** Bytes received that no returned request covers. */
  get pendingBytes(): number {
    return this.end - (this.argumentsLeft > 0 ? this.start : this.position);
  }

  private isWithinLimits({ keyStart, keyEnd, valueStart, valueEnd }: ShortRequest): boolean {
    return Math.max(keyEnd - keyStart, valueEnd - valueStart) <= this.limits.bulkBytesMax;
  }

  private adopt(chunk: Buffer, length: number): void {
    this.buffer = chunk;
    this.owned = false;
    this.position = 0;
    this.end = length;
  }

  private append(chunk: Buffer, length: number, kept: number): void {
    if (!this.owned || this.buffer.length - this.end < length) this.grow(kept, kept + length);
    chunk.copy(this.buffer, this.end, 0, length);
    this.end += length;
  }

  /** Moves what is pending into a fresh buffer: the old one may still be referenced by arguments that were handed out. */
  private grow(kept: number, needed: number): void {
    const from = this.end - kept;
    const expected = this.expectedBytes(this.position - from);
    const size = expected > needed ? Math.min(expected, GROWTH_MAX * needed) : 2 * needed;
    const buffer = Buffer.allocUnsafeSlow(size);
    this.buffer.copy(buffer, 0, from, this.end);
    this.buffer = buffer;
    this.owned = true;
    this.position -= from;
    this.start = 0;
    this.end = kept;
  }

  /** What the request will take, as far as it is known: its first `parsed` bytes were. */
  private expectedBytes(parsed: number): number {
    const argument = this.bulkLength < 0 ? 0 : parsed + this.bulkLength + 2;
    const done = this.bounds.count / 2;
    if (this.argumentsLeft === 0 || done < FEW) return argument;
    // The others are likely to be of a kind. Memory that is not written to in the end costs nothing.
    return Math.max(argument, Math.ceil(1.05 * (parsed / done) * (done + this.argumentsLeft)));
  }

  private readInline(): Bytes[] | undefined {
    const found = this.buffer.indexOf(LF, this.position);
    const complete = found >= 0 && found < this.end;
    const length = (complete ? found : this.end) - this.position;
    if (length > this.limits.inlineBytesMax) throw new ProtocolError('too big inline request');
    if (!complete) return undefined;
    const words = splitInline(this.buffer.subarray(this.position, found));
    if (words === undefined) throw new ProtocolError('unbalanced quotes in request');
    this.position = found + 1;
    return words;
  }

  /** Reads "*<count>"; false when the line is not complete. A count of 0 or less is a request of nothing, as in Redis. */
  private readHeader(): boolean {
    const lineEnd = this.findLineEnd('too big mbulk count string');
    if (lineEnd < 0) return false;
    const count = this.readLength(this.position + 1, lineEnd);
    if (Number.isNaN(count)) throw new ProtocolError('invalid multibulk length');
    if (count > this.limits.argumentsMax) throw new ProtocolError(`${this.limits.whose || 'invalid '}multibulk length`);
    this.start = this.position;
    this.position = lineEnd + 2;
    this.argumentsLeft = Math.max(0, count);
    return true;
  }

  /** Reads arguments as far as the bytes reach; whether the request is complete. */
  private readArguments(): boolean {
    while (this.argumentsLeft > 0) {
      if (this.bulkLength < 0 && !this.readBulkHeader()) return this.checkSize();
      const argumentEnd = this.position + this.bulkLength;
      if (this.end < argumentEnd + 2) return this.checkSize();
      this.bounds.add(this.position - this.start, argumentEnd - this.start);
      this.position = argumentEnd + 2;
      this.bulkLength = -1;
      this.argumentsLeft--;
    }
    return true;
  }

  private readBulkHeader(): boolean {
    const lineEnd = this.findLineEnd('too big bulk count string');
    if (lineEnd < 0) return false;
    const mark = this.buffer[this.position]!;
    if (mark !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(mark)}'`);
    const length = this.readLength(this.position + 1, lineEnd);
    if (!(length >= 0)) throw new ProtocolError('invalid bulk length');
    if (length > this.limits.bulkBytesMax) throw new ProtocolError(`${this.limits.whose || 'invalid '}bulk length`);
    this.bulkLength = length;
    this.position = lineEnd + 2;
    return true;
  }

  private takeArguments(): ArgumentList {
    const { bounds } = this;
    this.bounds = new Bounds();
    return new ArgumentList(this.buffer, this.start, bounds, this.owned);
  }

  private checkSize(): false {
    if (this.end - this.start > this.limits.requestBytesMax) throw new ProtocolError('too big request');
    return false;
  }

  /** The place of the CR that ends the current line, once the byte after it is there too; -1 before. */
  private findLineEnd(tooBig: string): number {
    const { buffer, end } = this;
    const near = Math.min(end, this.position + NEAR_BYTES);
    for (let at = this.position; at < near; at++) if (buffer[at] === CR) return at + 1 < end ? at : -1;
    const found = near < end ? buffer.indexOf(CR, near) : -1;
    if (found >= 0 && found + 1 < end) return found;
    if (end - this.position > this.limits.inlineBytesMax) throw new ProtocolError(tooBig);
    return -1;
  }

  /** A length in Redis' strict grammar; NaN when it is none. */
  private readLength(from: number, to: number): number {
    const negative = this.buffer[from] === MINUS;
    const first = negative ? from + 1 : from;
    if (to - first < 1 || to - first > 15) return Number.NaN;
    if (this.buffer[first] === ZERO) return to - from === 1 ? 0 : Number.NaN;
    let value = 0;
    for (let at = first; at < to; at++) {
      const digit = this.buffer[at]! - ZERO;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }
}

// ---

/** No short request has a longer key or value where it is performed at once. */
const SHORT_BYTES_MAX = 4096;
/** A buffer that has to grow is at most so many times as large as what is in it. */
const GROWTH_MAX = 8;
/** From so few arguments nothing follows for the others. */
const FEW = 64;
const NOTHING = Buffer.alloc(0);
const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const MINUS = 0x2d;
const ZERO = 0x30;
const CR = 0x0d;
const LF = 0x0a;
/** Lines that announce a length are short: a loop over them beats the call into indexOf. */
const NEAR_BYTES = 16;
