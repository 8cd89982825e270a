import { InvariantError } from '../../core/errors.js';
import { beginFile, finishFile, removeObsolete } from './data-directory.js';
import type { Disk } from './disk.js';
import type { HeldStorage } from './held-storage.js';
import type { Journal, Segment } from './journal.js';
import { Snapshot } from './snapshot.js';

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
  private running: Promise<void> | null = null;
  private stopping = false;
  private partialBytes: () => number = () => 0;

  constructor(
    private readonly dir: string,
    private readonly disk: Disk,
    private readonly storage: HeldStorage,
    private readonly journal: Journal,
    private readonly use: DiskUse,
    private readonly settings: CompactionSettings,
  ) {}

  get diskBytes(): number {
    return this.journalBytes + this.use.snapshotBytes + this.partialBytes();
  }

  /** Start if it is worth it and none runs. Failures go to the journal, which reports them. */
  startIfDue(): void {
    if (this.running === null && !this.stopping && this.isDue()) this.run().catch(() => {});
  }

  /** Compact now, or join the compaction that runs. */
  async run(): Promise<void> {
    if (this.stopping) throw new InvariantError('the engine is closed');
    this.running ??= this.compact().finally(() => {
      this.running = null;
      this.partialBytes = () => 0;
    });
    return this.running;
  }

  /** End a running compaction early, at its next step; what it wrote so far is removed. None starts any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running?.catch(() => {});
  }

  /** Worth it: the journal is long, or most of what the snapshot holds is gone. */
  private isDue(): boolean {
    const { snapshotBytes, snapshotContentBytes } = this.use;
    const { bytesMin } = this.settings;
    const { contentBytes } = this.storage;
    // A journal that holds little but what is there now, as after a first load, has nothing to give back.
    if (this.journalBytes > Math.max(bytesMin, 2 * snapshotBytes, 2 * contentBytes)) return true;
    return snapshotBytes > bytesMin && contentBytes * 3 < snapshotContentBytes;
  }

  private get journalBytes(): number {
    return this.use.olderJournalBytes + this.journal.current.size;
  }

  private async compact(): Promise<void> {
    try {
      const next = await this.prepareSegment();
      await this.journal.sync();
      if (this.stopping) return this.disk.close(next.fd);
      await this.writeSnapshot(next);
    } catch (error) {
      throw this.journal.fail(error);
    }
  }

  private async prepareSegment(): Promise<Segment> {
    const number = this.journal.current.number + 1;
    const file = await beginFile(this.disk, this.dir, 'journal', number);
    await finishFile(this.disk, this.dir, file);
    return { number, path: file.path, fd: file.fd, salt: file.salt, size: file.size };
  }

  private async writeSnapshot(next: Segment): Promise<void> {
    const old = this.journal.current;
    this.journal.switchTo(next);
    this.use.olderJournalBytes += old.size;
    const { contentBytes } = this.storage;
    const snapshot = new Snapshot(this.storage, this.disk, this.settings.sliceBytes);

    const file = await beginFile(this.disk, this.dir, 'snapshot', next.number);
    this.partialBytes = () => file.size;
    const whole = await snapshot.writeBody(file, () => this.stopping);
    this.journal.flush();
    const reached = this.journal.current.size;
    // This sync also waits for one that may still run on the old segment, which can be closed then.
    await this.journal.sync();
    this.disk.close(old.fd);
    if (!whole) {
      this.disk.close(file.fd);
      return this.disk.remove(file.partialPath);
    }
    await snapshot.writeEnd(file, reached);
    await finishFile(this.disk, this.dir, file);
    this.disk.close(file.fd);
    this.partialBytes = () => 0;
    Object.assign(this.use, { snapshotBytes: file.size, olderJournalBytes: 0, snapshotContentBytes: contentBytes });
    await removeObsolete(this.disk, this.dir, next.number);
  }
}
