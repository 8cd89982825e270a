import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ReplyReader } from './replies.js';
import { encode, encodeSet, keyText, valueText } from './workload.js';

/** Commands in one write. */
const BATCH = 250;
/** Sent and not answered yet, at most. A server may take them all in one turn of its event loop. */
export const COMMANDS_UNDER_WAY = 2000;

export type OnValue = (index: number, value: string | null) => void;

/** Many commands over one connection, as fast as the server takes them. */
export class Pipeline {
  private replies = 0;
  private error: Error | null = null;
  private wake: () => void = () => {};
  private onValue: OnValue | null = null;

  private constructor(private readonly socket: Socket) {
    const reader = new ReplyReader((kind, body) => this.noteReply(kind, body));
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      this.wake();
    });
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static async connect(port: number): Promise<Pipeline> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Pipeline(socket);
  }

  /** Send `count` commands; resolves when all are answered. Throws on the first that is answered with an error. */
  async run(count: number, command: (index: number) => string): Promise<void> {
    this.replies = 0;
    for (let sent = 0; sent < count; ) {
      const batch = Math.min(BATCH, count - sent);
      let text = '';
      for (let i = 0; i < batch; i++) text += command(sent + i);
      this.socket.write(text, 'latin1');
      sent += batch;
      await this.untilReplies(sent - COMMANDS_UNDER_WAY);
    }
    await this.untilReplies(count);
  }

  /** GET so many keys; `onValue` is told each value, in order. */
  async read(count: number, key: (index: number) => string, onValue: OnValue): Promise<void> {
    this.onValue = onValue;
    try {
      await this.run(count, (index) => encode('GET', key(index)));
    } finally {
      this.onValue = null;
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private noteReply(kind: string, body: Buffer | null): void {
    if (kind === '-') this.fail(new Error(`the server answered: ${body?.toString('latin1')}`));
    this.onValue?.(this.replies, body === null ? null : body.toString('latin1'));
    this.replies++;
  }

  private fail(error: Error): void {
    this.error ??= error;
    this.wake();
  }

  private async untilReplies(count: number): Promise<void> {
    while (this.replies < count) {
      if (this.error !== null) throw this.error;
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
    if (this.error !== null) throw this.error;
  }
}

/** Connect, use, close: whatever happens in between. */
export async function withPipeline<T>(port: number, use: (pipeline: Pipeline) => Promise<T>): Promise<T> {
  const pipeline = await Pipeline.connect(port);
  try {
    return await use(pipeline);
  } finally {
    pipeline.close();
  }
}

/** Write keys 0 to `count` - 1, each once. */
export function fill(port: number, count: number, mark = 'x'): Promise<void> {
  return withPipeline(port, (pipeline) => pipeline.run(count, (i) => encodeSet(keyText(i), valueText(i, mark))));
}
