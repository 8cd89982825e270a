import type { Ports } from '../context.js';

/** A second of difference is made up for in two hundred. */
const DRAW = 1 / 200;

/**
 * R15: the time of one process. It begins as the wall clock shows it, runs with the monotonic clock from then on, and is drawn
 * towards the wall clock slowly: it never goes back, and a step of the wall clock is not followed.
 */
export class SteadyClock {
  private aheadOfMonoMs: number;
  private followedAtMs: number;
  /** By how much the wall clock was ahead at the latest tick; less than 0: behind. */
  wallAheadMs = 0;

  constructor(private readonly clocks: Pick<Ports, 'wallMs' | 'monoMs'>) {
    this.followedAtMs = clocks.monoMs();
    this.aheadOfMonoMs = clocks.wallMs() - this.followedAtMs;
  }

  /** Unix time in whole milliseconds. */
  nowMs(): number {
    return Math.floor(this.clocks.monoMs() + this.aheadOfMonoMs);
  }

  /** Draw near the wall clock: to be called in every tick. */
  follow(): void {
    const monoMs = this.clocks.monoMs();
    this.wallAheadMs = this.clocks.wallMs() - (monoMs + this.aheadOfMonoMs);
    const most = (monoMs - this.followedAtMs) * DRAW;
    this.followedAtMs = monoMs;
    this.aheadOfMonoMs += Math.max(-most, Math.min(most, this.wallAheadMs));
  }
}
