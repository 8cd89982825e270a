import type { Message } from '../core/replication/messages.js';
import { encodeMessage } from '../links/codec.js';
import type { Link } from '../links/link.js';
import type { LinkTransport } from '../links/tcp.js';
import type { DriverLinks } from './driver/ports.js';

/** The links of a node, over TCP. */
export class NodeLinks implements DriverLinks {
  private readonly frames = new WeakMap<Message, readonly Buffer[]>();

  constructor(
    private readonly links: ReadonlyMap<number, Link>,
    private readonly transport: LinkTransport,
  ) {}

  /** One encoding of a batch for all peers that it goes to. */
  send(id: number, message: Message): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    if (message.type !== 'changes') return link.send(message);
    let frame = this.frames.get(message);
    if (frame === undefined) {
      frame = encodeMessage(message);
      this.frames.set(message, frame);
    }
    for (const piece of frame) link.sendEncoded(piece);
  }

  close(id: number): void {
    this.links.get(id)?.close();
  }

  dial(address: string, timeoutMs: number): void {
    this.transport.dial(address, timeoutMs);
  }
}
