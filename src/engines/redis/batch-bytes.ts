const BYTES_MAX = 8 << 20;
const BYTES_MIN = 1 << 16;
/** A batch of a quarter tells soon whether it is the size. */
const SHRINK_FACTOR = 4;
const QUIET_MS_MIN = 60_000;
const QUIET_MS_MAX = 3_600_000;

/**
 * How many bytes of values go to or from Redis in one batch. Fewer once a connection ended over one: a server has limits of its
 * own for what a client may send, or leave with it. After a quiet time it is tried with more, later each time.
 */
export class BatchBytes {
  bytes = BYTES_MAX;
  private quietMs = QUIET_MS_MIN;
  private changedMs = Number.NEGATIVE_INFINITY;

  /** A connection ended over a batch. Returns false where batches are as small as can be: then it is not their size. */
  shrink(nowMs: number): boolean {
    if (this.bytes === BYTES_MIN) return false;
    this.bytes = Math.max(BYTES_MIN, Math.floor(this.bytes / SHRINK_FACTOR));
    this.changedMs = nowMs;
    this.quietMs = Math.min(QUIET_MS_MAX, this.quietMs * 2);
    return true;
  }

  /** To be called now and then while all goes well. */
  grow(nowMs: number): void {
    if (this.bytes === BYTES_MAX || nowMs - this.changedMs < this.quietMs) return;
    this.bytes = Math.min(BYTES_MAX, this.bytes * 2);
    this.changedMs = nowMs;
  }
}
