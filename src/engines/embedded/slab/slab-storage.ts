import type { Hlc } from '../../../core/hlc.js';
import { GROUPS, type Group, type Storage } from '../../../core/store.js';
import { SlabStore } from './slab-store.js';

/** Storage without a disk. Its position counts nothing: nothing of it survives. */
export class SlabStorage implements Storage {
  private readonly stores: Record<Group, SlabStore>;
  private readonly meta = new Map<string, unknown>();
  private highest: Hlc = 0;

  constructor() {
    this.stores = Object.fromEntries(GROUPS.map((group) => [group, new SlabStore()])) as Record<Group, SlabStore>;
  }

  store(group: Group): SlabStore {
    return this.stores[group];
  }

  getMeta(name: string): unknown {
    return this.meta.get(name);
  }

  setMeta(name: string, value: unknown): void {
    if (value === undefined) this.meta.delete(name);
    else this.meta.set(name, value);
  }

  get clock(): Hlc {
    return Math.max(this.highest, this.stores.system.highestHlc, this.stores.data.highestHlc);
  }

  observeClock(hlc: Hlc): void {
    if (hlc > this.highest) this.highest = hlc;
  }

  /** Nothing is ever durable, and nothing waits for it. */
  get position(): number {
    return 0;
  }
}
