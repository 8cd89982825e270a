import { getHeapStatistics } from 'node:v8';

/** So long the node has to have little to do: a collection holds up whoever asks just then. */
const QUIET_MS = 2000;
/** So much has to have come since the heap was smallest. Below that a collection is not worth its time. */
const GARBAGE_MIN = 16 << 20;
/** At most one collection in so long: a node that is a little busy all the time makes so much garbage several times a second. */
const BETWEEN_MS = 60_000;

/**
 * Returns the memory of a burst back: what it left on the heap is garbage, but in a node with little to do nothing is allocated
 * that would cause a collection of it.
 */
export class HeapCare {
  private leastBytes = Number.POSITIVE_INFINITY;
  private quietSinceMs = Number.POSITIVE_INFINITY;
  private collectedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly collect: () => void,
    private readonly usedBytes: () => number = () => getHeapStatistics().used_heap_size,
  ) {}

  /** To be called every now and then; `isQuiet`: whether the node has had little to do since the last time. */
  note(isQuiet: boolean, nowMs: number): void {
    this.quietSinceMs = isQuiet ? Math.min(this.quietSinceMs, nowMs) : Number.POSITIVE_INFINITY;
    if (nowMs - this.quietSinceMs < QUIET_MS || nowMs - this.collectedMs < BETWEEN_MS || !isQuiet) return;
    const used = this.usedBytes();
    this.leastBytes = Math.min(this.leastBytes, used);
    if (used - this.leastBytes < GARBAGE_MIN) return;
    this.collect();
    this.collectedMs = nowMs;
    // What is still there is live.
    this.leastBytes = this.usedBytes();
  }
}
