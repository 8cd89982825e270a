import type { Socket } from 'node:net';
import type { Message } from '../core/replication/messages.js';
import { formatAddress } from './address.js';
import { encodeMessage, FrameDecoder } from './codec.js';
import { LinkOverflowError, LinkProtocolError } from './errors.js';
import { MAX_FRAME_BYTES } from './frame.js';
import type { Link, LinkHandlers, LinkSettings } from './link.js';
import type { Seal } from './trust.js';

/** open: messages flow. closing: we closed it, and wait for the other end to take what was sent. down: it is over. */
type State = 'open' | 'closing' | 'down';

/** A link over a connected socket. */
export class SocketLink implements Link {
  readonly remoteAddress: string;
  readonly connectedSinceMs = Date.now();
  private state: State = 'open';
  private failure: Error | null = null;
  private readonly decoder = new FrameDecoder();
  private receivedBytes = 0;
  /** Bytes handled since the event loop last had its turn. */
  private turnBytes = 0;

  /** Frames of this turn: they go to the socket together. */
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private acceptedBytes = 0;
  /** Whether `onDrain` is owed once the queue is below the low-water mark. */
  private owesDrain = false;

  constructor(
    readonly id: number,
    readonly dialled: string | null,
    private readonly socket: Socket,
    private readonly handlers: LinkHandlers,
    private readonly settings: LinkSettings,
    readonly seal: Seal,
  ) {
    this.remoteAddress = formatAddress({ host: socket.remoteAddress ?? 'unknown', port: socket.remotePort ?? 0 });
    this.decoder.bytesMax = settings.firstFrameBytes;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, settings.keepAliveMs);
  }

  get queuedBytes(): number {
    return this.pendingBytes + this.socket.writableLength;
  }

  get bytesSent(): number {
    return this.acceptedBytes - this.queuedBytes;
  }

  get bytesReceived(): number {
    return this.receivedBytes;
  }

  /** Begin: `onDown` is called once the socket is closed, however that comes about, and `onGone` just before. */
  start(onGone: () => void): void {
    const { socket } = this;
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    // The other end wants no more of us: waiting for it to take what is queued would only keep a dead link up.
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => {
      this.failure ??= error;
    });
    socket.on('close', () => {
      const error = this.state === 'closing' ? null : this.failure;
      this.state = 'down';
      onGone();
      this.handlers.onDown(this, error);
    });
    socket.resume();
  }

  send(message: Message): void {
    if (this.state !== 'open') return;
    for (const piece of encodeMessage(message)) this.sendEncoded(piece);
  }

  sendEncoded(frame: Buffer): void {
    if (this.state !== 'open') return;
    if (this.pending.length === 0) process.nextTick(() => this.flush());
    this.pending.push(frame);
    this.pendingBytes += frame.length;
    this.acceptedBytes += frame.length;
    if (this.queuedBytes >= this.settings.lowWaterBytes) this.owesDrain = true;
    if (this.queuedBytes > this.settings.queuedBytesMax) this.fail(this.overflow());
  }

  close(): void {
    if (this.state !== 'open') return;
    this.flush();
    this.state = 'closing';
    const { socket } = this;
    socket.end();
    // Reading goes on: a socket that is closed with unread bytes resets the link, and our last message with it.
    const linger = setTimeout(() => socket.destroy(), this.settings.lingerMs);
    socket.once('close', () => clearTimeout(linger));
  }

  /** Take in bytes of the other end. The chunk may be reused afterwards. */
  receive(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    if (this.state !== 'open') return;
    try {
      this.decoder.push(chunk, this.deliver);
    } catch (error) {
      if (!(error instanceof LinkProtocolError)) throw error;
      this.fail(error);
      return;
    }
    this.turnBytes += chunk.length;
    if (this.turnBytes >= this.settings.turnBytes) this.yieldTurn();
  }

  // ---------------------------------------------------------------------------------------------

  /** A handler may close the link in the middle of a chunk: the rest of it is not delivered. */
  private readonly deliver = (message: Message): void => {
    if (message.type === 'hello') this.decoder.bytesMax = MAX_FRAME_BYTES;
    if (this.state === 'open') this.handlers.onMessage(this, message);
  };

  /** A fast sender must not keep timers and other links waiting. */
  private yieldTurn(): void {
    this.turnBytes = 0;
    this.socket.pause();
    setImmediate(() => this.socket.resume());
  }

  private flush(): void {
    const frames = this.pending;
    const last = frames.pop();
    if (last === undefined || this.state === 'down') return;
    this.pending = [];
    this.pendingBytes = 0;
    this.socket.cork();
    for (const frame of frames) this.socket.write(frame);
    this.socket.write(last, this.written);
    this.socket.uncork();
  }

  private readonly written = (error?: Error | null): void => {
    if (error || !this.owesDrain || this.state !== 'open' || this.queuedBytes >= this.settings.lowWaterBytes) return;
    this.owesDrain = false;
    this.handlers.onDrain?.(this);
  };

  private fail(error: Error): void {
    if (this.state !== 'open') return;
    this.state = 'down';
    this.failure = error;
    this.socket.destroy();
  }

  private overflow(): LinkOverflowError {
    return new LinkOverflowError(
      `${this.remoteAddress} does not read: ${this.queuedBytes} bytes are queued for it, ` +
        `the limit is ${this.settings.queuedBytesMax}`,
    );
  }
}
