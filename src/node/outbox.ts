import type { Message } from '../core/replication/messages.js';
import { type Close, isBeat, type Send, sortOut } from '../core/replication/outgoing.js';
import type { Engine } from '../engines/engine.js';
import { encodeMessage } from '../links/codec.js';
import type { Link } from '../links/link.js';

/**
 * R6: messages wait here until the disk holds all that the node had when they were made. One sync serves all that gathered
 * while the one before ran (group commit), so the wait is one fdatasync, whatever the load.
 */
export class Outbox {
  private queue: (Send | Close)[] = [];
  private syncing = false;
  private readonly frames = new WeakMap<Message, readonly Buffer[]>();

  constructor(
    private readonly engine: Engine,
    private readonly links: ReadonlyMap<number, Link>,
    private readonly onDurable: (position: number) => void,
  ) {}

  add(effect: Send | Close): void {
    // While the disk fails many may gather. Of them the latest says all.
    if (isBeat(effect)) this.queue = this.queue.filter((other) => !isBeat(other) || other.link !== effect.link);
    this.queue.push(effect);
  }

  /** Send what is durable, and see to it that the rest will be. */
  run(): void {
    this.release(this.engine.durablePosition);
    if (this.queue.length > 0) this.sync();
  }

  /** Make all that was done so far durable, even if nothing waits to be sent. */
  sync(): void {
    if (this.syncing) return;
    this.syncing = true;
    this.engine.sync().then(
      (position) => {
        this.syncing = false;
        this.onDurable(position);
        this.run();
      },
      // The engine tells what is wrong, and tries again. What waits to be sent waits until it can.
      () => {
        this.syncing = false;
      },
    );
  }

  private release(durable: number): void {
    if (this.queue.length === 0) return;
    // What is for a link that is gone is not kept, however long the disk takes.
    const { due, waiting } = sortOut(
      this.queue.filter(({ link }) => this.links.has(link)),
      durable,
    );
    this.queue = waiting;
    for (const effect of due) this.perform(effect);
  }

  private perform(effect: Send | Close): void {
    const link = this.links.get(effect.link);
    if (effect.kind === 'close') link?.close();
    else if (link !== undefined) this.send(link, effect.message);
  }

  /** One encoding of a batch for all peers that it goes to. */
  private send(link: Link, message: Message): void {
    if (message.type !== 'changes') return link.send(message);
    let frame = this.frames.get(message);
    if (frame === undefined) {
      frame = encodeMessage(message);
      this.frames.set(message, frame);
    }
    for (const piece of frame) link.sendEncoded(piece);
  }
}
