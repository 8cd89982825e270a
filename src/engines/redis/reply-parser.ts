/** A reply of a Redis that speaks RESP3. Bulk and simple strings are bytes; a bigint is an integer that a number would not hold. */
export type RedisReply = Buffer | number | bigint | boolean | null | RedisReply[] | RedisFailure;

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
 * Takes the bytes of a connection as they come and gives whole replies and pushes. It goes on where it stopped: of what has
 * come nothing is read twice but the line that was cut off, and the bytes of a long string go to their place as they come. The
 * keys of an invalidation, of which there is one for each write of an application, are given one by one, without an object for each.
 */
export class ReplyParser {
  private bytes: Buffer = NOTHING;
  private at = 0;
  /** The lists that are not whole yet, the innermost last. */
  private readonly open: OpenList[] = [];
  /** The string that is not whole yet. */
  private long: LongString | null = null;
  /** Keys of the current invalidation that are yet to come. */
  private invalidKeys = 0;

  constructor(
    private readonly onReply: (reply: RedisReply | Push) => void,
    private readonly onInvalid: InvalidKey,
  ) {}

  /** The chunk may be used again afterwards. */
  push(chunk: Uint8Array): void {
    const rest = this.long === null ? chunk : chunk.subarray(this.fill(this.long, chunk));
    if (rest.length === 0) return;
    this.bytes = Buffer.concat([this.bytes.subarray(this.at), rest]);
    this.at = 0;
    for (let isWhole = true; isWhole; ) isWhole = this.step();
    if (this.at === this.bytes.length) this.bytes = NOTHING;
    if (this.bytes === NOTHING) this.at = 0;
  }

  /** Reads one thing. Returns whether it was whole: if not, `at` stays, or the rest of a long string is waited for. */
  private step(): boolean {
    if (this.long !== null || this.at === this.bytes.length) return false;
    if (this.invalidKeys > 0) return this.readInvalidKey();
    const kind = this.bytes[this.at]!;
    switch (kind) {
      case COLON:
        return this.readInteger();
      case DOLLAR:
      case EQUALS:
      case BANG:
        return this.readString(kind);
      case STAR:
      case TILDE:
        return this.readList(1, false);
      case PERCENT:
        return this.readList(2, false);
      case GREATER:
        return this.readPush();
      default:
        return this.readLine(kind);
    }
  }

  // ---- what is whole

  private complete(reply: RedisReply): true {
    let whole: RedisReply | Push = reply;
    for (let list = this.open.at(-1); list !== undefined; list = this.open.at(-1)) {
      list.items.push(whole as RedisReply);
      if (--list.left > 0) return true;
      this.open.pop();
      // Pushes come between replies, never inside of one.
      whole = list.isPush ? { items: list.items } : list.items;
    }
    this.onReply(whole);
    return true;
  }

  private readList(width: number, isPush: boolean): boolean {
    const length = this.numberAt(this.at + 1);
    if (length === undefined) return false;
    const left = Number(length) * width;
    if (left < 0) return this.complete(null);
    if (left > 0) this.open.push({ items: [], left, isPush });
    else if (isPush) this.onReply({ items: [] });
    else this.complete([]);
    return true;
  }

  private readPush(): boolean {
    if (this.bytes.length - this.at < INVALIDATE.length && INVALIDATE.indexOf(this.bytes.subarray(this.at)) === 0)
      return false;
    if (!this.startsWith(INVALIDATE)) return this.readList(1, true);
    const count = this.numberAt(this.at + INVALIDATE.length);
    if (count === undefined) return false;
    this.invalidKeys = Number(count);
    return true;
  }

  private readInvalidKey(): boolean {
    if (this.bytes[this.at] !== DOLLAR) throw new Error(`a key that begins with byte ${this.bytes[this.at]}`);
    const from = this.at;
    const length = this.numberAt(from + 1);
    if (length === undefined) return false;
    const end = this.at + Number(length);
    if (end + 2 > this.bytes.length) return this.startLong(Number(length), DOLLAR, 1);
    const start = this.at;
    this.at = end + 2;
    this.invalidKeys--;
    this.onInvalid(this.bytes, start, end);
    return true;
  }

  private readString(kind: number): boolean {
    const length = this.numberAt(this.at + 1);
    if (length === undefined) return false;
    if (length < 0) return this.complete(null);
    const end = this.at + Number(length);
    if (end + 2 > this.bytes.length) return this.startLong(Number(length), kind, 0);
    const bulk = this.bytes.subarray(this.at, end);
    this.at = end + 2;
    return this.complete(kind === BANG ? new RedisFailure(bulk.toString()) : bulk);
  }

  private readInteger(): boolean {
    const value = this.numberAt(this.at + 1);
    return value === undefined ? false : this.complete(value);
  }

  private readLine(kind: number): boolean {
    if (this.startsWith(OK_LINE)) {
      this.at += OK_LINE.length;
      return this.complete(OK);
    }
    const end = this.bytes.indexOf(CRLF, this.at);
    if (!LINES.includes(kind)) throw new Error(`a reply that begins with byte ${kind}`);
    if (end < 0) return false;
    const line = this.bytes.subarray(this.at + 1, end);
    this.at = end + 2;
    if (kind === MINUS) return this.complete(new RedisFailure(line.toString()));
    if (kind === UNDERSCORE) return this.complete(null);
    return this.complete(kind === HASH ? line[0] === T : line);
  }

  // ---- strings that come in pieces

  /** The header of a string was read, and not all of it is there. `before`: bytes to keep free before it. */
  private startLong(length: number, kind: number, before: number): boolean {
    const there = this.bytes.subarray(this.at);
    this.bytes = NOTHING;
    this.at = 0;
    // The line's end comes with it.
    this.long = { bytes: Buffer.allocUnsafeSlow(before + length + 2), end: before, before, kind };
    this.fill(this.long, there);
    return this.long === null;
  }

  /** Returns how many bytes of the chunk belonged to it. */
  private fill(long: LongString, chunk: Uint8Array): number {
    const taken = chunk.subarray(0, long.bytes.length - long.end);
    long.bytes.set(taken, long.end);
    long.end += taken.length;
    if (long.end === long.bytes.length) this.endLong(long);
    return taken.length;
  }

  private endLong({ bytes, before, kind }: LongString): void {
    this.long = null;
    const end = bytes.length - 2;
    if (before > 0) {
      this.invalidKeys--;
      this.onInvalid(bytes, before, end);
    } else this.complete(kind === BANG ? new RedisFailure(bytes.toString('utf8', 0, end)) : bytes.subarray(0, end));
  }

  /** The number that stands there; what follows its line is next. undefined: not whole yet. */
  private numberAt(from: number): number | bigint | undefined {
    const { bytes } = this;
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const start = at;
    let value = 0;
    for (; at < bytes.length; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at + 2 > bytes.length) return undefined;
    if (bytes[at] !== CR) throw new Error(`a number with the byte ${bytes[at]}`);
    this.at = at + 2;
    if (value <= Number.MAX_SAFE_INTEGER) return isNegative ? -value : value;
    const exact = BigInt(bytes.toString('latin1', start, at));
    return isNegative ? -exact : exact;
  }

  private startsWith(head: Buffer): boolean {
    const { bytes, at } = this;
    if (at + head.length > bytes.length) return false;
    for (let i = 0; i < head.length; i++) if (bytes[at + i] !== head[i]) return false;
    return true;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

interface OpenList {
  readonly items: RedisReply[];
  left: number;
  readonly isPush: boolean;
}

interface LongString {
  readonly bytes: Buffer;
  end: number;
  /** 1: a key of an invalidation; 0: a string in a reply. */
  readonly before: number;
  readonly kind: number;
}

const NOTHING = Buffer.alloc(0);
const CRLF = Buffer.from('\r\n');
/** The reply to most of what is written: the same bytes for each of them. */
const OK = Buffer.from('OK');
const OK_LINE = Buffer.from('+OK\r\n');
const INVALIDATE = Buffer.from('>2\r\n$10\r\ninvalidate\r\n*');
const [PLUS, MINUS, COLON, DOLLAR, STAR] = [0x2b, 0x2d, 0x3a, 0x24, 0x2a];
const [UNDERSCORE, COMMA, PAREN, HASH, BANG] = [0x5f, 0x2c, 0x28, 0x23, 0x21];
const [EQUALS, TILDE, PERCENT, GREATER, T] = [0x3d, 0x7e, 0x25, 0x3e, 0x74];
const [ZERO, CR] = [0x30, 0x0d];
const LINES: readonly number[] = [PLUS, MINUS, UNDERSCORE, COMMA, PAREN, HASH];
