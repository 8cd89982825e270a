import { InvariantError } from '../model/errors.js';
import { HLC_LAST, type Hlc, type HybridClock } from '../model/hlc.js';
import type { Origin } from '../model/version.js';
import type { Store } from '../store/store.js';

/** For the next local writes of a group: the first has this number and this time, each further one the next of both. */
export interface Reservation {
  readonly origin: Origin;
  readonly firstSeq: number;
  readonly firstHlc: Hlc;
  /** How many writes it is for, at most. */
  readonly countMax: number;
}

/**
 * The one place where the local writes of a group get their numbers and times (R1), whoever makes them. Nothing is taken from a
 * reservation until `used` says so, and then it is over: one at a time, within one turn, with no other write in between.
 */
export class Numbering {
  /** The same object each time: there is one for each request of a client. */
  private readonly reserved: { -readonly [Field in keyof Reservation]: Reservation[Field] };

  constructor(
    origin: Origin,
    private readonly store: Pick<Store, 'vector'>,
    private readonly clock: HybridClock,
  ) {
    this.reserved = { origin, firstSeq: 0, firstHlc: 0, countMax: 0 };
  }

  /** `nowMs`: the time, for who knows it. */
  reserve(countMax: number, nowMs?: number): Reservation {
    return this.from(this.clock.upcoming(nowMs), countMax);
  }

  /** For a write at a time that was drawn before, as that of a fence. */
  reserveAt(hlc: Hlc): Reservation {
    if (hlc > this.clock.last)
      throw new InvariantError(`a write at ${hlc}, which is beyond the clock: ${this.clock.last}`);
    return this.from(hlc, 1);
  }

  /** So many of the writes that were reserved last were made, and the vector is past them. */
  used(count: number): void {
    const { reserved, clock } = this;
    const { origin, firstSeq, firstHlc, countMax } = reserved;
    reserved.countMax = 0;
    if (count === 0) return;
    if (count > countMax || this.store.vector.get(origin) !== firstSeq + count - 1)
      throw new InvariantError(
        `${count} writes were made of ${countMax} that were reserved from ${origin}/${firstSeq} on`,
      );
    clock.observe(firstHlc + count - 1);
  }

  private from(hlc: Hlc, countMax: number): Reservation {
    const { reserved } = this;
    reserved.firstSeq = this.store.vector.get(reserved.origin) + 1;
    reserved.firstHlc = hlc;
    reserved.countMax = Math.min(countMax, Math.max(0, HLC_LAST - hlc + 1));
    return reserved;
  }
}
