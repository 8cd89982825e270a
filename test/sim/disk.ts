import { BUCKETS } from '../../src/core/model/bytes.js';
import { type Entry, joined, overrides, type TouchedEntry } from '../../src/core/model/entry.js';
import type { Hlc } from '../../src/core/model/hlc.js';
import type { VectorData } from '../../src/core/model/vector.js';
import type { Origin, ReplicaId } from '../../src/core/model/version.js';
import type { Range } from '../../src/core/replication/messages.js';
import type { Reservation } from '../../src/core/replication/numbering.js';
import { EntryUnpacker } from '../../src/core/store/entry-unpacker.js';
import { FrontStore } from '../../src/core/store/front-store.js';
import type { LoggedStore } from '../../src/core/store/logged-store.js';
import type { PackedEntries } from '../../src/core/store/packed-entries.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import { type DiskTakes, GROUPS, type Group, type Storage, type Store } from '../../src/core/store/store.js';
import type { Batch } from '../../src/engines/batch.js';
import { EmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { openDirectory } from '../../src/engines/embedded/opening.js';
import { SLAB_SIZES } from '../../src/engines/embedded/slab/slab-space.js';
import { SlabStorage } from '../../src/engines/embedded/slab/slab-storage.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import type { EngineTimers } from '../../src/engines/embedded/timers.js';
import type { Engine } from '../../src/engines/engine.js';
import { MemoryEngine } from '../../src/engines/memory/memory-engine.js';
import { MemoryStore } from '../core/support/memory-store.js';
import { type FilesCopy, SimFiles } from './files.js';
import { isEnded } from './parts.js';
import type { Prng } from './prng.js';

/** What a simulated disk tells of the calls that change it. */
export interface DiskObserver {
  /** Before a local write, or right after one by compiled code. `before`: what its key had. */
  writing(group: Group, entry: Entry, before: Entry | undefined): void;
  /** Before an entry is put in place of another one, or of none. */
  putting(group: Group, entry: Entry, before: Entry | undefined): void;
  dropping(group: Group, entry: Entry): void;
  /** After the vector moved. */
  advanced(group: Group, origin: Origin, from: number, upto: number): void;
  retired(group: Group, replica: ReplicaId, boot: number): void;
  trimming(group: Group, origin: Origin, upto: number): void;
}

/** What the engine on it needs of the machine. */
export interface DiskMachine {
  readonly timers: EngineTimers;
  readonly random: Prng;
  /** See SimFiles. */
  readonly later: SimFiles['later'];
  /** Promises are about to be made. */
  promising(): void;
}

/** Small, so that they fill up and are compacted. */
const SIZES = { ...SLAB_SIZES, bytesMin: 4096, linearBytesMax: 1 << 26, awakeMax: 2, foldAfterMs: 100 };
/** What a directory holds that is not open yet. */
const NOTHING = new SlabStorage(SIZES);
const EMPTY_BYTES = emptyBytes();
const DIR = '/data';
/** Small, so that compactions and a full disk come to pass. */
const CARE_MS = 100;
const RESERVE_BYTES = 1024;
const COMPACT_BYTES_MIN = 64 * 1024;
const COMPACT_SLICE_BYTES = 2048;
const LOCK = {
  isHeld: true,
  renew: () => {},
  withdraw: () => {},
  moveTo: async () => {},
  release: () => {},
  removeMade: () => {},
};

/**
 * The storage of a node: the engine that ships, over files that a crash tears. Beside it a plain model keeps what is durable by the engine's
 * own word.
 */
export class SimDisk implements Storage {
  readonly files = new SimFiles();
  readonly takesReservations = true;
  private held: SlabStorage = NOTHING;
  private engine: Engine | null = null;
  private opening = 0;
  private model = new DurableModel();
  private pending: { readonly position: number; readonly call: Call }[] = [];
  private readonly stores: Record<Group, SimStore>;

  constructor(
    readonly memoryOnly: boolean,
    readonly observer: DiskObserver,
    private readonly machine: DiskMachine,
  ) {
    this.files.later = machine.later;
    const stores = GROUPS.map((group) => [group, new SimStore(this, group)]);
    this.stores = Object.fromEntries(stores) as Record<Group, SimStore>;
    if (memoryOnly) this.engine = this.held = new MemoryEngine(SIZES);
  }

  /** What the files have: to be called when they are new, and after every end of the process. Returns what is missing that was durable. */
  async open(): Promise<string | null> {
    if (this.memoryOnly) return null;
    this.machine.promising();
    const before = this.model;
    this.pending = [];
    this.opening++;
    const opened = await openDirectory(DIR, this.files, SIZES);
    this.opening--;
    const options = {
      dir: DIR,
      ...{ compactBytesMin: COMPACT_BYTES_MIN, compactSliceBytes: COMPACT_SLICE_BYTES, reserveBytes: RESERVE_BYTES },
      ...{ careMs: CARE_MS, timers: this.machine.timers },
    };
    this.engine = new EmbeddedEngine(options, this.files, LOCK, opened);
    this.held = opened.storage;
    this.model = DurableModel.of(opened.storage);
    return this.model.lacksOf(before);
  }

  get isOpening(): boolean {
    return this.opening > 0;
  }

  /** The process begins. */
  start(): void {
    if (this.engine instanceof EmbeddedEngine) void this.engine.start();
  }

  /** The process ends in order. */
  async close(): Promise<void> {
    this.machine.promising();
    await this.engine?.close().catch(() => {});
  }

  store(group: Group): Store {
    return this.stores[group];
  }

  /** What the process has in memory. */
  inner(group: Group): SlabStore {
    return this.held.store(group);
  }

  live(group: Group): Store {
    return this.opened.store(group);
  }

  get takes(): DiskTakes {
    return this.engine?.takes ?? 'all';
  }

  get isMemoryAlone(): boolean {
    return this.engine?.isMemoryAlone === true;
  }

  get position(): number {
    return this.opened.position;
  }

  get durablePosition(): number {
    this.settle();
    return this.opened.durablePosition;
  }

  get clock(): Hlc {
    return this.held.clock;
  }

  observeClock(hlc: Hlc): void {
    this.opened.observeClock(hlc);
  }

  getMeta(name: string): unknown {
    return this.held.getMeta(name);
  }

  metaNames(prefix: string): string[] {
    return this.held.metaNames(prefix);
  }

  setMeta(name: string, value: unknown): void {
    this.opened.setMeta(name, value);
    this.record((model) => (value === undefined ? model.meta.delete(name) : model.meta.add(name)));
  }

  /** Compiled code writes these keys, each another one, as far as it can. Returns how many of them. */
  perform(batch: Batch, { origin, firstSeq, ...rest }: Reservation, keys: readonly Uint8Array[]): number {
    const store = this.inner('data');
    const before = keys.map((key) => store.get(key));
    const writes = this.opened.perform(batch, { origin, firstSeq, ...rest });
    const entries = keys.slice(0, writes).map((key) => store.get(key)!);
    for (const [i, entry] of entries.entries()) this.observer.writing('data', entry, before[i]);
    const rows = store.rows(origin, firstSeq - 1, firstSeq + writes - 1, writes);
    if (rows.length !== writes) throw new Error(`${rows.length} rows of the log tell of ${writes} writes at once`);
    this.record((model) => {
      for (const entry of entries) model.stores.data.write(entry);
    });
    return writes;
  }

  flush(): void {
    this.opened.flush();
  }

  sync(): Promise<number> {
    this.machine.promising();
    return this.opened.sync();
  }

  /** The durable entry of a key: what a power loss cannot take. */
  durableEntry(group: Group, key: Uint8Array): Entry | undefined {
    if (this.memoryOnly) return this.inner(group).get(key);
    this.settle();
    return this.model.stores[group].get(key);
  }

  /** Whether a meta record is on the disk for good. */
  hasDurableMeta(name: string): boolean {
    if (this.memoryOnly) return this.getMeta(name) !== undefined;
    this.settle();
    return this.model.meta.has(name);
  }

  losePower(): void {
    this.settle();
    this.files.losePower(this.machine.random);
    this.files.mend();
  }

  killProcess(): void {
    this.settle();
    this.files.killProcess();
    this.files.mend();
  }

  /** As a backup copies the directory. */
  copy(): FilesCopy {
    return this.files.copy();
  }

  /** The directory is put back from an older copy: all that came after it is gone. */
  putBack(copy: FilesCopy): void {
    this.files.putBack(copy);
    this.files.mend();
    this.model = new DurableModel();
  }

  record(call: Call): void {
    if (!this.memoryOnly) this.pending.push({ position: this.opened.position, call });
  }

  private get opened(): Engine {
    if (this.engine === null) throw new Error('the directory is not open yet');
    return this.engine;
  }

  private settle(): void {
    const { pending } = this;
    const durable = this.engine?.durablePosition ?? 0;
    let count = 0;
    for (const { position, call } of pending) {
      if (position > durable) break;
      call(this.model);
      count++;
    }
    if (count > 0) pending.splice(0, count);
  }
}

type Call = (model: DurableModel) => unknown;

/** What is on the disk for good, in stores of another kind. */
class DurableModel {
  readonly stores: Record<Group, MemoryStore> = { data: new MemoryStore(), system: new MemoryStore() };
  readonly meta = new Set<string>();

  static of(storage: SlabStorage): DurableModel {
    const model = new DurableModel();
    for (const group of GROUPS) copyStore(storage.store(group), model.stores[group]);
    for (const name of storage.metaNames('')) model.meta.add(name);
    return model;
  }

  /** What the other one has and this one lacks, in words; null: nothing. */
  lacksOf(other: DurableModel): string | null {
    for (const group of GROUPS) {
      for (const [origin, seq] of other.stores[group].vector.seqs)
        if (!this.stores[group].vector.covers(origin, seq)) return `the ${group} writes of ${origin} up to ${seq}`;
    }
    return null;
  }
}

function copyStore(from: LoggedStore & Store, to: MemoryStore): void {
  for (let bucket = 0; bucket < BUCKETS; bucket++) for (const entry of from.bucket(bucket)) to.put(entry);
  for (const [replica, boot] of from.vector.floors) to.retire(replica, boot);
  for (const [origin, seq] of from.vector.seqs) to.advance(origin, seq);
}

function emptyBytes(): { plain: number; withUses: number } {
  const store = new SlabStore(SIZES);
  const plain = store.memoryBytes;
  store.noteUses();
  return { plain, withUses: store.memoryBytes };
}

class SimStore extends FrontStore implements Store {
  private emptyBytes = EMPTY_BYTES.plain;

  constructor(
    private readonly disk: SimDisk,
    private readonly group: Group,
  ) {
    super();
  }

  protected get inner(): Store {
    return this.disk.live(this.group);
  }

  write(entry: Entry): void {
    this.disk.observer.writing(this.group, entry, this.inner.get(entry.key));
    this.change((store) => store.write(entry));
  }

  touch(entry: TouchedEntry): void {
    this.disk.observer.writing(this.group, entry, this.inner.get(entry.key));
    this.change((store) => store.touch(entry));
  }

  put(entry: Entry): void {
    this.disk.observer.putting(this.group, entry, this.inner.get(entry.key));
    this.change((store) => store.put(entry));
  }

  override takePacked(entries: PackedEntries): Hlc {
    const unpacker = new EntryUnpacker(entries);
    for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) this.notePut(entry);
    // The giver uses its memory again.
    const kept = { ...entries, words: entries.words.slice() };
    let greatest = 0;
    this.change((store) => {
      greatest = store.takePacked(kept);
    });
    return greatest;
  }

  /** An empty index takes more than all that a simulated node is allowed: it does not count. */
  override get memoryBytes(): number {
    return this.inner.memoryBytes - this.emptyBytes;
  }

  override noteUses(): void {
    super.noteUses();
    this.emptyBytes = EMPTY_BYTES.withUses;
  }

  drop(key: Uint8Array): void {
    const entry = this.inner.get(key);
    if (entry === undefined) return;
    this.disk.observer.dropping(this.group, entry);
    this.change((store) => store.drop(key));
  }

  receive(range: Range, changed: Entry[] | null): Hlc {
    const from = this.inner.vector.get(range.origin);
    for (const { entry } of rowsOf(range, from)) if (entry !== null) this.notePut(entry);
    let greatest = 0;
    const put: Entry[] = [];
    this.change((store) => {
      greatest = store.receive(range, changed === null ? null : put);
    });
    changed?.push(...put);
    this.disk.observer.advanced(this.group, range.origin, from, range.upto);
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

  disclaim(): void {
    this.change((store) => store.disclaim());
  }

  retire(replica: ReplicaId, boot: number): void {
    this.change((store) => store.retire(replica, boot));
    this.disk.observer.retired(this.group, replica, boot);
  }

  private notePut(entry: Entry): void {
    const before = this.inner.get(entry.key);
    if (overrides(entry, before) && !isEnded(this.inner, entry))
      this.disk.observer.putting(this.group, joined(entry, before), before);
  }

  private change(call: (store: Store) => void): void {
    const { disk, group } = this;
    call(disk.live(group));
    disk.record((model) => call(model.stores[group]));
  }
}
