import type { Socket } from 'node:net';
import type { Trust } from '../../links/trust.js';
import { dialNode } from './dial.js';
import { TimedOut } from './timed-out.js';

/** What the server answered with an error. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/**
 * The least that admin calls need of the Redis protocol: commands of texts, answered one after the other by a text or an
 * error. A client library takes longer to load than a node to answer.
 */
export class AdminConnection {
  private chunks: Buffer[] = [];
  private held = 0;
  /** No reply can be whole before so many bytes are there: a large one is not put together again and again. */
  private needed = 0;
  private readonly waiting: Waiting[] = [];
  private failure: Error | null = null;
  /** Goes out with the first request: then a node knows at once whom it has to do with. */
  private prelude = '';

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('connection closed')));
  }

  /** Rejects with the error of the socket, or when it is not up in time. */
  static async connect(host: string, port: number, timeoutMs: number, trust?: Trust | null): Promise<AdminConnection> {
    return new AdminConnection(await dialNode(host, port, timeoutMs, trust));
  }

  /** Says who asks, before anything else is asked. Where that is refused, so is what is asked next. */
  introduce(name: string, password: string): void {
    this.prelude = encode(['AUTH', name, password]);
  }

  /**
   * @param timeoutMs how long nothing may come while the answer is awaited; 0: as long as it needs
   * @throws ReplyError if the answer is an error
   */
  request(args: readonly string[], timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.failure !== null) return reject(this.failure);
      const late =
        timeoutMs > 0 ? setTimeout(() => this.socket.destroy(new TimedOut(timeoutMs)), timeoutMs) : undefined;
      if (this.prelude !== '')
        this.waiting.push({ resolve: () => {}, reject: (error) => this.fail(error), late: undefined });
      this.waiting.push({ resolve, reject, late });
      this.socket.write(this.prelude + encode(args));
      this.prelude = '';
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    for (const { late } of this.waiting) late?.refresh();
    if (this.held < this.needed) return;
    let bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    for (;;) {
      const reply = readReply(bytes);
      if (typeof reply === 'number') {
        this.needed = reply;
        break;
      }
      if (reply.kind === 'broken') return void this.socket.destroy(new Error('it does not speak the Redis protocol'));
      bytes = bytes.subarray(reply.end);
      this.settle(reply);
    }
    this.chunks = [bytes];
    this.held = bytes.length;
  }

  private settle(reply: Reply): void {
    const next = this.waiting.shift();
    clearTimeout(next?.late);
    if (reply.kind === 'error') next?.reject(new ReplyError(reply.text));
    else next?.resolve(reply.text);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject, late } of this.waiting.splice(0)) {
      clearTimeout(late);
      reject(this.failure);
    }
  }
}

// ---

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (error: Error) => void;
  readonly late: NodeJS.Timeout | undefined;
}

interface Reply {
  readonly kind: 'text' | 'error' | 'broken';
  readonly text: string;
  readonly end: number;
}

function encode(args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;
}

/** The first reply, or how many bytes it needs at least. */
function readReply(bytes: Buffer): Reply | number {
  const lineEnd = bytes.indexOf('\r\n');
  if (lineEnd < 0) return bytes.length > LINE_BYTES_MAX ? BROKEN : bytes.length + 1;
  const kind = String.fromCharCode(bytes[0]!);
  const line = bytes.toString('utf8', 1, lineEnd);
  const start = lineEnd + 2;
  if (kind === '-') return { kind: 'error', text: line, end: start };
  if (kind === '+' || kind === ':') return { kind: 'text', text: line, end: start };
  if (kind !== '$' || !/^\d+$/.test(line)) return BROKEN;
  const end = start + Number(line) + 2;
  return bytes.length < end ? end : { kind: 'text', text: bytes.toString('utf8', start, end - 2), end };
}

const LINE_BYTES_MAX = 1 << 20;
const BROKEN: Reply = { kind: 'broken', text: '', end: 0 };
