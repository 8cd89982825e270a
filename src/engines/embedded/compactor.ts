import { InvariantError } from '../../core/model/errors.js';
import { beginFile, discardFile, finishFile, type PartialFile, removeObsolete } from './data-directory.js';
import type { Disk } from './disk.js';
import { failed } from './failures.js';
import type { HeldStorage } from './held-storage.js';
import type { Journal, Segment } from './journal.js';
import { Snapshot } from './snapshot.js';
import { type EngineTimers, nodeTimers } from './timers.js';

/** What is on the disk beside the current journal segment. */
export interface DiskUse {
  snapshotBytes: number;
  /** Journal segments since the snapshot, without the current one. */
  olderJournalBytes: number;
  /** `contentBytes` of the storage when the snapshot was taken. */
  snapshotContentBytes: number;
}

export interface CompactionSettings {
  /** Below this, neither a journal nor a snapshot is worth the work. */
  readonly bytesMin: number;
  /** How much of a snapshot is gathered between two turns of the event loop. */
  readonly sliceBytes: number;
}

/**
 * Gives disk space back: starts a new journal segment, writes a snapshot of everything beside the running work, and removes
 * what was before. A crash between any two steps leaves a directory that opens with all that was flushed:
 *
 * 1. The next segment gets its name when it is durable and empty. Empty segments at the end mean nothing.
 * 2. The current segment is made durable before the next one is written to.
 * 3. The snapshot has a temporary name, which opening removes, until it is durable and all that it holds is durable in the
 *    journal too. Until then the older snapshot and all segments since are the truth.
 * 4. Files below the snapshot's number are superfluous from its naming on; opening removes what is left of them.
 */
export class Compactor {
  /** Why the latest attempt failed, if it did. The journal goes on, and gets longer. */
  failure: Error | null = null;
  /** Called when an attempt failed, and when one succeeds after that. */
  onOutcome: () => void = () => {};
  /** The disk is full: any space that comes back is worth the work. */
  isShortOfSpace: () => boolean = () => false;
  private running: Promise<void> | null = null;
  private closed = false;
  private halted = false;
  private notBeforeMs = 0;
  private partialBytes: () => number = () => 0;

  constructor(
    private readonly dir: string,
    private readonly disk: Disk,
    private readonly storage: HeldStorage,
    private readonly journal: Journal,
    private readonly use: DiskUse,
    private readonly settings: CompactionSettings,
    private readonly timers: EngineTimers = nodeTimers,
  ) {}

  get diskBytes(): number {
    return this.journalBytes + this.use.snapshotBytes + this.partialBytes();
  }

  /** Start if it is worth it and none runs. What comes of it is told by `onOutcome`. */
  startIfDue(): void {
    if (this.running !== null || this.closed || this.halted || this.journal.broken !== null) return;
    if (this.isDue() && this.timers.monoMs() >= this.notBeforeMs) this.run().catch(() => {});
  }

  /** Compact now, or join the compaction that runs. */
  async run(): Promise<void> {
    if (this.closed) throw new InvariantError('the engine is closed');
    this.running ??= this.compactAndTell().finally(() => {
      this.running = null;
      this.partialBytes = () => 0;
    });
    return this.running;
  }

  /** End a running compaction early, at its next step; what it wrote so far is removed. None starts until `resume`. */
  async halt(): Promise<void> {
    this.halted = true;
    await this.running?.catch(() => {});
  }

  resume(): void {
    this.halted = false;
  }

  /** As `halt`, for good. */
  async stop(): Promise<void> {
    this.closed = true;
    await this.halt();
  }

  /** Worth it: the journal is long, or most of what the snapshot holds is gone. */
  private isDue(): boolean {
    const { snapshotBytes, snapshotContentBytes } = this.use;
    const bytesMin = this.isShortOfSpace() ? 0 : this.settings.bytesMin;
    const { contentBytes } = this.storage;
    // A journal that holds little but what is there now, as after a first load, has nothing to give back.
    if (this.journalBytes > Math.max(bytesMin, 2 * snapshotBytes, 2 * contentBytes)) return true;
    return snapshotBytes > bytesMin && contentBytes * 3 < snapshotContentBytes;
  }

  private get journalBytes(): number {
    return this.use.olderJournalBytes + this.journal.current.size;
  }

  /** After a failure it rests, so that a disk that has no room for it is not filled again and again. */
  private async compactAndTell(): Promise<void> {
    const beganMs = this.timers.monoMs();
    try {
      await this.compact();
      if (this.failure !== null && !this.halted) this.tell(null);
    } catch (error) {
      const nowMs = this.timers.monoMs();
      this.notBeforeMs = nowMs + Math.max(REST_MS, 10 * (nowMs - beganMs));
      const cause = failed(this.dir, error);
      // What is wrong with the journal is told by the journal.
      if (this.journal.broken === null) this.tell(cause);
      throw cause;
    }
  }

  private tell(failure: Error | null): void {
    this.failure = failure;
    this.onOutcome();
  }

  private async compact(): Promise<void> {
    const next = await this.prepareSegment();
    const old = this.journal.current;
    try {
      await this.journal.sync();
      if (this.halted) return this.disk.close(next.fd);
      this.journal.switchTo(next);
    } catch (error) {
      this.disk.close(next.fd);
      throw error;
    }
    await this.writeSnapshot(old, next.number);
  }

  private async prepareSegment(): Promise<Segment> {
    const number = this.journal.current.number + 1;
    const file = await beginFile(this.disk, this.dir, 'journal', number);
    try {
      await finishFile(this.disk, this.dir, file);
    } catch (error) {
      await discardFile(this.disk, file);
      throw error;
    }
    return { number, ...file };
  }

  private async writeSnapshot(old: Segment, number: number): Promise<void> {
    this.use.olderJournalBytes += old.size;
    let file: PartialFile | null = null;
    try {
      const { contentBytes } = this.storage;
      const snapshot = new Snapshot(this.storage, this.disk, this.settings.sliceBytes);
      file = await beginFile(this.disk, this.dir, 'snapshot', number);
      if (!(await this.gather(snapshot, file))) return await discardFile(this.disk, file);
      await finishFile(this.disk, this.dir, file);
      this.disk.close(file.fd);
      this.partialBytes = () => 0;
      Object.assign(this.use, {
        snapshotBytes: file.size,
        olderJournalBytes: 0,
        snapshotContentBytes: contentBytes,
      });
    } catch (error) {
      if (file !== null) await discardFile(this.disk, file);
      throw error;
    } finally {
      // A sync of the old segment may still run.
      await this.journal.settled();
      this.disk.close(old.fd);
    }
    await removeObsolete(this.disk, this.dir, number);
  }

  /** Returns whether it is whole. */
  private async gather(snapshot: Snapshot, file: PartialFile): Promise<boolean> {
    this.partialBytes = () => file.size;
    const isWhole = await snapshot.writeBody(file, () => this.halted);
    this.journal.flush();
    const reached = this.journal.current.size;
    await this.journal.sync();
    if (isWhole) await snapshot.writeEnd(file, reached);
    return isWhole;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const REST_MS = 10_000;
