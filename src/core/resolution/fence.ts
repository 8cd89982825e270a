import type { Context } from '../context.js';
import type { IncidentRecord } from '../membership/records.js';
import { HLC_EPOCH_MS, type Hlc, hlcFromMs } from '../model/hlc.js';

/**
 * The fence lies this far beyond every clock, so that no clock has passed it by the time at which all have heard of it. Later writes
 * are stamped beyond the fence, so this is how far the cluster's clock runs ahead. Twice as much where it was not enough.
 */
const AHEAD_MS = 300;
/** What the counting of writes adds to clocks meanwhile is this share of it, or less: 4,096 writes are a millisecond. */
const COUNTED_SHARE = 16;

/** The time between what a resolution's plan may override and what stands by itself, as the incident's record tells it. */
export class Fence {
  hlc: Hlc = 0;
  private aheadMs = AHEAD_MS;

  constructor(
    private readonly context: Context,
    private readonly incidentId: string,
  ) {}

  /**
   * A resolution that replaces another of a moment ago keeps its fence: raised each time, the fence would run away from the clocks.
   * Returns whether there is one.
   */
  take(): boolean {
    const { door, fences, ports } = this.context;
    const met = fences.get(this.incidentId);
    const isAhead =
      met !== undefined && met.clock < met.fence && met.fence <= door.hlcMax && met.fence > hlcFromMs(ports.wallMs());
    if (!isAhead || met.fence !== this.record().fence) return false;
    this.hlc = met.fence;
    return true;
  }

  /** `above`: a participant's clock that had passed the fence before; 0: none. */
  raise(above: Hlc): void {
    const { clock, door, fences, peers, ports, records } = this.context;
    if (above > 0) this.aheadMs *= 2;
    // A time that lies ahead by more than the limit is refused.
    const aheadMs = Math.min(this.aheadMs, records.settings()['clock-skew-limit'] / 2);
    const nowMs = ports.wallMs();
    const wallMs = [...peers.values()].map(({ skewMs, roundTripMs }) => nowMs + (skewMs ?? 0) + (roundTripMs ?? 0));
    const hlcs = [...peers.values()].map(({ beat }) => beat?.hlc ?? 0);
    // Wall clocks go on; a clock ahead of them is only counted up.
    // What others say of their clocks takes this one no further than their writes could (R15).
    const most = door.hlcMax;
    const ahead = Math.max(above + hlcFromMs(HLC_EPOCH_MS + aheadMs), hlcFromMs(Math.max(nowMs, ...wallMs) + aheadMs));
    const walls = Math.min(most, ahead);
    this.hlc = Math.max(
      walls,
      Math.max(clock.last, Math.min(most, Math.max(0, ...hlcs))) + hlcFromMs(HLC_EPOCH_MS + aheadMs / COUNTED_SHARE),
    );
    const highest = clock.last;
    clock.observe(this.hlc);
    ports.storage.observeClock(this.hlc);
    records.putIncident({ ...this.record(), fence: this.hlc });
    fences.set(this.incidentId, { fence: this.hlc, clock: highest });
  }

  private record(): IncidentRecord {
    return this.context.records.incident(this.incidentId)!;
  }
}
