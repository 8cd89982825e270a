/** A reply of a Redis that speaks RESP3. Bulk and simple strings are bytes. */
export type RedisReply = Buffer | number | boolean | null | RedisReply[] | RedisFailure;

/** An error reply. Not thrown by the parser: inside EXEC it is one reply of several. */
export class RedisFailure extends Error {
  override name = 'RedisFailure';
}

/** What a Redis sends on its own account: an invalidation, a message. */
export interface Push {
  readonly items: RedisReply[];
}

/**
 * Takes the bytes of a connection as they come and gives whole replies and pushes. An attempt at a reply that is not whole
 * yet is made again only once the bytes that it is known to need are there.
 */
export class ReplyParser {
  private bytes: Buffer = Buffer.alloc(0);
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private at = 0;
  private needed = 0;

  constructor(private readonly onReply: (reply: RedisReply | Push) => void) {}

  push(chunk: Buffer): void {
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.bytes.length - this.at + this.waitingBytes < this.needed) return;
    this.bytes = Buffer.concat([this.bytes.subarray(this.at), ...this.waiting]);
    this.waiting = [];
    this.waitingBytes = 0;
    this.at = 0;
    this.readAll();
  }

  private readAll(): void {
    for (;;) {
      const start = this.at;
      this.needed = 0;
      const reply = this.read();
      if (reply === undefined) {
        this.at = start;
        return;
      }
      this.onReply(reply);
    }
  }

  /** undefined: not whole yet. */
  private read(): RedisReply | Push | undefined {
    const end = this.bytes.indexOf(CRLF, this.at);
    if (end < 0) return undefined;
    const kind = this.bytes[this.at]!;
    const line = this.bytes.subarray(this.at + 1, end);
    this.at = end + 2;
    switch (kind) {
      case PLUS:
      case COMMA:
      case PAREN:
        return line;
      case MINUS:
        return new RedisFailure(line.toString());
      case COLON:
        return Number(line.toString('latin1'));
      case UNDERSCORE:
        return null;
      case HASH:
        return line[0] === T;
      case DOLLAR:
      case EQUALS:
      case BANG:
        return this.bulk(Number(line.toString('latin1')), kind);
      case STAR:
      case TILDE:
        return this.list(Number(line.toString('latin1')));
      case PERCENT:
        return this.list(2 * Number(line.toString('latin1')));
      case GREATER:
        return this.pushed(Number(line.toString('latin1')));
      default:
        throw new Error(`a reply that begins with byte ${kind}`);
    }
  }

  private bulk(length: number, kind: number): RedisReply | undefined {
    if (length < 0) return null;
    const end = this.at + length;
    if (end + 2 > this.bytes.length) {
      this.needed = end + 2 - this.at;
      return undefined;
    }
    const bulk = this.bytes.subarray(this.at, end);
    this.at = end + 2;
    return kind === BANG ? new RedisFailure(bulk.toString()) : bulk;
  }

  private list(length: number): RedisReply[] | null | undefined {
    if (length < 0) return null;
    const items: RedisReply[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.read();
      if (item === undefined) return undefined;
      // Pushes come between replies, never inside of one.
      items.push(item as RedisReply);
    }
    return items;
  }

  private pushed(length: number): Push | undefined {
    const items = this.list(length);
    return items === undefined || items === null ? undefined : { items };
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const CRLF = Buffer.from('\r\n');
const [PLUS, MINUS, COLON, DOLLAR, STAR] = [0x2b, 0x2d, 0x3a, 0x24, 0x2a];
const [UNDERSCORE, COMMA, PAREN, HASH, BANG] = [0x5f, 0x2c, 0x28, 0x23, 0x21];
const [EQUALS, TILDE, PERCENT, GREATER, T] = [0x3d, 0x7e, 0x25, 0x3e, 0x74];
