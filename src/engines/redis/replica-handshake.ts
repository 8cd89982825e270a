import { OperatorError } from '../../core/model/errors.js';
import type { Wire } from './ports.js';
import type { ServerInfo } from './server-info.js';
import type { RedisTarget } from './target.js';

const LINE_BYTES_MAX = 4096;
/** What ends a dump whose length is not known before. */
const MARK_BYTES = 40;

/**
 * Asks a server for its replication stream. It goes on from where the server is now, if that keeps a backlog. Else the server
 * makes a dump first, for which it forks once, and of which a node wants nothing: it is an empty one.
 */
export class Handshake {
  private take: (bytes: Buffer) => void = (bytes) => this.takeLines(bytes);
  private line = '';
  private asked: Asked | null = null;
  private from = 0;
  private dumpLeft = 0;
  private mark: Buffer | null = null;
  private seen: Buffer = NOTHING;
  private began: { resolve(from: number): void; reject(error: Error): void } | null = null;

  constructor(
    private readonly wire: Wire,
    /** Gets all that comes after the handshake. */
    private readonly onStream: (bytes: Buffer) => void,
  ) {}

  push(bytes: Buffer): void {
    this.take(bytes);
  }

  fail(error: Error): void {
    this.asked?.reject(error);
    this.began?.reject(error);
  }

  /** Returns the number of the connection at the server. */
  async login({ username, password }: RedisTarget): Promise<number> {
    if (password !== '') await this.ask('AUTH', ...(username === '' ? [] : [username]), password);
    await this.ask('CLIENT', 'SETNAME', 'mneme');
    return Number((await this.ask('CLIENT', 'ID')).slice(1));
  }

  /** Returns the offset at which the stream begins. Nothing that is written from then on is missing from it. */
  async begin({ replicationId, offset }: ServerInfo): Promise<number> {
    await this.ask('REPLCONF', 'capa', 'eof', 'capa', 'psync2');
    await this.ask('REPLCONF', 'rdb-filter-only', '');
    this.from = offset;
    const began = new Promise<number>((resolve, reject) => {
      this.began = { resolve, reject };
    });
    began.catch(() => {});
    await this.ask('PSYNC', replicationId, String(offset + 1));
    return began;
  }

  /** One at a time: PSYNC is refused while replies are on their way. */
  private ask(...args: string[]): Promise<string> {
    const text = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('');
    this.wire.write([Buffer.from(`*${args.length}\r\n${text}`)]);
    return new Promise((resolve, reject) => {
      this.asked = { command: args[0]!, resolve, reject };
    });
  }

  private takeLines(bytes: Buffer): void {
    const end = bytes.indexOf(LF);
    this.line += bytes.toString('latin1', 0, end < 0 ? bytes.length : end + 1);
    if (this.line.length > LINE_BYTES_MAX) throw new Error('the server answers with a line without an end');
    if (end < 0) return;
    const line = this.line.trim();
    this.line = '';
    // The server shows so that it is still there, while it makes its dump.
    if (line !== '') this.takeLine(line);
    if (end + 1 < bytes.length) this.take(bytes.subarray(end + 1));
  }

  private takeLine(line: string): void {
    if (line.startsWith('$')) return this.beginDump(line.slice(1));
    const { asked } = this;
    this.asked = null;
    if (line.startsWith('-')) return asked?.reject(refusal(asked.command, line.slice(1)));
    if (line.startsWith('+CONTINUE')) this.beginStream();
    else if (line.startsWith('+FULLRESYNC')) this.from = Number(line.split(' ')[2]);
    asked?.resolve(line);
  }

  private beginDump(length: string): void {
    this.mark = length.startsWith('EOF:') ? Buffer.from(length.slice(4)) : null;
    this.dumpLeft = this.mark === null ? Number(length) : 0;
    this.take = (bytes) => (this.mark === null ? this.skipDump(bytes) : this.findMark(bytes, this.mark));
    if (this.mark === null && this.dumpLeft === 0) this.beginStream();
  }

  private skipDump(bytes: Buffer): void {
    const skipped = Math.min(this.dumpLeft, bytes.length);
    this.dumpLeft -= skipped;
    if (this.dumpLeft > 0) return;
    this.beginStream();
    this.take(bytes.subarray(skipped));
  }

  private findMark(bytes: Buffer, mark: Buffer): void {
    const seen = Buffer.concat([this.seen, bytes]);
    const at = seen.indexOf(mark);
    this.seen = Buffer.from(seen.subarray(-MARK_BYTES));
    if (at < 0) return;
    this.beginStream();
    this.take(seen.subarray(at + MARK_BYTES));
  }

  private beginStream(): void {
    this.take = this.onStream;
    this.began?.resolve(this.from);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

interface Asked {
  readonly command: string;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;

/** A server that has no such command, as many managed ones, and a user without the right to it, will not have them later either. */
function refusal(command: string, message: string): Error {
  const isForGood = command === 'PSYNC' || command === 'REPLCONF';
  if (!isForGood || !/^(NOPERM|ERR unknown|ERR Unrecognized)/i.test(message))
    return new Error(`${command}: ${message}`);
  const next = message.startsWith('NOPERM')
    ? 'ACL SETUSER NAME +psync +replconf; or leave ?capture=replica out'
    : 'leave ?capture=replica out: what changes is then found by client tracking';
  return new OperatorError('refused', `The server does not give a node its replication stream: ${message}.`, next);
}
