import { harmless } from '../../core/model/names.js';
import { LIMITS, type LimitName } from './limits.js';

/** How often each limit was met, and the lines of the log on that. */
export class MetLimits {
  private readonly met = new Map<LimitName, { count: number; toldMs: number }>();

  constructor(private readonly warn: (message: string) => void) {}

  get counts(): Readonly<Partial<Record<LimitName, number>>> {
    return Object.fromEntries([...this.met].map(([name, { count }]) => [name, count]));
  }

  /** Counted, and told in the log now and then. */
  note(limit: LimitName, who: string): void {
    const met = this.met.get(limit) ?? { count: 0, toldMs: Number.NEGATIVE_INFINITY };
    met.count++;
    this.met.set(limit, met);
    if (performance.now() - met.toldMs < TELL_MS) return;
    met.toldMs = performance.now();
    const times = met.count === 1 ? '' : ` (${met.count} times by now)`;
    this.warn(`limit ${limit} was met by ${harmless(who)}${times}: ${LIMITS[limit].words}`);
  }
}

// ---

/** A limit that is met again and again is a line in the log so often. */
const TELL_MS = 10_000;
