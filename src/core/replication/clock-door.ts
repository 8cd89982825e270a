import type { Context } from '../context.js';
import { HLC_LAST, type Hlc, hlcFromMs, stampOf } from '../model/hlc.js';
import type { ReplicaId } from '../model/version.js';
import { greatestHlcOf, type PackedEntries } from '../store/packed-entries.js';

/** How far beyond the limit a change may lie: as far as a resolution puts its fence, which is a second, and somewhat more. */
const LEAD_MS = 2000;
const PROBLEM = 'clock-ahead';

/**
 * R15, the door for times: nothing whose time lies further ahead of this node's clock than the limit is taken in, whatever
 * message brings it. Its sender is held apart, as with a clock that is off, until that time is within the limit.
 */
export class ClockDoor {
  /** The greatest time that each member that was turned away has sent. */
  private readonly refused = new Map<ReplicaId, Hlc>();

  constructor(private readonly context: Pick<Context, 'ports' | 'records' | 'problems'>) {}

  /** The greatest timestamp that may come in now. */
  get hlcMax(): Hlc {
    const limitMs = this.context.records.settings()['clock-skew-limit'];
    return Math.min(HLC_LAST, hlcFromMs(this.context.ports.wallMs() + limitMs + LEAD_MS));
  }

  /** The greatest time of these entries if it may not come in; null: all of them may. */
  tooFarAhead(lists: readonly PackedEntries[]): Hlc | null {
    const { hlcMax } = this;
    let greatest = 0;
    for (const entries of lists) greatest = Math.max(greatest, greatestHlcOf(entries));
    return greatest > hlcMax ? greatest : null;
  }

  /** A member sent a change with that time, and nothing of it was taken in. Returns the sentence that says so. */
  turnAway(replica: ReplicaId, name: string, hlc: Hlc): string {
    this.refused.set(replica, Math.max(hlc, this.refused.get(replica) ?? 0));
    const text = `${name} sent a change stamped ${stampOf(hlc)}, too far ahead of this node's clock: nothing of ${name} is taken in until that time is near`;
    this.context.problems.note(PROBLEM, replica, text, { code: 'compare-clocks', member: name });
    return text;
  }

  /** Whether what the member last sent is still too far ahead. */
  isShutFor(replica: ReplicaId): boolean {
    const hlc = this.refused.get(replica);
    if (hlc === undefined) return false;
    if (hlc > this.hlcMax && this.context.records.isActive(replica)) return true;
    this.refused.delete(replica);
    this.context.problems.clear(PROBLEM, replica);
    return false;
  }

  /** Former members are no longer a problem. To be called now and then. */
  tidy(): void {
    for (const replica of this.refused.keys()) this.isShutFor(replica);
  }
}
