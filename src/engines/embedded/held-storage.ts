import { GROUPS } from '../../core/store/store.js';
import { SlabStorage } from './slab/slab-storage.js';

/**
 * What the embedded engine holds in memory. Meta records are kept as JSON text, so that they can be listed for a snapshot,
 * and so that what a caller gets is the same before and after a reopening.
 */
export class HeldStorage extends SlabStorage {
  readonly metaTexts = new Map<string, string>();

  override getMeta(name: string): unknown {
    const text = this.metaTexts.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  }

  override setMeta(name: string, value: unknown): void {
    const text = value === undefined ? undefined : JSON.stringify(value);
    if (text === undefined) this.metaTexts.delete(name);
    else this.metaTexts.set(name, text);
  }

  override metaNames(prefix: string): string[] {
    return [...this.metaTexts.keys()].filter((name) => name.startsWith(prefix));
  }

  /** About how many bytes a snapshot of the entries would have; for comparisons between two moments. */
  get contentBytes(): number {
    let bytes = 0;
    for (const group of GROUPS) {
      const store = this.store(group);
      bytes += store.byteCount + (store.liveCount() + store.stubCount + store.tombstoneCount) * RECORD_BYTES;
    }
    return bytes;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** What an entry of a snapshot has beside key and value, roughly. */
const RECORD_BYTES = 31;
