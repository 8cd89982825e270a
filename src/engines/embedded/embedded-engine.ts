import { join } from 'node:path';
import type { Bytes } from '../../core/model/bytes.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { Reservation } from '../../core/replication/numbering.js';
import type { DiskTakes, Group, Storage } from '../../core/store/store.js';
import type { Batch } from '../batch.js';
import type { DiskTrouble, Engine, HeldFiles, ValueSink } from '../engine.js';
import { Caretaker } from './caretaker.js';
import { type CompactionSettings, Compactor } from './compactor.js';
import { dataPath, listData } from './data-directory.js';
import { DirectoryLock, type HeldLock } from './directory-lock.js';
import { type Disk, nodeDisk } from './disk.js';
import { holdFiles, unreadable } from './held-files.js';
import type { HeldStorage } from './held-storage.js';
import { Journal } from './journal.js';
import { JournaledStore } from './journaled-store.js';
import { type Opened, openDirectory } from './opening.js';
import { Renewal } from './renewal.js';
import { RESERVE_NAME, Reserve } from './reserve.js';
import { type EngineTimers, nodeTimers } from './timers.js';

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
  /**
   * Space that is taken while the disk has it, and given back for deletes when it is full. Bytes; default 1 MiB; 0: none, so
   * that a full disk takes no deletes either.
   */
  readonly reserveBytes?: number;
  /** How often to look whether the directory is still there, and to try what failed; default 1 s. */
  readonly careMs?: number;
  /** After this a sync that does not come back counts as hanging; default 5 s. */
  readonly hangMs?: number;
  /** Stands in for the file system; for tests. */
  readonly disk?: Disk;
  /** Stands in for the time; for simulations. */
  readonly timers?: EngineTimers;
}

/**
 * Open a data directory, or make a new one. Throws OperatorError 'directory-in-use', 'directory-unwritable' or
 * 'data-corrupt' (which leaves the directory as it was).
 */
export async function openEmbeddedEngine(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
  const { dir, disk = nodeDisk } = options;
  const lock = await DirectoryLock.acquire(dir);
  try {
    const engine = new EmbeddedEngine(options, disk, lock, await openDirectory(dir, disk));
    await engine.start();
    return engine;
  } catch (error) {
    lock.release();
    lock.removeMade();
    throw error;
  }
}

/** Entries in this process, every change in a journal of the data directory. */
export class EmbeddedEngine implements Engine {
  readonly openingNotes: readonly string[];
  readonly takesReservations = true;
  onTrouble: () => void = () => {};
  private readonly dir: string;
  private readonly storage: HeldStorage;
  private readonly journal: Journal;
  private readonly compactor: Compactor;
  private readonly caretaker: Caretaker;
  private readonly stores: Readonly<Record<Group, JournaledStore>>;
  private closing: Promise<void> | null = null;

  /** Use {@link openEmbeddedEngine}. */
  constructor(
    options: EmbeddedEngineOptions,
    disk: Disk,
    private readonly lock: HeldLock,
    private readonly opened: Opened,
  ) {
    const { dir, compactBytesMin = 1 << 24, compactSliceBytes = 1 << 16, reserveBytes = 1 << 20 } = options;
    const settings: CompactionSettings = { bytesMin: compactBytesMin, sliceBytes: compactSliceBytes };
    const { timers = nodeTimers } = options;
    const { storage, segment, names, use } = opened;
    this.dir = dir;
    this.openingNotes = opened.notes;
    this.storage = storage;
    const journal = new Journal(disk, segment, names, options.hangMs, timers);
    if (opened.unsynced !== null) journal.distrust(opened.unsynced);
    const compactor = new Compactor(dir, disk, storage, journal, use, settings, timers);
    const renewal = new Renewal(dir, disk, storage, journal, use, compactSliceBytes);
    const reserve = new Reserve(dir, disk, reserveBytes);
    this.caretaker = new Caretaker({ dir, disk, journal, compactor, renewal, reserve, lock }, options.careMs, timers);
    this.caretaker.onTrouble = () => this.onTrouble();
    journal.onFlushed = () => compactor.startIfDue();
    this.journal = journal;
    this.compactor = compactor;
    this.stores = {
      system: new JournaledStore('system', storage.store('system'), journal),
      data: new JournaledStore('data', storage.store('data'), journal),
    };
  }

  start(): Promise<void> {
    return this.caretaker.start();
  }

  get takes(): DiskTakes {
    return this.caretaker.takes;
  }

  get troubles(): readonly DiskTrouble[] {
    return this.caretaker.troubles;
  }

  get isMemoryAlone(): boolean {
    return this.journal.broken?.trustsFile === false;
  }

  store(group: Group): ReturnType<Storage['store']> {
    return this.stores[group];
  }

  readValue(key: Bytes, nowMs: number, sink: ValueSink): boolean {
    return this.storage.store('data').readValue(key, nowMs, sink);
  }

  perform(batch: Batch, reservation: Reservation): number {
    return this.stores.data.perform(batch, reservation);
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

  holdFiles(): HeldFiles {
    if (this.takes !== 'all') throw unreadable(this.dir, this.troubles[0]?.text ?? 'the disk takes nothing');
    this.flush();
    return holdFiles(this.dir, this.journal.current);
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

  async discardIfFresh(): Promise<void> {
    await this.close();
    if (!this.opened.isFresh) return;
    const files = listData(this.dir);
    for (const kind of ['snapshot', 'journal'] as const) {
      for (const number of files[`${kind}s`]) await nodeDisk.remove(dataPath(this.dir, kind, number));
    }
    await nodeDisk.remove(join(this.dir, RESERVE_NAME)).catch(() => {});
    this.lock.removeMade();
  }

  private async shutDown(): Promise<void> {
    try {
      await this.caretaker.stop();
      await this.compactor.stop();
      await this.journal.close();
    } finally {
      this.lock.release();
    }
  }
}
