/** A reply of a Redis that speaks RESP3. Bulk and simple strings are bytes. */
export type RedisReply = Buffer | number | boolean | null | RedisReply[] | RedisFailure;

/** An error reply. Not thrown by the parser: inside EXEC it is one reply of several. */
export class RedisFailure extends Error {
  override name = 'RedisFailure';
}

/** What a Redis sends on its own account, such as a message. */
export interface Push {
  readonly items: RedisReply[];
}

/** A key that was changed, in the bytes from `start` to `end`; the byte before them is the taker's to write over. */
export type InvalidKey = (bytes: Buffer, start: number, end: number) => void;

/**
 * Takes the bytes of a connection as they come and gives whole replies and pushes. An attempt at a reply that is not whole
 * yet is made again only once the bytes that it is known to need are there. The keys of an invalidation, of which there is
 * one for each write of an application, are given one by one, without an object for each.
 */
export class ReplyParser {
  private bytes: Buffer = Buffer.alloc(0);
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private at = 0;
  private needed = 0;
  /** Keys of the current invalidation that are yet to come. */
  private invalidKeys = 0;

  constructor(
    private readonly onReply: (reply: RedisReply | Push) => void,
    private readonly onInvalid: InvalidKey,
  ) {}

  push(chunk: Buffer): void {
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.bytes.length - this.at + this.waitingBytes < this.needed) return;
    const rest = this.bytes.subarray(this.at);
    this.bytes = rest.length === 0 && this.waiting.length === 1 ? chunk : Buffer.concat([rest, ...this.waiting]);
    this.waiting = [];
    this.waitingBytes = 0;
    this.at = 0;
    this.readAll();
  }

  private readAll(): void {
    for (;;) {
      const start = this.at;
      this.needed = 0;
      if (this.invalidKeys > 0) {
        if (this.readInvalidKey()) continue;
        this.at = start;
        return;
      }
      const reply = this.read();
      if (reply === undefined) {
        this.at = start;
        return;
      }
      if (this.invalidKeys === 0) this.onReply(reply);
    }
  }

  private readInvalidKey(): boolean {
    if (this.at === this.bytes.length) return false;
    if (this.bytes[this.at] !== DOLLAR) throw new Error(`a key that begins with byte ${this.bytes[this.at]}`);
    const length = this.numberAt(this.at + 1);
    if (length === undefined || this.isShort(length)) return false;
    const start = this.at;
    this.at += length + 2;
    this.invalidKeys--;
    this.onInvalid(this.bytes, start, start + length);
    return true;
  }

  /** undefined: not whole yet. */
  private read(): RedisReply | Push | undefined {
    if (this.at === this.bytes.length) return undefined;
    const kind = this.bytes[this.at]!;
    switch (kind) {
      case COLON:
        return this.numberAt(this.at + 1);
      case DOLLAR:
      case EQUALS:
      case BANG:
        return this.bulk(kind);
      case STAR:
      case TILDE:
        return this.list(1);
      case PERCENT:
        return this.list(2);
      case GREATER:
        return this.pushed();
    }
    const end = this.bytes.indexOf(CRLF, this.at);
    if (end < 0) return undefined;
    const line = this.bytes.subarray(this.at + 1, end);
    this.at = end + 2;
    switch (kind) {
      case PLUS:
      case COMMA:
      case PAREN:
        return line;
      case MINUS:
        return new RedisFailure(line.toString());
      case UNDERSCORE:
        return null;
      case HASH:
        return line[0] === T;
      default:
        throw new Error(`a reply that begins with byte ${kind}`);
    }
  }

  /** The number that stands there; what follows its line is next. undefined: not whole yet. */
  private numberAt(from: number): number | undefined {
    const { bytes } = this;
    let at = from;
    const sign = bytes[at] === MINUS ? -1 : 1;
    if (sign < 0) at++;
    let value = 0;
    for (; at < bytes.length; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at + 2 > bytes.length) return undefined;
    if (bytes[at] !== CR) throw new Error(`a number with the byte ${bytes[at]}`);
    this.at = at + 2;
    return sign * value;
  }

  private bulk(kind: number): RedisReply | undefined {
    const length = this.numberAt(this.at + 1);
    if (length === undefined || this.isShort(length)) return undefined;
    if (length < 0) return null;
    const bulk = this.bytes.subarray(this.at, this.at + length);
    this.at += length + 2;
    return kind === BANG ? new RedisFailure(bulk.toString()) : bulk;
  }

  /** Whether there are not so many bytes and an end of line yet. */
  private isShort(length: number): boolean {
    const end = this.at + length + 2;
    if (end <= this.bytes.length) return false;
    this.needed = end - this.at;
    return true;
  }

  private list(width: number): RedisReply[] | null | undefined {
    const length = this.numberAt(this.at + 1);
    if (length === undefined) return undefined;
    if (length < 0) return null;
    const items: RedisReply[] = [];
    for (let i = 0; i < length * width; i++) {
      const item = this.read();
      if (item === undefined) return undefined;
      // Pushes come between replies, never inside of one.
      items.push(item as RedisReply);
    }
    return items;
  }

  private pushed(): Push | undefined {
    const { at } = this;
    if (this.startsWith(INVALIDATE)) {
      const count = this.numberAt(at + INVALIDATE.length);
      if (count === undefined) return undefined;
      this.invalidKeys = count;
      return { items: [] };
    }
    const items = this.list(1);
    return items === undefined || items === null ? undefined : { items };
  }

  private startsWith(head: Buffer): boolean {
    const end = this.at + head.length;
    return end <= this.bytes.length && this.bytes.compare(head, 0, head.length, this.at, end) === 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const CRLF = Buffer.from('\r\n');
const INVALIDATE = Buffer.from('>2\r\n$10\r\ninvalidate\r\n*');
const [PLUS, MINUS, COLON, DOLLAR, STAR] = [0x2b, 0x2d, 0x3a, 0x24, 0x2a];
const [UNDERSCORE, COMMA, PAREN, HASH, BANG] = [0x5f, 0x2c, 0x28, 0x23, 0x21];
const [EQUALS, TILDE, PERCENT, GREATER, T] = [0x3d, 0x7e, 0x25, 0x3e, 0x74];
const [ZERO, CR] = [0x30, 0x0d];
