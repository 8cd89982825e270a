import type { Context } from './context.js';
import type { Liveness } from './liveness.js';
import { VersionVector } from './vector.js';

/** Whether a node that has joined may answer clients: it has caught up after its start, and its island may take writes. */
export class Serving {
  private readonly startedMonoMs: number;
  private started = false;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
  ) {
    this.startedMonoMs = context.ports.monoMs();
  }

  /** Whether it has caught up with a peer, or has waited for one for long enough (R10). Once it has, it goes on. */
  get hasStarted(): boolean {
    return this.started;
  }

  /** To be called in every tick. */
  update(): void {
    const { self, records, replicas, peers, ports } = this.context;
    if (this.started || !self.isJoined) return;
    const isAlone = records.active().length <= 1;
    const isCaughtUp = [...peers.values()].some(
      (peer) =>
        peer.isOpen && peer.firstAck !== null && replicas.data.vector.coversAll(VersionVector.from(peer.firstAck.data)),
    );
    const isOver = ports.monoMs() - this.startedMonoMs > this.liveness.timeoutMs;
    this.started = isAlone || isCaughtUp || isOver;
  }

  /** Whether the island is large enough to take writes, as far as the cluster asks for that. */
  hasQuorum(): boolean {
    const { records } = this.context;
    if (records.settings()['partition-mode'] !== 'majority') return true;
    return this.liveness.heardIsland().length * 2 > records.active().length;
  }
}
