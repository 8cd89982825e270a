import type { BridgeChecker } from '../checker.js';
import type { BridgedWorld } from '../world.js';

/** What a server keeps for a node that does not take it, beyond which its own limit ends the connection. */
const OVERHEAD_BYTES = 8192;

/** Whatever a node does or fails to do, its server keeps only so much for it. */
export class OwedChecker implements BridgeChecker {
  readonly name = 'owed';

  constructor(private readonly world: BridgedWorld) {}

  sample(): void {
    const { server, capture } = this.world.bridged;
    const bytesMax = server.pubSubBytesMax * (capture === 'replica' ? 2 : 1) + OVERHEAD_BYTES;
    for (const { name, owedBytes } of this.world.sites) {
      if (owedBytes > bytesMax) this.world.fail(this.name, `${name} keeps ${owedBytes} bytes for its node`);
    }
  }
}
