import type { Effect } from '../core/context.js';
import type { Message } from '../core/messages.js';
import type { Engine } from '../engines/engine.js';
import { encodeMessage } from '../links/codec.js';
import type { Link } from '../links/link.js';

type Send = Extract<Effect, { kind: 'send' }>;
type Close = Extract<Effect, { kind: 'close' }>;

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

  /** In order, on each link; but beats, whose position is that of what they tell, pass what waits, if the link was greeted. */
  private release(durable: number): void {
    if (this.queue.length === 0) return;
    const waiting: (Send | Close)[] = [];
    const blocked = new Set<number>();
    const ungreeted = new Set<number>();
    for (const effect of this.queue) {
      const link = this.links.get(effect.link);
      if (link === undefined) continue;
      const isDue = effect.kind === 'close' || effect.position <= durable;
      const passes = isBeat(effect) ? !ungreeted.has(effect.link) : !blocked.has(effect.link);
      if (isDue && passes) {
        this.perform(link, effect);
        continue;
      }
      waiting.push(effect);
      blocked.add(effect.link);
      if (effect.kind === 'send' && effect.message.type === 'hello') ungreeted.add(effect.link);
    }
    this.queue = waiting;
  }

  private perform(link: Link, effect: Send | Close): void {
    if (effect.kind === 'close') link.close();
    else this.send(link, effect.message);
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

function isBeat(effect: Send | Close): boolean {
  return effect.kind === 'send' && effect.message.type === 'beat';
}
