import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { type InvalidKey, type Push, RedisFailure, type RedisReply, ReplyParser } from './reply-parser.js';
import type { RedisTarget } from './target.js';

export type Argument = string | Buffer;

/** Who hears of a reply. */
export interface Waiter {
  resolve(reply: RedisReply): void;
  reject(error: Error): void;
}

/**
 * A connection that owes an answer, and over which nothing went in either direction for so long, counts as lost: a gap that is
 * found late is only a longer gap. An answer that takes long may come all the same, as long as it goes on coming.
 */
const SILENCE_MS_MAX = 15_000;

/**
 * One RESP3 connection to a Redis. Replies come in the order of the commands, and pushes (invalidations) on the same
 * connection in the order in which the Redis made them: nothing is said of a key before its invalidation was seen.
 * It never reconnects: what was lost in between has to be looked for, so its owner makes a new one.
 */
export class RedisClient {
  /** Called for messages, and for an invalidation of everything. */
  onPush: (items: RedisReply[]) => void = () => {};
  /** Called for each key of an invalidation. */
  onInvalid: InvalidKey = () => {};
  /** Called once, when the connection is over. */
  onEnd: (error: Error) => void = () => {};
  private readonly waiting: Waiter[] = [];
  private first = 0;
  private readonly out = new CommandWriter();
  private ended: Error | null = null;
  private lastProgressMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly socket: Socket,
    reading: Reading,
  ) {
    const parser = new ReplyParser(
      (reply) => this.receive(reply),
      (bytes, start, end) => this.onInvalid(bytes, start, end),
    );
    socket.setNoDelay(true);
    reading.onBytes = (bytes) => {
      this.lastProgressMs = performance.now();
      try {
        parser.push(bytes);
      } catch (error) {
        this.end(error as Error);
      }
    };
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('the connection was closed')));
    this.timer = setInterval(() => this.checkSilence(), 1000);
    this.timer.unref();
  }

  static connect(target: RedisTarget, timeoutMs = 5000): Promise<RedisClient> {
    const { host, port, tls } = target;
    // An address is no name to ask for; the certificate is checked against it all the same.
    const named = isIP(host) === 0 ? { servername: host } : {};
    const reading: Reading = { onBytes: () => {} };
    // Unlike a stream of chunks this stops at once when the socket is paused.
    const onread = {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback: (count: number, buffer: Uint8Array): boolean => {
        reading.onBytes(buffer.subarray(0, count));
        return true;
      },
    };
    const options = { host, port, onread };
    // TLS hands these options on, which its types do not say.
    const socket = tls ? connectTls({ ...options, ...named } as ConnectionOptions) : connectTcp(options);
    return new Promise((resolve, reject) => {
      socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      socket.once('error', reject);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        socket.setTimeout(0);
        socket.off('error', reject);
        resolve(new RedisClient(socket, reading));
      });
    });
  }

  /** Rejects with a RedisFailure for an error reply, and with what ended the connection. */
  send(...args: Argument[]): Promise<RedisReply> {
    return new Promise((resolve, reject) => this.post({ resolve, reject }, ...args));
  }

  /** The same without a promise: one waiter may wait for many commands. */
  post(waiter: Waiter, ...args: Argument[]): void {
    if (this.ended !== null) return waiter.reject(this.ended);
    if (this.out.isEmpty) setImmediate(() => this.flush());
    if (this.waiting.length === this.first) this.lastProgressMs = performance.now();
    this.out.command(args);
    this.waiting.push(waiter);
  }

  /** Its confirmation comes as a push: nothing is to be waited for. */
  subscribe(channel: string): void {
    if (this.out.isEmpty) setImmediate(() => this.flush());
    this.out.command(['SUBSCRIBE', channel]);
  }

  /** Takes nothing in for a while: what Redis says meanwhile waits in the socket, and is taken in at once afterwards. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.end(new Error('the connection was closed'));
  }

  private flush(): void {
    const pieces = this.out.take();
    if (this.ended !== null) return;
    this.socket.cork();
    for (const piece of pieces) this.socket.write(piece, this.written);
    this.socket.uncork();
  }

  private readonly written = (): void => {
    this.lastProgressMs = performance.now();
  };

  private receive(reply: RedisReply | Push): void {
    if (isPush(reply)) return this.onPush(reply.items);
    const waiter = this.waiting[this.first++];
    if (this.first === this.waiting.length) {
      this.waiting.length = 0;
      this.first = 0;
    }
    if (reply instanceof RedisFailure) waiter?.reject(reply);
    else waiter?.resolve(reply);
  }

  private checkSilence(): void {
    if (this.waiting.length === 0 || performance.now() - this.lastProgressMs < SILENCE_MS_MAX) return;
    this.end(new Error(`no answer for ${SILENCE_MS_MAX / 1000} s`));
  }

  private end(error: Error): void {
    if (this.ended !== null) return;
    this.ended = error;
    clearInterval(this.timer);
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(this.first)) reject(error);
    this.onEnd(error);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function isPush(reply: RedisReply | Push): reply is Push {
  return reply !== null && typeof reply === 'object' && 'items' in reply;
}

/** Gathers commands in one buffer, which goes to the socket as it is: nothing is allocated per command but for long arguments. */
class CommandWriter {
  private bytes: Buffer = Buffer.allocUnsafe(WRITE_BYTES);
  private end = 0;
  /** What comes before the bytes that are being gathered. */
  private pieces: Buffer[] = [];

  get isEmpty(): boolean {
    return this.end === 0 && this.pieces.length === 0;
  }

  command(args: readonly Argument[]): void {
    this.text(`*${args.length}\r\n`);
    for (const arg of args) {
      const length = typeof arg === 'string' ? Buffer.byteLength(arg) : arg.length;
      this.text(`$${length}\r\n`);
      if (typeof arg !== 'string' && length > WRITE_BYTES) this.long(arg);
      else this.short(arg, length);
      this.text('\r\n');
    }
  }

  /** What was gathered, to be kept by the socket as long as it wants. */
  take(): Buffer[] {
    const taken = this.pieces;
    this.endPiece(taken);
    this.pieces = [];
    return taken;
  }

  private short(arg: Argument, length: number): void {
    this.room(length);
    if (typeof arg === 'string') this.bytes.write(arg, this.end);
    else this.bytes.set(arg, this.end);
    this.end += length;
  }

  /** In pieces, so that each one that the other end takes tells that it is still there. */
  private long(arg: Buffer): void {
    this.endPiece(this.pieces);
    for (let at = 0; at < arg.length; at += PIECE_BYTES) this.pieces.push(arg.subarray(at, at + PIECE_BYTES));
  }

  private endPiece(pieces: Buffer[]): void {
    if (this.end > 0) pieces.push(this.bytes.subarray(0, this.end));
    // What is left of a large buffer serves the next commands.
    const rest = this.bytes.subarray(this.end);
    this.bytes = rest.length < WRITE_BYTES / 4 ? Buffer.allocUnsafe(WRITE_BYTES) : rest;
    this.end = 0;
  }

  private text(text: string): void {
    this.room(text.length);
    this.end += this.bytes.write(text, this.end, 'latin1');
  }

  private room(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.end + bytes, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}

const PIECE_BYTES = 1 << 20;
const WRITE_BYTES = 1 << 16;
const READ_BYTES = 1 << 16;

/** Who takes the bytes of a socket, from the moment at which it is connected. */
interface Reading {
  onBytes: (bytes: Uint8Array) => void;
}
