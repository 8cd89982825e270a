/** What the time of scripts is taken from. */
export interface Clocks {
  /** Milliseconds of a monotonic clock. */
  nowMs(): number;
  /** Milliseconds of processors that this process has used, with all its threads. */
  usedMs(): number;
}

/**
 * How long a script has run. On a machine that is busy elsewhere a node waits for its processor, and a script that needs a few milliseconds would
 * be ended halfway for that: so from a part of the time it may take on, it is the processor's time that counts, but at least an eighth of the clock's,
 * since others wait for it.
 */
export class RunningTime {
  private startedMs = 0;
  /** Used when the clock first said that a part of the time was over; null: it has not yet. */
  private usedMs: number | null = null;
  private readonly partMs: number;

  constructor(
    maxMs: number,
    private readonly clocks: Clocks = REAL,
  ) {
    this.partMs = maxMs * PART;
  }

  start(): void {
    this.startedMs = this.clocks.nowMs();
    this.usedMs = null;
  }

  get spentMs(): number {
    const { clocks, partMs } = this;
    const passedMs = clocks.nowMs() - this.startedMs;
    if (passedMs <= partMs) return passedMs;
    const usedMs = clocks.usedMs();
    this.usedMs ??= usedMs;
    return Math.max(passedMs / STARVED_MAX, Math.min(passedMs, partMs + usedMs - this.usedMs));
  }
}

// ---

/** A quarter: to ask for the processor's time takes a microsecond, which short scripts need not spend. */
const PART = 0.25;
const STARVED_MAX = 8;

const REAL: Clocks = {
  nowMs: () => performance.now(),
  usedMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};
