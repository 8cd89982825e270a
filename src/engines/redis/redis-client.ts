import { type Ports, REAL_PORTS, type Wire } from './ports.js';
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
const WATCH_MS = 1000;

/**
 * One connection to a Redis. Replies come in the order of the commands, and each command has its own, a refused SUBSCRIBE too.
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
  private lastProgressMs: number;
  private stopWatching: () => void = () => {};

  private constructor(
    private readonly wire: Wire,
    private readonly ports: Ports,
  ) {
    const parser = new ReplyParser(
      (reply) => this.receive(reply),
      (bytes, start, end) => this.onInvalid(bytes, start, end),
    );
    wire.onBytes = (bytes) => {
      this.lastProgressMs = ports.monoMs();
      try {
        parser.push(bytes);
      } catch (error) {
        this.end(error as Error);
      }
    };
    wire.onTaken = () => {
      this.lastProgressMs = ports.monoMs();
    };
    wire.onEnd = (error) => this.end(error);
    this.lastProgressMs = ports.monoMs();
    this.watchSilence();
  }

  static async connect(target: RedisTarget, ports: Ports = REAL_PORTS, timeoutMs = 5000): Promise<RedisClient> {
    return new RedisClient(await ports.dial(target, timeoutMs), ports);
  }

  /** For how long an answer has been owed without anything going over the connection. */
  get silentMs(): number {
    return this.waiting.length === 0 ? 0 : this.ports.monoMs() - this.lastProgressMs;
  }

  /** Rejects with a RedisFailure for an error reply, and with what ended the connection. */
  send(...args: Argument[]): Promise<RedisReply> {
    return this.sendAll(args);
  }

  /** The same of a command that may be long: arguments of a call go over the stack, which holds about a hundred thousand of them. */
  sendAll(args: readonly Argument[]): Promise<RedisReply> {
    return new Promise((resolve, reject) => this.postAll({ resolve, reject }, args));
  }

  /** The same without a promise: one waiter may wait for many commands. */
  post(waiter: Waiter, ...args: Argument[]): void {
    this.postAll(waiter, args);
  }

  postAll(waiter: Waiter, args: readonly Argument[]): void {
    if (this.ended !== null) return waiter.reject(this.ended);
    if (this.out.isEmpty) this.ports.soon(() => this.flush());
    if (this.waiting.length === this.first) this.lastProgressMs = this.ports.monoMs();
    this.out.command(args);
    this.waiting.push(waiter);
  }

  /** Takes nothing in for a while: what Redis says meanwhile waits in the socket, and is taken in at once afterwards. */
  pause(): void {
    this.wire.pause();
  }

  resume(): void {
    this.wire.resume();
  }

  /** What still waits is rejected with the reason. */
  close(reason = new Error('the connection was closed')): void {
    this.end(reason);
  }

  private flush(): void {
    const pieces = this.out.take();
    if (this.ended === null) this.wire.write(pieces);
  }

  private receive(reply: RedisReply | Push): void {
    if (isPush(reply) && !isConfirmation(reply)) return this.onPush(reply.items);
    this.answer(isPush(reply) ? reply.items : reply);
  }

  private answer(reply: RedisReply): void {
    const waiter = this.waiting[this.first++];
    if (this.first === this.waiting.length) {
      this.waiting.length = 0;
      this.first = 0;
    }
    if (reply instanceof RedisFailure) waiter?.reject(reply);
    else waiter?.resolve(reply);
  }

  private watchSilence(): void {
    this.stopWatching = this.ports.after(WATCH_MS, () => {
      if (this.silentMs >= SILENCE_MS_MAX) this.end(new Error(`no answer for ${SILENCE_MS_MAX / 1000} s`));
      else this.watchSilence();
    });
  }

  private end(error: Error): void {
    if (this.ended !== null) return;
    this.ended = error;
    this.stopWatching();
    this.wire.destroy();
    for (const { reject } of this.waiting.splice(this.first)) reject(error);
    this.onEnd(error);
  }
}

/**
 * The outcomes of `count` commands that `send` posts, in their order: a reply, a RedisFailure, or what ended the connection.
 * That one is an Error of the runtime, which in another realm, as of a test, is no instance of Error: nothing asks that of it.
 */
export function gather(
  count: number,
  send: (waiter: Waiter) => void,
): Promise<readonly PromiseSettledResult<RedisReply>[]> {
  return new Promise((resolve) => {
    const outcomes: PromiseSettledResult<RedisReply>[] = [];
    const take = (outcome: PromiseSettledResult<RedisReply>): void => {
      outcomes.push(outcome);
      if (outcomes.length === count) resolve(outcomes);
    };
    send({
      resolve: (value) => take({ status: 'fulfilled', value }),
      reject: (reason) => take({ status: 'rejected', reason }),
    });
  });
}

/**
 * Enters by name and password. Returns the connection's number at the server.
 * @param protocol 3: what Redis tells on its own account comes as pushes
 * @throws RedisFailure if the server does not take the name and password
 */
export async function login(
  client: RedisClient,
  { username, password, database }: RedisTarget,
  protocol: 2 | 3 = 2,
): Promise<number> {
  const auth = password === '' ? [] : ['AUTH', username === '' ? 'default' : username, password];
  const reply = await client.send('HELLO', String(protocol), ...auth, 'SETNAME', 'mneme');
  if (database !== 0) await client.send('SELECT', String(database));
  const facts = Array.isArray(reply) ? reply : [];
  return Number(facts[facts.findIndex((fact) => String(fact) === 'id') + 1]);
}

// ---------------------------------------------------------------------------------------------------------------------

function isPush(reply: RedisReply | Push): reply is Push {
  return reply !== null && typeof reply === 'object' && 'items' in reply;
}

/** What answers a SUBSCRIBE that was not refused. */
function isConfirmation({ items }: Push): boolean {
  return Buffer.isBuffer(items[0]) && items[0].equals(SUBSCRIBED);
}
const SUBSCRIBED = Buffer.from('subscribe');

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
    this.header(STAR, args.length);
    for (const arg of args) {
      const length = typeof arg === 'string' ? Buffer.byteLength(arg) : arg.length;
      this.header(DOLLAR, length);
      if (typeof arg !== 'string' && length > WRITE_BYTES) this.long(arg);
      else this.short(arg, length);
      this.room(2);
      this.endLine();
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
    const { bytes, end } = this;
    if (typeof arg === 'string') bytes.write(arg, end);
    else if (length > SHORT_BYTES) bytes.set(arg, end);
    else for (let i = 0; i < length; i++) bytes[end + i] = arg[i]!;
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

  /** Digit by digit: calls into the runtime, two for each argument, cost more than all the rest. */
  private header(kind: number, count: number): void {
    this.room(HEADER_BYTES_MAX);
    this.bytes[this.end++] = kind;
    let scale = 1;
    while (scale * 10 <= count) scale *= 10;
    for (let rest = count; scale >= 1; scale /= 10) {
      const digit = Math.floor(rest / scale);
      this.bytes[this.end++] = ZERO + digit;
      rest -= digit * scale;
    }
    this.endLine();
  }

  private endLine(): void {
    this.bytes[this.end++] = CR;
    this.bytes[this.end++] = LF;
  }

  private room(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.end + bytes, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}

const [STAR, DOLLAR, ZERO, CR, LF] = [0x2a, 0x24, 0x30, 0x0d, 0x0a];
/** A kind, the digits of a safe integer, and the end of the line. */
const HEADER_BYTES_MAX = 20;
/** So few bytes are copied in a loop, which is cheaper than a call of `set`. */
const SHORT_BYTES = 48;
const PIECE_BYTES = 1 << 20;
const WRITE_BYTES = 1 << 16;
