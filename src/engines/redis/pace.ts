/** Between two reads, so that keys that change within a few milliseconds are read together. */
const GATHER_MS = 3;
/** So many keys are worth a read at once. */
const KEYS_WORTH = 512;
/** A backlog of so many keys is no matter of milliseconds any more. */
const BACKLOG = 4096;
/** How long to rest after a read, as a multiple of the time that it took. */
const REST_FACTOR = 3;
const REST_MS_MAX = 50;

/**
 * When to read what the application has changed. An application that changes keys faster than they can be read is not to be
 * slowed down by reads of values that it is about to replace: then the node takes a fraction of the time alone, until it can keep up.
 */
export class Pace {
  /** Keys that were reported since the last read began, each as often as it was. */
  reported = 0;
  private nextMs = 0;
  private isOutpaced = false;

  isDue(pending: number, nowMs: number): boolean {
    return nowMs >= this.nextMs || (!this.isOutpaced && pending >= KEYS_WORTH);
  }

  /** A read of so many keys, from when until when, after which so many are pending. */
  rest(keys: number, pending: number, startedMs: number, endedMs: number): void {
    this.isOutpaced = pending >= BACKLOG && this.reported > keys;
    const restMs = Math.min(REST_MS_MAX, REST_FACTOR * (endedMs - startedMs));
    this.nextMs = this.isOutpaced ? endedMs + restMs : endedMs + GATHER_MS;
  }

  restMs(nowMs: number): number {
    return Math.max(0, this.nextMs - nowMs);
  }
}
