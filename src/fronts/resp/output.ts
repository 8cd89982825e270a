import type { Socket } from 'node:net';
import type { Bytes } from '../../core/model/bytes.js';

export interface OutputLimits {
  /** Above this many unsent bytes a client that takes none of them for `stallMs` is disconnected. */
  readonly bytesMax: number;
  readonly stallMs: number;
}

/**
 * The replies on their way to one client. They go out in pieces, one after the other, so that "the client is still taking
 * bytes" can be told from "the client does not read": a large reply to a slow reader is fine, one to no reader is not.
 */
export class Output {
  /** Pieces that the socket has not been given. Not empty only while a 'drain' of the socket is due. */
  private queue: Bytes[] = [];
  private queuedBytes = 0;
  private ending = false;
  private stallTimer: NodeJS.Timeout | undefined;
  private onRoom: (() => void) | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly limits: OutputLimits,
    /** Called when something of what was pending is gone. */
    private readonly onDrained: () => void = () => {},
    private readonly onStalled: () => void = () => {},
  ) {
    socket.on('drain', () => this.drain());
  }

  get pendingBytes(): number {
    return this.queuedBytes + this.socket.writableLength;
  }

  /** Sends a buffer; whether all bytes are with the kernel already, so that its memory may be used again. */
  send(bytes: Bytes): boolean {
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      const piece = bytes.length <= PIECE_BYTES ? bytes : bytes.subarray(from, from + PIECE_BYTES);
      if (this.queue.length > 0 || this.socket.writableNeedDrain) this.enqueue(piece);
      else this.socket.write(piece);
    }
    if (this.pendingBytes > this.limits.bytesMax) this.watchForStall();
    return this.queue.length === 0 && this.socket.writableLength === 0;
  }

  /** Too much is unsent to go on executing commands of this client. */
  get isFull(): boolean {
    return this.pendingBytes > HIGH_WATER_BYTES;
  }

  /** Calls back once, when the output is no longer full. */
  whenRoom(callback: () => void): void {
    this.onRoom = callback;
  }

  /** Closes the sending side after everything is sent. */
  end(): void {
    this.ending = true;
    if (this.queue.length === 0) this.socket.end();
  }

  /** The socket is gone. */
  dispose(): void {
    clearTimeout(this.stallTimer);
    this.queue = [];
    this.queuedBytes = 0;
    this.onRoom = undefined;
  }

  private enqueue(piece: Bytes): void {
    this.queue.push(piece);
    this.queuedBytes += piece.length;
  }

  private drain(): void {
    let sent = 0;
    while (sent < this.queue.length && !this.socket.writableNeedDrain) {
      const piece = this.queue[sent++]!;
      this.queuedBytes -= piece.length;
      this.socket.write(piece);
    }
    this.queue.splice(0, sent);
    this.stallTimer?.refresh();
    if (this.ending && this.queue.length === 0) this.socket.end();
    this.onDrained();
    if (this.onRoom !== undefined && !this.isFull) this.tellRoom();
  }

  private tellRoom(): void {
    const callback = this.onRoom;
    this.onRoom = undefined;
    callback?.();
  }

  private watchForStall(): void {
    this.stallTimer ??= setTimeout(() => this.stalled(), this.limits.stallMs).unref();
  }

  /** Nothing was sent for the whole time, since `drain` puts the timer back. */
  private stalled(): void {
    this.stallTimer = undefined;
    if (this.pendingBytes <= this.limits.bytesMax) return;
    this.onStalled();
    this.socket.destroy();
  }
}

// ---

const PIECE_BYTES = 256 * 1024;
/** Reading and executing stops above this. */
const HIGH_WATER_BYTES = 1024 * 1024;
