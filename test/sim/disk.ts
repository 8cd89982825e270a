import { BUCKETS } from '../../src/core/model/bytes.js';
import { type Entry, joined, overrides, type TouchedEntry } from '../../src/core/model/entry.js';
import type { Hlc } from '../../src/core/model/hlc.js';
import type { VectorData } from '../../src/core/model/vector.js';
import type { Origin, ReplicaId } from '../../src/core/model/version.js';
import type { Range } from '../../src/core/replication/messages.js';
import { FrontStore } from '../../src/core/store/front-store.js';
import { MemoryStore } from '../../src/core/store/memory-store.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import { type DiskTakes, GROUPS, type Group, type Storage, type Store } from '../../src/core/store/store.js';

/** What a simulated disk tells of the calls that change it. */
export interface DiskObserver {
  /** Before a local write. */
  writing(group: Group, entry: Entry): void;
  /** Before an entry is put in place of another one, or of none. */
  putting(group: Group, entry: Entry, before: Entry | undefined): void;
  dropping(group: Group, entry: Entry): void;
  /** After the vector moved. */
  advanced(group: Group, origin: Origin, from: number, upto: number): void;
  retired(group: Group, replica: ReplicaId, boot: number): void;
  trimming(group: Group, origin: Origin, upto: number): void;
}

type Call = (image: DiskImage) => void;

/**
 * Storage that forgets what was not durable. A power loss leaves a prefix of the calls, at least those up to the last
 * sync; the crash of the process alone leaves all of them, still to be synced. Where it buffers, as the journal does, what one
 * flush takes to the file is a frame: it survives as a whole, or not at all.
 */
export class SimDisk implements Storage {
  durablePosition = 0;
  readonly takesReservations = false;
  private state: DiskTakes = 'all';
  /** From here on what was done while it takes nothing is in the memory of the process alone. */
  private brokenAt = 0;
  private image = new DiskImage();
  private durable = new DiskImage();
  private pending: { readonly position: number; readonly frame: number; readonly call: Call }[] = [];
  private frame = 0;
  private calls = 0;
  private flushed = 0;
  private readonly stores: Record<Group, SimStore>;

  constructor(
    readonly memoryOnly: boolean,
    readonly observer: DiskObserver,
    /** What is not flushed yet dies with the process; else every call reaches the file at once. */
    private readonly buffers = false,
  ) {
    const stores = GROUPS.map((group) => [group, new SimStore(this, group)]);
    this.stores = Object.fromEntries(stores) as Record<Group, SimStore>;
  }

  store(group: Group): Store {
    return this.stores[group];
  }

  get takes(): DiskTakes {
    return this.state;
  }

  fail(takes: DiskTakes): void {
    if (takes === 'nothing' && this.state !== 'nothing') this.brokenAt = this.buffers ? this.flushed : this.calls;
    this.state = takes;
  }

  get position(): number {
    return this.memoryOnly ? 0 : this.calls;
  }

  get clock(): Hlc {
    return this.image.clock;
  }

  observeClock(hlc: Hlc): void {
    if (hlc > this.image.clock) this.record((image) => image.observeClock(hlc));
  }

  getMeta(name: string): unknown {
    const text = this.image.meta.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  }

  metaNames(prefix: string): string[] {
    return [...this.image.meta.keys()].filter((name) => name.startsWith(prefix));
  }

  setMeta(name: string, value: unknown): void {
    const text = value === undefined ? undefined : JSON.stringify(value);
    this.record((image) => image.setMeta(name, text));
  }

  /** The durable entry of a key: what a power loss cannot take. */
  durableEntry(group: Group, key: Uint8Array): Entry | undefined {
    return (this.memoryOnly ? this.image : this.durable).stores[group].get(key);
  }

  /** Whether a meta record is on the disk for good. */
  hasDurableMeta(name: string): boolean {
    return (this.memoryOnly ? this.image : this.durable).meta.has(name);
  }

  get hasUnsynced(): boolean {
    return !this.memoryOnly && this.pending.length > 0;
  }

  /** All so far is in the file. */
  flush(): void {
    if (this.calls > this.flushed) this.frame++;
    this.flushed = this.calls;
  }

  /** All up to this position is on the disk now. */
  sync(position: number): void {
    let count = 0;
    for (const { position: at, call } of this.pending) {
      if (at > position) break;
      call(this.durable);
      count++;
    }
    this.pending.splice(0, count);
    this.durablePosition = Math.max(this.durablePosition, position);
  }

  /** What a power loss may leave of it. */
  get pendingCount(): number {
    if (this.state === 'nothing') return this.pending.filter(({ position }) => position <= this.brokenAt).length;
    if (this.buffers) return this.pending.filter(({ position }) => position <= this.flushed).length;
    return this.pending.length;
  }

  /** The machine lost power: `kept` calls beyond the durable ones survive. */
  losePower(kept: number): void {
    for (const { position, call } of this.pending.slice(0, this.wholeFramesOf(kept))) {
      call(this.durable);
      this.durablePosition = position;
    }
    this.pending = [];
    this.state = 'all';
    this.image = this.durable.copy();
    // What survived was on the disk, so later positions start there.
    this.calls = Math.max(this.calls, this.durablePosition);
    this.durablePosition = this.calls;
  }

  /** How many of the first calls are of frames that lie within them. */
  private wholeFramesOf(calls: number): number {
    const torn = this.buffers ? this.pending[calls]?.frame : undefined;
    let whole = calls;
    while (whole > 0 && this.pending[whole - 1]!.frame === torn) whole--;
    return whole;
  }

  /** As a backup copies the directory. */
  copyOfDurable(): DiskImage {
    return this.durable.copy();
  }

  /** The directory is put back from an older copy: all that came after it is gone. */
  putBack(copy: DiskImage): void {
    this.pending = [];
    this.durable = copy.copy();
    this.image = copy.copy();
    this.durablePosition = ++this.calls;
  }

  /** The process died: the file has all calls, in the operating system's memory at least. */
  killProcess(): void {
    if (this.state === 'nothing') {
      return this.losePower(this.pending.filter(({ position }) => position <= this.brokenAt).length);
    }
    if (this.buffers) return this.losePower(this.pending.filter(({ position }) => position <= this.flushed).length);
    this.image = this.image.copy();
  }

  inner(group: Group): MemoryStore {
    return this.image.stores[group];
  }

  record(call: Call): void {
    call(this.image);
    this.calls++;
    if (!this.memoryOnly) this.pending.push({ position: this.calls, frame: this.frame, call });
  }
}

/** The state that a prefix of the calls leads to. */
export class DiskImage {
  readonly stores: Record<Group, MemoryStore> = { data: new MemoryStore(), system: new MemoryStore() };
  readonly meta = new Map<string, string>();
  private highest: Hlc = 0;

  get clock(): Hlc {
    return Math.max(this.highest, this.stores.data.highestHlc, this.stores.system.highestHlc);
  }

  observeClock(hlc: Hlc): void {
    this.highest = Math.max(this.highest, hlc);
  }

  setMeta(name: string, text: string | undefined): void {
    if (text === undefined) this.meta.delete(name);
    else this.meta.set(name, text);
  }

  /** As an engine would read it back: entries, rows, floors and vectors. */
  copy(): DiskImage {
    const copy = new DiskImage();
    for (const group of GROUPS) copyStore(this.stores[group], copy.stores[group]);
    for (const [name, text] of this.meta) copy.meta.set(name, text);
    copy.highest = this.clock;
    return copy;
  }
}

function copyStore(from: MemoryStore, to: MemoryStore): void {
  for (let bucket = 0; bucket < BUCKETS; bucket++) for (const entry of from.bucket(bucket)) to.put(entry);
  for (const [replica, boot] of from.vector.floors) to.retire(replica, boot);
  for (const [origin, seq] of from.vector.seqs) to.advance(origin, seq);
  for (const origin of from.changeLog.list()) {
    if (from.floor(origin) > 0) to.trim(origin, from.floor(origin));
    for (const { seq, key } of from.rows(origin, 0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      to.append(origin, seq, key);
    }
  }
}

class SimStore extends FrontStore implements Store {
  constructor(
    private readonly disk: SimDisk,
    private readonly group: Group,
  ) {
    super();
  }

  protected get inner(): MemoryStore {
    return this.disk.inner(this.group);
  }

  write(entry: Entry): void {
    this.disk.observer.writing(this.group, entry);
    this.change((store) => store.write(entry));
  }

  touch(entry: TouchedEntry): void {
    this.disk.observer.writing(this.group, entry);
    this.change((store) => store.touch(entry));
  }

  put(entry: Entry): void {
    this.disk.observer.putting(this.group, entry, this.inner.get(entry.key));
    this.change((store) => store.put(entry));
  }

  drop(key: Uint8Array): void {
    const entry = this.inner.get(key);
    if (entry === undefined) return;
    this.disk.observer.dropping(this.group, entry);
    this.change((store) => store.drop(key));
  }

  receive(range: Range, changed: Entry[] | null): Hlc {
    const { observer } = this.disk;
    const from = this.inner.vector.get(range.origin);
    for (const { entry } of rowsOf(range, from)) {
      const before = entry === null ? undefined : this.inner.get(entry.key);
      if (entry !== null && overrides(entry, before)) observer.putting(this.group, joined(entry, before), before);
    }
    let greatest = 0;
    const put: Entry[] = [];
    this.change((store) => {
      greatest = store.receive(range, put);
    });
    changed?.push(...put);
    observer.advanced(this.group, range.origin, from, range.upto);
    return greatest;
  }

  trim(origin: Origin, upto: number): void {
    this.disk.observer.trimming(this.group, origin, upto);
    this.change((store) => store.trim(origin, upto));
  }

  adopt(vector: VectorData): void {
    const before = this.inner.vector.clone();
    this.change((store) => store.adopt(vector));
    for (const [replica, boot] of Object.entries(vector.floors)) {
      if (boot > (before.floors.get(replica) ?? 0)) this.disk.observer.retired(this.group, replica, boot);
    }
    for (const [origin, seq] of Object.entries(vector.seqs)) {
      const from = before.get(origin);
      if (seq > from) this.disk.observer.advanced(this.group, origin, from, seq);
    }
  }

  retire(replica: ReplicaId, boot: number): void {
    this.change((store) => store.retire(replica, boot));
    this.disk.observer.retired(this.group, replica, boot);
  }

  private change(call: (store: MemoryStore) => void): void {
    const { group } = this;
    this.disk.record((image) => call(image.stores[group]));
  }
}
