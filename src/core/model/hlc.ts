import { InvariantError } from './errors.js';

/**
 * Hybrid logical clock (Kulkarni, Demirbas et al., "Logical Physical Clocks", 2014) in one safe integer:
 * 41 bits of milliseconds since 2020-01-01 UTC and 12 bits of counter. A full counter borrows from the next millisecond.
 */
export type Hlc = number;

export const HLC_EPOCH_MS = Date.UTC(2020, 0, 1);
const COUNTERS = 4096;

/** The last timestamp that is ever given out or kept: some months before the integer is full, so that no sum overflows. */
export const HLC_LAST: Hlc = hlcFromMs(Date.UTC(2089, 0, 1));

/** The smallest timestamp of a wall-clock millisecond (Unix time). Times before 2020 give 0. */
export function hlcFromMs(unixMs: number): Hlc {
  return Math.max(0, Math.floor(unixMs) - HLC_EPOCH_MS) * COUNTERS;
}

/** The Unix time, in milliseconds, that a timestamp stands for. */
export function hlcToMs(hlc: Hlc): number {
  return Math.floor(hlc / COUNTERS) + HLC_EPOCH_MS;
}

/** The time that a timestamp stands for, for people. */
export function stampOf(hlc: Hlc): string {
  return new Date(hlcToMs(hlc)).toISOString();
}

/**
 * The clock of one node, shared by its two replication groups.
 * Invariant: `last` is at least every timestamp that this node has issued or received.
 */
export class HybridClock {
  constructor(
    private readonly nowMs: () => number,
    private highest: Hlc = 0,
  ) {}

  get last(): Hlc {
    return this.highest;
  }

  /** The timestamp of this moment, greater than everything seen (R1). Local writes get theirs from Numbering. */
  next(): Hlc {
    const next = this.upcoming();
    if (next > HLC_LAST) throw new InvariantError(`the hybrid clock has come to its end: ${next}`);
    this.highest = next;
    return next;
  }

  /** What `next` would give. */
  upcoming(nowMs: number = this.nowMs()): Hlc {
    return Math.max(this.highest + 1, hlcFromMs(nowMs));
  }

  /** Learn of a timestamp from elsewhere, so that later local writes are greater (R1). What may be learnt of: see ClockDoor. */
  observe(hlc: Hlc): void {
    if (hlc > this.highest) this.highest = hlc;
  }
}
