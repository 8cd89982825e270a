import type { Message } from '../../../src/core/replication/messages.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';

const WINDOW_TICKS = 1000;
/** Some twenty come up where all is well. */
const VERDICTS_MAX = 150;

/** Two nodes come to a verdict about each other, whatever it is: they do not answer each other for ever. */
export class ChatterChecker implements Checker {
  readonly name = 'chatter';
  private readonly counts = new Map<string, { sinceTick: number; count: number }>();

  constructor(private readonly world: World) {}

  received(node: SimNode, from: SimNode, { type }: Message): void {
    if (type !== 'compare' && type !== 'gate') return;
    const tick = this.world.schedule.nowMs;
    const pair = `${from.name} ${node.name}`;
    const known = this.counts.get(pair);
    if (known === undefined || tick - known.sinceTick > WINDOW_TICKS)
      return void this.counts.set(pair, { sinceTick: tick, count: 1 });
    if (++known.count > VERDICTS_MAX)
      this.world.fail(this.name, `${from.name} told ${node.name} of ${known.count} verdicts in ${WINDOW_TICKS} ticks`);
  }
}
