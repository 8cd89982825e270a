import type { BridgeChecker } from '../checker.js';
import type { BridgedWorld } from '../world.js';

const WINDOW_MS = 10_000;
/** Of which a third are attempts: each takes some connections, and those that guard the server are renewed. */
const DIALS_MAX = 50;

/** Whatever goes wrong, a node dials its server only so often. */
export class PaceChecker implements BridgeChecker {
  readonly name = 'pace';

  constructor(private readonly world: BridgedWorld) {}

  sample(): void {
    for (const { name, dials } of this.world.sites) {
      while (dials[0] !== undefined && dials[0] < this.world.schedule.nowMs - WINDOW_MS) dials.shift();
      if (dials.length > DIALS_MAX)
        this.world.fail(this.name, `${name} was dialled ${dials.length} times in ${WINDOW_MS / 1000} s`);
    }
  }
}
