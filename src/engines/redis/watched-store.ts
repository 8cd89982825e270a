import type { Bytes } from '../../core/model/bytes.js';
import type { Entry, TouchedEntry } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { VectorData } from '../../core/model/vector.js';
import type { Origin, ReplicaId } from '../../core/model/version.js';
import type { Range } from '../../core/replication/messages.js';
import { FrontStore } from '../../core/store/front-store.js';
import type { PackedEntries } from '../../core/store/packed-entries.js';
import type { DiskTakes, Group, Storage, Store } from '../../core/store/store.js';

/** Who is told of each change. */
export interface ChangeWatch {
  /**
   * Called before an entry of the data group is replaced, or forgotten (null); the store still has what was, `current`. The others are
   * good for the length of the call alone.
   */
  before(key: Bytes, then: Entry | null, current: Entry | undefined): void;
  /** Called after an entry came in that what is here has overridden; for the length of the call they are good. */
  lost(entry: Entry, to: Entry): void;
  /** Many of them, and the changes themselves. */
  together<T>(work: () => T): T;
}

/** A storage whose data group tells of every change before it is made, wherever it comes from. */
export class WatchedStorage implements Storage {
  readonly takesReservations = false;
  private readonly data: WatchedStore;

  constructor(
    private readonly inner: Storage,
    watch: ChangeWatch,
  ) {
    this.data = new WatchedStore(inner.store('data'), watch);
  }

  store(group: Group): Store {
    return group === 'data' ? this.data : this.inner.store(group);
  }

  getMeta(name: string): unknown {
    return this.inner.getMeta(name);
  }

  setMeta(name: string, value: unknown): void {
    this.inner.setMeta(name, value);
  }

  metaNames(prefix: string): string[] {
    return this.inner.metaNames(prefix);
  }

  get clock(): Hlc {
    return this.inner.clock;
  }

  observeClock(hlc: Hlc): void {
    this.inner.observeClock(hlc);
  }

  get position(): number {
    return this.inner.position;
  }

  get takes(): DiskTakes {
    return this.inner.takes;
  }
}

class WatchedStore extends FrontStore implements Store {
  constructor(
    protected readonly inner: Store,
    private readonly watch: ChangeWatch,
  ) {
    super();
  }

  write(entry: Entry): void {
    this.before(entry.key, entry);
    this.inner.write(entry);
  }

  touch(entry: TouchedEntry): void {
    this.before(entry.key, entry);
    this.inner.touch(entry);
  }

  put(entry: Entry): void {
    this.watch.together(() => this.before(entry.key, entry));
    this.inner.put(entry);
  }

  drop(key: Bytes): void {
    this.before(key, null);
    this.inner.drop(key);
  }

  override takePacked(entries: PackedEntries): Hlc {
    return this.watch.together(() => super.takePacked(entries));
  }

  /** A range goes in as a whole, so all that it changes is told before. */
  receive(range: Range, changed: Entry[] | null): Hlc {
    return this.watch.together(() => {
      this.eachChange(range, (entry, current) => this.watch.before(entry.key, entry, current));
      return this.inner.receive(range, changed);
    });
  }

  trim(origin: Origin, upto: number): void {
    this.inner.trim(origin, upto);
  }

  adopt(vector: VectorData): void {
    this.inner.adopt(vector);
  }

  disclaim(): void {
    this.inner.disclaim();
  }

  retire(replica: ReplicaId, boot: number): void {
    this.inner.retire(replica, boot);
  }

  protected override lost(entry: Entry, to: Entry): void {
    this.watch.lost(entry, to);
  }

  private before(key: Bytes, then: Entry | null): void {
    this.watch.before(key, then, this.inner.get(key));
  }
}
