import type { BridgeChecker } from '../checker.js';
import type { BridgedWorld } from '../world.js';

const WINDOW_MS = 10_000;
/** Of which a third are attempts: each takes some connections, and those that guard the server are renewed. */
const DIALS_MAX = 50;
/** A connection that was well, and broke, is made again at once; and a node that was started knows of no attempts before. */
const DIALS_AT_ONCE = 4;

/** Whatever goes wrong, a node dials its server only so often, and never since that was told to forget scripts. */
export class PaceChecker implements BridgeChecker {
  readonly name = 'pace';

  constructor(private readonly world: BridgedWorld) {}

  sample(): void {
    const fromMs = this.world.schedule.nowMs - WINDOW_MS;
    for (const { name, node, dials, losses, starts } of this.world.sites) {
      for (const times of [dials, losses, starts]) while (times[0] !== undefined && times[0] < fromMs) times.shift();
      if (dials.length > DIALS_MAX + (losses.length + starts.length) * DIALS_AT_ONCE)
        this.world.fail(this.name, `${name} was dialled ${dials.length} times in ${WINDOW_MS / 1000} s`);
      const problem = node.bridge?.status().problem ?? '';
      if (problem.startsWith('NOSCRIPT'))
        this.world.fail(this.name, `${name} has left its server over scripts: ${problem}`);
    }
  }
}
