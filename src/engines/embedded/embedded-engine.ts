import type { Bytes } from '../../core/bytes.js';
import type { Hlc } from '../../core/hlc.js';
import type { Group, Storage } from '../../core/store.js';
import type { Engine, ValueSink } from '../engine.js';
import type { ShortBatch } from '../short-batch.js';
import { type CompactionSettings, Compactor } from './compactor.js';
import { DirectoryLock } from './directory-lock.js';
import { type Disk, nodeDisk } from './disk.js';
import type { HeldStorage } from './held-storage.js';
import { Journal } from './journal.js';
import { JournaledStore } from './journaled-store.js';
import { type Opened, openDirectory } from './opening.js';

export { hasData, setAsideData } from './data-directory.js';

export interface EmbeddedEngineOptions {
  /** The data directory; created if missing. */
  readonly dir: string;
  /**
   * The journal is compacted when it is longer than this and than twice the snapshot. Bytes, from 0; default 16 MiB. Less
   * gives the disk back sooner and writes more.
   */
  readonly compactBytesMin?: number;
  /** A snapshot is gathered in slices of about so many bytes, with a turn of the event loop after each; default 64 KiB. */
  readonly compactSliceBytes?: number;
  /** Stands in for the file system; for tests. */
  readonly disk?: Disk;
}

/**
 * Open a data directory, or make a new one. Throws OperatorError 'directory-in-use', 'directory-unwritable' or
 * 'data-corrupt' (which leaves the directory as it was).
 */
export async function openEmbeddedEngine(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
  const { dir, compactBytesMin = 1 << 24, compactSliceBytes = 1 << 16, disk = nodeDisk } = options;
  const settings = { bytesMin: compactBytesMin, sliceBytes: compactSliceBytes };
  const lock = await DirectoryLock.acquire(dir);
  try {
    return new EmbeddedEngine(dir, disk, lock, await openDirectory(dir, disk), settings);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Entries in this process, every change in a journal of the data directory. */
export class EmbeddedEngine implements Engine {
  readonly openingNotes: readonly string[];
  onFailure: (error: Error) => void = () => {};
  private readonly storage: HeldStorage;
  private readonly journal: Journal;
  private readonly compactor: Compactor;
  private readonly stores: Readonly<Record<Group, JournaledStore>>;
  private closing: Promise<void> | null = null;

  /** Use {@link openEmbeddedEngine}. */
  constructor(
    dir: string,
    disk: Disk,
    private readonly lock: DirectoryLock,
    opened: Opened,
    settings: CompactionSettings,
  ) {
    const { storage, segment, names, use } = opened;
    this.openingNotes = opened.notes;
    this.storage = storage;
    const journal = new Journal(disk, segment, names);
    const compactor = new Compactor(dir, disk, storage, journal, use, settings);
    journal.onFailure = (error) => this.onFailure(error);
    journal.onFlushed = () => compactor.startIfDue();
    this.journal = journal;
    this.compactor = compactor;
    this.stores = {
      system: new JournaledStore('system', storage.store('system'), journal),
      data: new JournaledStore('data', storage.store('data'), journal),
    };
  }

  store(group: Group): ReturnType<Storage['store']> {
    return this.stores[group];
  }

  readValue(key: Bytes, nowMs: number, sink: ValueSink): boolean {
    return this.storage.store('data').readValue(key, nowMs, sink);
  }

  performShort(batch: ShortBatch): number {
    return this.stores.data.performShort(batch);
  }

  warm(hashes: Int32Array, count: number): void {
    this.storage.store('data').warm(hashes, count);
  }

  getMeta(name: string): unknown {
    return this.storage.getMeta(name);
  }

  setMeta(name: string, value: unknown): void {
    this.storage.setMeta(name, value);
    this.journal.records.meta(name, this.storage.metaTexts.get(name));
    this.journal.recorded();
  }

  metaNames(prefix: string): string[] {
    return this.storage.metaNames(prefix);
  }

  get clock(): Hlc {
    return this.storage.clock;
  }

  observeClock(hlc: Hlc): void {
    if (hlc <= this.storage.clock) return;
    this.journal.records.clock(hlc);
    this.storage.observeClock(hlc);
    this.journal.recorded();
  }

  get position(): number {
    return this.journal.position;
  }

  get durablePosition(): number {
    return this.journal.durablePosition;
  }

  get diskBytes(): number {
    return this.compactor.diskBytes;
  }

  flush(): void {
    this.journal.flush();
  }

  sync(): Promise<number> {
    return this.journal.sync();
  }

  /** Write a snapshot and drop the journal before it. Happens by itself; this is for those who want it now. */
  compact(): Promise<void> {
    return this.compactor.run();
  }

  /** Ends a running compaction early (it would start again). The directory is released even if the last sync fails. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    try {
      await this.compactor.stop();
      await this.journal.close();
    } finally {
      this.lock.release();
    }
  }
}
