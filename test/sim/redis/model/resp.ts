import { RedisFailure } from '../../../../src/engines/redis/reply-parser.js';

/** A reply as a server makes it. */
export type Reply = Simple | Pairs | Push | RedisFailure | Buffer | number | null | readonly Reply[];

/** A simple string, such as OK. */
export class Simple {
  constructor(readonly text: string) {}
}

/** A map of RESP3, as a list of keys and values. */
export class Pairs {
  constructor(readonly items: readonly Reply[]) {}
}

/** What a server sends on its own account. */
export class Push {
  constructor(readonly items: readonly Reply[]) {}
}

export const OK = new Simple('OK');
export const QUEUED = new Simple('QUEUED');

export function failure(message: string): RedisFailure {
  return new RedisFailure(message);
}

export function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

export type Protocol = 2 | 3;

export function encode(reply: Reply, protocol: Protocol): Buffer {
  const parts: Buffer[] = [];
  put(reply, protocol, parts);
  return Buffer.concat(parts);
}

/** Commands out of the bytes of a connection, as they come. */
export class RequestParser {
  private bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[][] {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    const commands: Buffer[][] = [];
    for (let next = this.next(); next !== null; next = this.next()) commands.push(next);
    return commands;
  }

  private next(): Buffer[] | null {
    const head = this.line(0);
    if (head === null) return null;
    const args: Buffer[] = [];
    let at = head.end;
    for (let i = 0; i < head.number; i++) {
      const length = this.line(at);
      if (length === null || this.bytes.length < length.end + length.number + 2) return null;
      args.push(this.bytes.subarray(length.end, length.end + length.number));
      at = length.end + length.number + 2;
    }
    this.bytes = this.bytes.subarray(at);
    return args;
  }

  /** The number in the line that begins there, behind its mark. */
  private line(at: number): { number: number; end: number } | null {
    const end = this.bytes.indexOf('\r\n', at);
    if (end < 0) return null;
    return { number: Number(this.bytes.toString('latin1', at + 1, end)), end: end + 2 };
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function put(reply: Reply, protocol: Protocol, parts: Buffer[]): void {
  const mark = (three: string): string => (protocol === 3 ? three : '*');
  if (reply === null) parts.push(text(protocol === 3 ? '_\r\n' : '$-1\r\n'));
  else if (typeof reply === 'number') parts.push(text(`:${reply}\r\n`));
  else if (Buffer.isBuffer(reply)) parts.push(text(`$${reply.length}\r\n`), reply, text('\r\n'));
  else if (reply instanceof RedisFailure) parts.push(text(`-${reply.message}\r\n`));
  else if (reply instanceof Simple) parts.push(text(`+${reply.text}\r\n`));
  else if (reply instanceof Pairs)
    putAll(protocol === 3 ? `%${reply.items.length / 2}` : `*${reply.items.length}`, reply.items, protocol, parts);
  else if (reply instanceof Push) putAll(`${mark('>')}${reply.items.length}`, reply.items, protocol, parts);
  else putAll(`*${reply.length}`, reply, protocol, parts);
}

function putAll(head: string, items: readonly Reply[], protocol: Protocol, parts: Buffer[]): void {
  parts.push(text(`${head}\r\n`));
  for (const item of items) put(item, protocol, parts);
}
