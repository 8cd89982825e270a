import { type Close, isBeat, type Send, sortOut } from '../../core/replication/outgoing.js';
import type { DriverPorts } from './ports.js';

/**
 * R6: messages wait here until the disk holds all that the node had when they were made. One sync serves all that gathered
 * while the one before ran (group commit), so the wait is one fdatasync, whatever the load.
 */
export class Outbox {
  private queue: (Send | Close)[] = [];
  private syncing = false;

  constructor(
    private readonly ports: Pick<DriverPorts, 'disk' | 'links'>,
    /** Those that stand. */
    private readonly links: ReadonlyMap<number, unknown>,
    private readonly onDurable: (position: number) => void,
  ) {}

  add(effect: Send | Close): void {
    // While the disk fails many may gather. Of them the latest says all.
    if (isBeat(effect)) this.queue = this.queue.filter((other) => !isBeat(other) || other.link !== effect.link);
    this.queue.push(effect);
  }

  /** Send what is durable, and see to it that the rest will be. */
  run(): void {
    this.release(this.ports.disk.durablePosition);
    if (this.queue.length > 0) this.sync();
  }

  /** Make all that was done so far durable, even if nothing waits to be sent. */
  sync(): void {
    if (this.syncing) return;
    this.syncing = true;
    this.ports.disk.sync().then(
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
    // Sending one may have ended another.
    if (!this.links.has(effect.link)) return;
    if (effect.kind === 'close') this.ports.links.close(effect.link);
    else this.ports.links.send(effect.link, effect.message);
  }
}
