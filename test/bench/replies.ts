const CR = 13;
const DOLLAR = 36;
const MINUS = 45;

/** `kind` is the first character of the reply; a bulk's body is its bytes, null if there is none. Valid during the call. */
export type OnReply = (kind: string, body: Buffer | null) => void;

/** Splits what a Redis server sends (RESP2, no arrays) into replies. */
export class ReplyReader {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly onReply: OnReply) {}

  push(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (;;) {
      const end = this.read(bytes, at);
      if (end < 0) break;
      at = end;
    }
    this.rest = bytes.subarray(at);
  }

  /** Where the reply at `at` ends; -1 if it is not whole. */
  private read(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(CR, at);
    if (lineEnd < 0 || lineEnd + 2 > bytes.length) return -1;
    const isBulk = bytes[at] === DOLLAR;
    if (!isBulk || bytes[at + 1] === MINUS) {
      this.onReply(String.fromCharCode(bytes[at]!), isBulk ? null : bytes.subarray(at + 1, lineEnd));
      return lineEnd + 2;
    }
    let length = 0;
    for (let i = at + 1; i < lineEnd; i++) length = length * 10 + bytes[i]! - 48;
    const end = lineEnd + 2 + length;
    if (end + 2 > bytes.length) return -1;
    this.onReply('$', bytes.subarray(lineEnd + 2, end));
    return end + 2;
  }
}
