import type { Context } from '../context.js';
import type { Group } from '../store/store.js';
import type { Peer } from './peer.js';

/**
 * While the disk takes nothing, what peers send is left aside: it is neither applied nor acknowledged (R17), and the peer's
 * window bounds what it sends meanwhile. Once the disk takes writes again, the peers are asked for it.
 */
export class Intake {
  private readonly missed = new Set<Peer>();

  constructor(private readonly context: Context) {}

  /** Whether there is room for it. The cluster's own records are few, and decide who may do what: they pass as deletes do. */
  takes(group: Group): boolean {
    const { takes } = this.context.ports.storage;
    return takes === 'all' || (takes === 'little' && group === 'system');
  }

  /** Something that the peer sent was left. */
  miss(peer: Peer): void {
    this.missed.add(peer);
  }

  /** To be called in every tick. */
  resume(): void {
    if (this.missed.size === 0 || this.context.ports.storage.takes !== 'all') return;
    for (const peer of this.missed) peer.gapDue = true;
    this.missed.clear();
  }
}
