import type { Bytes } from '../../core/model/bytes.js';
import type { Reservation } from '../../core/replication/numbering.js';
import type { Batch } from '../batch.js';
import { SlabStorage } from '../embedded/slab/slab-storage.js';
import type { DiskTrouble, Engine, ValueSink } from '../engine.js';

/**
 * The engine of a memory-only node. Nothing survives, so nothing is ever waited for: the position stays 0 and counts as
 * durable. Such a node comes back as a new member (R6).
 */
export class MemoryEngine extends SlabStorage implements Engine {
  readonly durablePosition = 0;
  readonly openingNotes: readonly string[] = [];
  readonly diskBytes = 0;
  readonly troubles: readonly DiskTrouble[] = [];
  readonly isMemoryAlone = false;
  override readonly takesReservations = true;
  onTrouble: () => void = () => {};

  readValue(key: Bytes, nowMs: number, sink: ValueSink): boolean {
    return this.store('data').readValue(key, nowMs, sink);
  }

  perform(batch: Batch, reservation: Reservation): number {
    return this.store('data').perform(batch, reservation);
  }

  warm(hashes: Int32Array, count: number): void {
    this.store('data').warm(hashes, count);
  }

  flush(): void {}

  async sync(): Promise<number> {
    return 0;
  }

  holdFiles(): null {
    return null;
  }

  async close(): Promise<void> {}

  async discardIfFresh(): Promise<void> {}
}
