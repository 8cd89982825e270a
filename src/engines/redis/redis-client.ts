import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Push, RedisFailure, type RedisReply, ReplyParser } from './reply-parser.js';
import type { RedisTarget } from './target.js';

export type Argument = string | Buffer;

/** A connection without an answer for so long counts as lost: a gap that is found late is only a longer gap. */
const REPLY_TIMEOUT_MS = 15_000;

/**
 * One RESP3 connection to a Redis. Replies come in the order of the commands, and pushes (invalidations) on the same
 * connection in the order in which the Redis made them: nothing is said of a key before its invalidation was seen.
 * It never reconnects: what was lost in between has to be looked for, so its owner makes a new one.
 */
export class RedisClient {
  /** Called for invalidations and messages. */
  onPush: (items: RedisReply[]) => void = () => {};
  /** Called once, when the connection is over. */
  onEnd: (error: Error) => void = () => {};
  private readonly waiting: { resolve(reply: RedisReply): void; reject(error: Error): void }[] = [];
  private first = 0;
  private out: Buffer[] = [];
  private ended: Error | null = null;
  private lastReplyMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly socket: Socket) {
    const parser = new ReplyParser((reply) => this.receive(reply));
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      try {
        parser.push(chunk);
      } catch (error) {
        this.end(error as Error);
      }
    });
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('the connection was closed')));
    this.timer = setInterval(() => this.checkSilence(), 1000);
    this.timer.unref();
  }

  static connect(target: RedisTarget, timeoutMs = 5000): Promise<RedisClient> {
    const { host, port, tls } = target;
    const socket = tls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    return new Promise((resolve, reject) => {
      socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      socket.once('error', reject);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        socket.setTimeout(0);
        socket.off('error', reject);
        resolve(new RedisClient(socket));
      });
    });
  }

  /** Rejects with a RedisFailure for an error reply, and with what ended the connection. */
  send(...args: Argument[]): Promise<RedisReply> {
    if (this.ended !== null) return Promise.reject(this.ended);
    if (this.out.length === 0) setImmediate(() => this.flush());
    if (this.waiting.length === this.first) this.lastReplyMs = performance.now();
    this.out.push(encode(args));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** Its confirmation comes as a push: nothing is to be waited for. */
  subscribe(channel: string): void {
    if (this.out.length === 0) setImmediate(() => this.flush());
    this.out.push(encode(['SUBSCRIBE', channel]));
  }

  close(): void {
    this.end(new Error('the connection was closed'));
  }

  private flush(): void {
    const out = this.out;
    this.out = [];
    if (this.ended === null) this.socket.write(out.length === 1 ? out[0]! : Buffer.concat(out));
  }

  private receive(reply: RedisReply | Push): void {
    this.lastReplyMs = performance.now();
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
    if (this.waiting.length === 0 || performance.now() - this.lastReplyMs < REPLY_TIMEOUT_MS) return;
    this.end(new Error(`no answer for ${REPLY_TIMEOUT_MS / 1000} s`));
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

function encode(args: readonly Argument[]): Buffer {
  const parts: Buffer[] = [];
  let text = `*${args.length}\r\n`;
  for (const arg of args) {
    if (typeof arg === 'string') text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
    else {
      parts.push(Buffer.from(`${text}$${arg.length}\r\n`), arg);
      text = '\r\n';
    }
  }
  parts.push(Buffer.from(text));
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
