import type { Hlc } from '../model/hlc.js';
import type { DiskTakes, Group, Storage, Store } from './store.js';

/** Storage without a disk, over stores of any kind. Nothing of it survives, nothing is ever durable, and nothing waits for it. */
export class VolatileStorage<S extends Store & { readonly highestHlc: Hlc }> implements Storage {
  readonly takes: DiskTakes = 'all';
  readonly takesReservations: boolean = false;
  private readonly stores: Readonly<Record<Group, S>>;
  private readonly meta = new Map<string, unknown>();
  private highest: Hlc = 0;

  constructor(makeStore: () => S) {
    this.stores = { system: makeStore(), data: makeStore() };
  }

  store(group: Group): S {
    return this.stores[group];
  }

  getMeta(name: string): unknown {
    return this.meta.get(name);
  }

  setMeta(name: string, value: unknown): void {
    if (value === undefined) this.meta.delete(name);
    else this.meta.set(name, value);
  }

  metaNames(prefix: string): string[] {
    return [...this.meta.keys()].filter((name) => name.startsWith(prefix));
  }

  get clock(): Hlc {
    return Math.max(this.highest, this.stores.system.highestHlc, this.stores.data.highestHlc);
  }

  observeClock(hlc: Hlc): void {
    if (hlc > this.highest) this.highest = hlc;
  }

  get position(): number {
    return 0;
  }
}
