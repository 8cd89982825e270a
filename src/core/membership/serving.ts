import type { Context } from '../context.js';
import { VersionVector } from '../model/vector.js';
import type { Liveness } from './liveness.js';
import { FOUNDING } from './own-record.js';

/** Whether a node that has joined has caught up after its start, so that it may answer clients. */
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

  /** It has founded its cluster together with others, of whom none has come in yet: nobody is served by it alone. */
  get isFounding(): boolean {
    return this.context.ports.storage.getMeta(FOUNDING) === true;
  }

  /** To be called in every tick. */
  update(): void {
    const { self, records, replicas, peers, ports } = this.context;
    if (this.started || !self.isJoined) return;
    const isAlone = records.active().every(({ replica }) => replica === self.replica);
    const isCaughtUp = [...peers.values()].some(
      (peer) =>
        peer.isOpen && peer.firstAck !== null && replicas.data.vector.coversAll(VersionVector.from(peer.firstAck.data)),
    );
    const isOver = ports.monoMs() - this.startedMonoMs > this.liveness.timeoutMs;
    if (this.isFounding) {
      if (!isCaughtUp) return;
      ports.storage.setMeta(FOUNDING, undefined);
    }
    this.started = isAlone || isCaughtUp || isOver;
  }
}
