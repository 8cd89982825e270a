import { collectGarbage } from '../engines/embedded/slab/give-back.js';
import { HeapCare } from './heap-care.js';

/** Below this share of the time the node has little to do. */
const QUIET = 0.5;

/** How much of the time the event loop has something to do. While it has little, memory is cared for. */
export class LoadWatch {
  private utilization = performance.eventLoopUtilization();
  private readonly heapCare: HeapCare | null;

  /** @param ownsHeap the process is the node's: a collection holds up nobody else */
  constructor(ownsHeap: boolean) {
    this.heapCare = ownsHeap ? new HeapCare(collectGarbage) : null;
  }

  /** The share since the last call. */
  next(): number {
    const utilization = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(utilization, this.utilization).utilization;
    this.utilization = utilization;
    this.heapCare?.note(since < QUIET, performance.now());
    return since;
  }
}
