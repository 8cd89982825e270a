import { connect, type Socket } from 'node:net';

type Argument = string | Buffer;

/** A client that shows replies as the bytes that they are. */
export class RawClient {
  /** Received and not given out yet: buffer[from..to]. */
  private buffer: Buffer = Buffer.alloc(0);
  private from = 0;
  private to = 0;
  private wake: () => void = () => {};
  isClosed = false;
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.keep(chunk);
      this.wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
        this.wake();
        resolve();
      });
    });
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  send(bytes: Argument): void {
    this.socket.write(bytes);
  }

  /** Sends one command and gives its reply, latin1, whole. */
  async call(...args: Argument[]): Promise<string> {
    this.send(request(...args));
    return this.reply();
  }

  /** An inline command. */
  async line(text: string): Promise<string> {
    this.send(`${text}\r\n`);
    return this.reply();
  }

  /** The next whole reply; '<closed>' once the connection has ended without one. */
  async reply(): Promise<string> {
    for (;;) {
      const received = this.buffer.subarray(this.from, this.to);
      const end = replyEnd(received, 0);
      if (end >= 0) {
        this.from += end;
        return received.toString('latin1', 0, end);
      }
      if (this.isClosed) return '<closed>';
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async replies(count: number): Promise<string> {
    let all = '';
    for (let i = 0; i < count; i++) all += await this.reply();
    return all;
  }

  close(): void {
    this.socket.destroy();
  }

  private keep(chunk: Buffer): void {
    if (this.to + chunk.length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(2 * (this.to - this.from + chunk.length));
      this.to = this.buffer.copy(larger, 0, this.from, this.to);
      this.from = 0;
      this.buffer = larger;
    }
    chunk.copy(this.buffer, this.to);
    this.to += chunk.length;
  }
}

export function request(...args: Argument[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const argument of args) {
    const bytes = Buffer.from(argument as string);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** The items of an array reply in wire format, each with its header. */
export function itemsOf(reply: string): string[] {
  const bytes = Buffer.from(reply, 'latin1');
  const items: string[] = [];
  for (let at = bytes.indexOf('\r\n') + 2; at < bytes.length; ) {
    const end = replyEnd(bytes, at);
    items.push(bytes.toString('latin1', at, end));
    at = end;
  }
  return items;
}

/** Where the reply at `from` ends, -1 if it is not complete. */
function replyEnd(bytes: Buffer, from: number): number {
  const lineEnd = bytes.indexOf('\r\n', from);
  if (lineEnd < 0) return -1;
  const mark = String.fromCharCode(bytes[from]!);
  const length = Number(bytes.toString('latin1', from + 1, lineEnd));
  if ('$='.includes(mark)) {
    const end = length < 0 ? lineEnd + 2 : lineEnd + 2 + length + 2;
    return end <= bytes.length ? end : -1;
  }
  if (!'*%~>'.includes(mark)) return lineEnd + 2;
  let at = lineEnd + 2;
  for (let left = mark === '%' ? 2 * length : length; left > 0 && at >= 0; left--) at = replyEnd(bytes, at);
  return at;
}
