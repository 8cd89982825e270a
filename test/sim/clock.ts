import type { Scheduler } from './scheduler.js';

/** Unix time at which simulations start. */
const START_MS = Date.UTC(2026, 0, 1);

/** One machine's clocks: the wall clock is off, drifts and steps; the monotonic one drifts with it and never steps. */
export class SimClock {
  private sleptMs = 0;

  constructor(
    private readonly schedule: Scheduler,
    private offsetMs: number,
    private drift: number,
  ) {}

  wallMs(): number {
    return Math.floor(START_MS + this.monoMs() + this.offsetMs);
  }

  monoMs(): number {
    return this.schedule.nowMs * (1 + this.drift) + this.sleptMs;
  }

  /** Time passes for this machine, and nothing happens. */
  sleep(ms: number): void {
    this.sleptMs += ms;
  }

  step(byMs: number): void {
    this.offsetMs += byMs;
  }

  /** The operator sets it right: from now on it is off by this much, and drifts no more than a little. */
  correct(offsetMs: number): void {
    this.offsetMs = offsetMs - this.schedule.nowMs * this.drift;
  }
}
