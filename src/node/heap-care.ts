import { getHeapStatistics } from 'node:v8';

/** So long the node has to have little to do: a collection holds up whoever asks just then. */
const QUIET_MS = 2000;
/** So much has to have been allocated since the last collection. Below that it is not worth its time. */
const ALLOCATED_MIN = 64 << 20;
/** At most one collection in so long: a node that is a little busy all the time allocates so much every few seconds. */
const BETWEEN_MS = 30_000;

/**
 * Returns the memory of a burst back: what it left on the heap is garbage, but in a node with little to do nothing is allocated
 * that would cause a collection of it.
 */
export class HeapCare {
  private usedBytes = 0;
  private allocatedBytes = 0;
  private quietSinceMs = Number.POSITIVE_INFINITY;
  private collectedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly collect: () => void,
    private readonly measure: () => number = () => getHeapStatistics().used_heap_size,
  ) {
    this.usedBytes = measure();
  }

  /** To be called some ten times a second; `isQuiet`: whether the node has had little to do since the last time. */
  note(isQuiet: boolean, nowMs: number): void {
    // By the heap's growth alone a burst of deletes would not be seen: what was live becomes garbage, and takes no more room than before.
    const used = this.measure();
    this.allocatedBytes += Math.max(0, used - this.usedBytes);
    this.usedBytes = used;
    this.quietSinceMs = isQuiet ? Math.min(this.quietSinceMs, nowMs) : Number.POSITIVE_INFINITY;
    if (!isQuiet || nowMs - this.quietSinceMs < QUIET_MS || nowMs - this.collectedMs < BETWEEN_MS) return;
    if (this.allocatedBytes < ALLOCATED_MIN) return;
    this.collect();
    this.collectedMs = nowMs;
    this.allocatedBytes = 0;
    this.usedBytes = this.measure();
  }
}
