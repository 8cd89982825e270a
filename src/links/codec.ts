import type { Message } from '../core/replication/messages.js';
import { decodeBinary, encodeBinary, isBinary, isBinaryType } from './binary-messages.js';
import { ByteReader } from './byte-reader.js';
import { LinkProtocolError } from './errors.js';
import { checkFrame, FRAME_HEADER_BYTES, frameBytesAt, MAX_FRAME_BYTES } from './frame.js';
import { decodeJson, encodeJson } from './json-messages.js';

/** A carry buffer larger than this is let go after its frame. */
/** Memory for a frame with a large value is kept for the next one: memory that was never touched costs more than the rest of the work. */
const CARRY_KEPT_BYTES = 8 * 1024 * 1024;
const CARRY_FIRST_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * One frame with the message, in pieces that follow each other: what can be sent as it lies in memory is not copied. A message
 * that does not fit in MAX_FRAME_BYTES, or breaks a rule of its type, is a bug of the caller: InvariantError.
 */
export function encodeMessage(message: Message): readonly Buffer[] {
  return isBinary(message) ? encodeBinary(message) : [encodeJson(message)];
}

/**
 * Cuts a stream of bytes into messages, at whatever places the chunks end. Whole frames are read in place; only a frame
 * that spans chunks is copied together. Nothing of a chunk is kept after `push`, so a chunk may be a reused buffer. The
 * packed entries of a message are good until `deliver` returns.
 */
export class FrameDecoder {
  /** The first `held` bytes are the beginning of a frame that is not complete yet. */
  private carry: Buffer = NOTHING;
  private held = 0;
  /** The length of the frame in `carry`, header included; FRAME_HEADER_BYTES while the header is not complete. */
  private needed = FRAME_HEADER_BYTES;
  private failure: LinkProtocolError | null = null;
  /** No frame that comes may be longer. */
  bytesMax = MAX_FRAME_BYTES;

  /**
   * Calls `deliver` with each message that is complete, in order. A broken frame throws a LinkProtocolError, after the
   * messages before it were delivered; from then on every push throws it, for there is no way back into step.
   */
  push(chunk: Buffer, deliver: (message: Message) => void): void {
    if (this.failure !== null) throw this.failure;
    try {
      this.cut(chunk, deliver);
    } catch (error) {
      if (error instanceof LinkProtocolError) this.failure = error;
      throw error;
    }
  }

  private cut(chunk: Buffer, deliver: (message: Message) => void): void {
    let at = this.held > 0 ? this.complete(chunk, deliver) : 0;
    while (chunk.length - at >= FRAME_HEADER_BYTES) {
      const end = at + frameBytesAt(chunk, at, this.bytesMax);
      if (end > chunk.length) break;
      const message = decodeFrame(chunk, at, end);
      at = end;
      deliver(message);
    }
    if (at < chunk.length) this.hold(chunk, at, chunk.length);
  }

  /** Adds to the frame that is held until it is whole. Returns how much of the chunk that took. */
  private complete(chunk: Buffer, deliver: (message: Message) => void): number {
    let at = 0;
    while (at < chunk.length) {
      const upto = Math.min(chunk.length, at + this.needed - this.held);
      this.hold(chunk, at, upto);
      at = upto;
      if (this.held < this.needed) continue;
      const message = decodeFrame(this.carry, 0, this.needed);
      this.release();
      deliver(message);
      break;
    }
    return at;
  }

  private hold(chunk: Buffer, from: number, upto: number): void {
    this.makeRoom(this.held + upto - from);
    chunk.copy(this.carry, this.held, from, upto);
    this.held += upto - from;
    if (this.needed === FRAME_HEADER_BYTES && this.held >= FRAME_HEADER_BYTES) {
      this.needed = frameBytesAt(this.carry, 0, this.bytesMax);
    }
  }

  /** All that the frame needs, if that is not much; else it grows by doubling, so that a peer must have sent half of what it makes us allocate. */
  private makeRoom(bytes: number): void {
    if (bytes <= this.carry.length) return;
    const whole = this.needed <= CARRY_KEPT_BYTES ? this.needed : 0;
    const larger = Buffer.allocUnsafeSlow(Math.max(CARRY_FIRST_BYTES, whole, Math.min(2 * bytes, MAX_FRAME_BYTES)));
    this.carry.copy(larger, 0, 0, this.held);
    this.carry = larger;
  }

  private release(): void {
    this.held = 0;
    this.needed = FRAME_HEADER_BYTES;
    if (this.carry.length > CARRY_KEPT_BYTES) this.carry = NOTHING;
  }
}

// -----------------------------------------------------------------------------------------------

function decodeFrame(buffer: Buffer, at: number, end: number): Message {
  const type = checkFrame(buffer, at, end);
  const reader = new ByteReader(buffer, at + FRAME_HEADER_BYTES + 1, end);
  const message = isBinaryType(type) ? decodeBinary(type, reader) : decodeJson(type, reader);
  reader.finish();
  return message;
}
