import { connect, type Socket } from 'node:net';
import { type Hello, type Message, PROTOCOL } from '../../src/core/replication/messages.js';
import { encodeMessage, FrameDecoder } from '../../src/links/codec.js';
import { LINK_PREAMBLE } from '../../src/links/frame.js';
import { lasting } from './messages.js';

/** A peer on a real socket that says whatever a test wants it to say. */
export class Rogue {
  readonly received: Message[] = [];
  isClosed = false;
  private readonly decoder = new FrameDecoder();
  private onNews: () => void = () => {};

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.onNews();
    });
  }

  /** Dials a node, as a link does. */
  static async dial(address: string): Promise<Rogue> {
    const [host = '', port = ''] = address.split(':');
    const socket = connect(Number(port), host);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.write(LINK_PREAMBLE);
    return new Rogue(socket);
  }

  /** Takes over a socket that a node has dialled, the preamble included. */
  static accept(socket: Socket): Rogue {
    let skipped = 0;
    const rogue = new Rogue(socket);
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      const rest = chunk.subarray(Math.min(chunk.length, LINK_PREAMBLE.length - skipped));
      skipped += chunk.length - rest.length;
      rogue.take(rest);
    });
    return rogue;
  }

  send(...messages: Message[]): void {
    for (const message of messages) this.sendBytes(Buffer.concat(encodeMessage(message)));
  }

  sendBytes(bytes: Buffer): void {
    if (!this.isClosed) this.socket.write(bytes);
  }

  /** Waits until the node has sent something of that kind; false: it has closed the link instead. */
  async hears(what: (message: Message) => boolean): Promise<boolean> {
    while (!this.received.some(what)) {
      if (this.isClosed) return false;
      await new Promise<void>((resolve) => {
        this.onNews = resolve;
      });
    }
    return true;
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.decoder.push(chunk, (message) => void this.received.push(lasting(message)));
    this.onNews();
  }
}

export function helloOf(fields: Partial<Hello> & Pick<Hello, 'clusterId'>): Hello {
  const base = { type: 'hello', protocol: PROTOCOL, replica: 'ee'.repeat(8), boot: 1, name: 'rogue' } as const;
  return { ...base, address: '127.0.0.1:1', memoryOnly: false, previousBoot: 0, wallMs: Date.now(), ...fields };
}
