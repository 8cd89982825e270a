/** Takes the commands of a replication stream, argument by argument: none of them has to be held as a whole. */
export interface StreamTaker {
  /** @param name in capitals; empty for one that is too long to be a command's */
  begin(name: string, count: number): void;
  /** How long an argument may be that is handed over; of a longer one nothing is kept. */
  wants(index: number): number;
  /** The bytes from `start` to `end` may be used during the call; the one before them is the taker's to write over. */
  argument(index: number, bytes: Buffer, start: number, end: number): void;
  end(): void;
}

const NAME_BYTES_MAX = 64;
/** Spellings of names that are kept: clients write them as they like. */
const NAMES_MAX = 1000;

/** Takes the bytes of a replication stream as they come: commands, each a list of strings. */
export class StreamParser {
  private bytes: Buffer = NOTHING;
  private at = 0;
  /** Bytes of the stream before those that are being looked at. */
  private before = 0;
  private count = 0;
  /** The argument of the current command that is next; all of them: the command is over. */
  private index = 0;
  /** What is still to come of an argument that is not wanted, with the end of its line. */
  private skipping = 0;
  private readonly names = new Map<string, string>();

  constructor(private readonly taker: StreamTaker) {}

  /** How many bytes were taken. A command whose last byte is among them was handed over. */
  get taken(): number {
    return this.before + this.at;
  }

  /** The chunk may be used again afterwards. */
  push(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    for (let isWhole = true; isWhole; ) isWhole = this.step();
    this.before += this.at;
    this.bytes = this.at === this.bytes.length ? NOTHING : Buffer.from(this.bytes.subarray(this.at));
    this.at = 0;
  }

  /** Reads one thing. Returns whether it was whole: if not, `at` stays. */
  private step(): boolean {
    if (this.at === this.bytes.length) return false;
    if (this.skipping > 0) return this.skip();
    return this.index === this.count ? this.readCount() : this.readArgument();
  }

  private skip(): boolean {
    const skipped = Math.min(this.skipping, this.bytes.length - this.at);
    this.at += skipped;
    this.skipping -= skipped;
    if (this.skipping === 0) this.next();
    return true;
  }

  private readCount(): boolean {
    const count = this.numberAfter(STAR);
    if (count < 0) return false;
    this.count = count;
    this.index = 0;
    return true;
  }

  private readArgument(): boolean {
    const { bytes, at, index, taker } = this;
    const length = this.numberAfter(DOLLAR);
    if (length < 0) return false;
    const start = this.at;
    const isWanted = length <= (index === 0 ? NAME_BYTES_MAX : taker.wants(index));
    if (isWanted && start + length + 2 > bytes.length) {
      this.at = at;
      return false;
    }
    if (index === 0)
      taker.begin(isWanted ? this.nameOf(bytes.toString('latin1', start, start + length)) : '', this.count);
    else if (isWanted) taker.argument(index, bytes, start, start + length);
    if (isWanted) {
      this.at = start + length + 2;
      this.next();
    } else this.skipping = length + 2;
    return true;
  }

  private next(): void {
    if (++this.index === this.count) this.taker.end();
  }

  /** The number of a line that begins with `kind`; what follows the line is next. -1: not whole yet. */
  private numberAfter(kind: number): number {
    const { bytes, at } = this;
    if (bytes[at] !== kind) throw new Error(`the replication stream has the byte ${bytes[at]} where a command goes on`);
    let value = 0;
    for (let i = at + 1; i < bytes.length; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else if (i + 1 === bytes.length) return -1;
      else {
        this.at = i + 2;
        return value;
      }
    }
    return -1;
  }

  private nameOf(text: string): string {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const name = text.toUpperCase();
    if (this.names.size < NAMES_MAX) this.names.set(text, name);
    return name;
  }
}

const NOTHING = Buffer.alloc(0);
const [STAR, DOLLAR, ZERO] = [0x2a, 0x24, 0x30];
