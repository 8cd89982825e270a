import type { DiskUse } from './compactor.js';
import { beginFile, discardFile, listData, nameFile, type PartialFile, removeObsolete } from './data-directory.js';
import type { Disk } from './disk.js';
import type { HeldStorage } from './held-storage.js';
import type { Journal, Segment } from './journal.js';
import { Snapshot } from './snapshot.js';

/**
 * Writes everything anew from memory, when the files cannot be relied on any more: a snapshot as after a compaction, and the
 * journal that follows it, which takes what changes meanwhile. Nothing is acknowledged until both are durable, and nothing of
 * before is read or written. The snapshot's name is the moment at which the new files count: until then the old ones are as
 * they were, and should the process end between the two names, the opening gives the journal its own.
 */
export class Renewal {
  constructor(
    private readonly dir: string,
    private readonly disk: Disk,
    private readonly storage: HeldStorage,
    private readonly journal: Journal,
    private readonly use: DiskUse,
    private readonly sliceBytes: number,
  ) {}

  /** No compaction may run meanwhile. Rejects, and leaves the journal broken, if the disk does not take it. */
  async run(): Promise<void> {
    const { dir, disk, journal, storage } = this;
    const { journals, snapshots } = listData(dir, disk);
    const number = Math.max(journal.current.number, ...journals, ...snapshots) + 1;
    const { next, file } = await this.begin(number);
    const segment = { number, ...next };
    journal.beginRenewal(segment);
    const snapshotContentBytes = storage.contentBytes;
    let isWhole = false;
    try {
      await this.write(file, segment);
      isWhole = true;
      await nameFile(disk, dir, file);
      await nameFile(disk, dir, next);
    } catch (error) {
      journal.abandonRenewal();
      // Files that are whole, and may have their names, are as good as any to be opened.
      for (const one of [file, next]) await (isWhole ? disk.close(one.fd) : discardFile(disk, one));
      throw error;
    }
    journal.endRenewal();
    disk.close(file.fd);
    Object.assign(this.use, { snapshotBytes: file.size, olderJournalBytes: 0, snapshotContentBytes });
    await removeObsolete(disk, dir, number);
  }

  private async begin(number: number): Promise<{ next: PartialFile; file: PartialFile }> {
    const next = await beginFile(this.disk, this.dir, 'journal', number);
    try {
      return { next, file: await beginFile(this.disk, this.dir, 'snapshot', number) };
    } catch (error) {
      await discardFile(this.disk, next);
      throw error;
    }
  }

  /** Until both files are durable. */
  private async write(file: PartialFile, segment: Segment): Promise<void> {
    const snapshot = new Snapshot(this.storage, this.disk, this.sliceBytes);
    await snapshot.writeBody(file, () => false);
    // What the snapshot has of changes that came meanwhile must not outlive their records.
    await this.journal.syncRenewal();
    await snapshot.writeEnd(file, segment.size);
    await this.disk.sync(file.fd);
  }
}
