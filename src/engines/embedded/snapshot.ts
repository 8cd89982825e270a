import { BUCKETS } from '../../core/model/bytes.js';
import type { Origin } from '../../core/model/version.js';
import { EntryPacker } from '../../core/store/entry-packer.js';
import { GROUPS, type Group } from '../../core/store/store.js';
import type { PartialFile } from './data-directory.js';
import type { Disk } from './disk.js';
import { FRAME_HEADER_BYTES } from './frames.js';
import type { HeldStorage } from './held-storage.js';
import { RecordWriter } from './record-writer.js';

/**
 * Everything an engine holds, written as records while changes go on into the journal of the same number. The switch to that
 * journal is the snapshot's moment; `construct` at that moment, then `writeBody` in slices.
 *
 * Opening replays the journal from its start over a snapshot whose parts were read at different times after the switch. That
 * gives exactly the state of the engine:
 * 1. Clock, meta, vectors and log floors are small, and taken at the switch itself. Calls change them independently of
 *    entries and rows (`adopt` looks at the vector alone), so their replay repeats what happened.
 * 2. Entries are read bucket by bucket, later. The last put or drop of a key since the switch decides what replay leaves of
 *    it; a key without one is in the snapshot as it was at the switch. A range puts what is after the entry that its key has:
 *    between two other puts or drops the versions of a key only grow, so replay, which starts with the one that was read,
 *    comes to the same.
 *    A touch changes the very value that it was made on. If the key has another one in the replay, or none, it was changed after the
 *    touch, by a call that is in the journal too, and leaves what came of that.
 * 3. Log rows are read later too, but only up to the last row that an origin had at the switch. A row that was removed
 *    before it was read is no loss: the call that removed it is in the journal and removes it again. A row that is recorded
 *    in the journal was taken, hence above the last row of its moment; the replayed log never reaches further than the log
 *    did, so it takes that row as well. Rows that were ignored are not recorded; replay might take them.
 * 4. Reading late means that a snapshot holds changes of after the switch. They must not outlive the journal's records of
 *    them, so the snapshot is finished only after a sync of the journal, and says how far that journal reached.
 */
export class Snapshot {
  private readonly records = new RecordWriter();
  private readonly logs: { readonly group: Group; readonly origin: Origin; readonly last: number }[] = [];
  private entries = 0;
  private rows = 0;

  constructor(
    private readonly storage: HeldStorage,
    private readonly disk: Disk,
    private readonly sliceBytes: number,
  ) {
    this.records.clock(storage.clock);
    for (const [name, text] of storage.metaTexts) this.records.meta(name, text);
    for (const group of GROUPS) this.takeVector(group);
  }

  /** Write all but the end, a slice at a time. Returns false, early, once `stopped` says so. */
  async writeBody(file: PartialFile, stopped: () => boolean): Promise<boolean> {
    for (const slice of [this.logSlices(), this.entrySlices()]) {
      for (const _ of slice) {
        if (stopped()) return false;
        await this.spill(file);
      }
    }
    await this.spill(file);
    return !stopped();
  }

  async writeEnd(file: PartialFile, journalBytes: number): Promise<void> {
    this.records.finish(this.entries, this.rows, journalBytes);
    await this.spill(file);
  }

  private takeVector(group: Group): void {
    const store = this.storage.store(group);
    const log = store.changeLog;
    for (const [replica, boot] of store.vector.floors) this.records.retire(group, replica, boot);
    for (const [origin, seq] of store.vector.seqs) this.records.advance(group, origin, seq);
    for (const origin of log.list()) {
      if (log.floor(origin) > 0) this.records.trim(group, origin, log.floor(origin));
      this.logs.push({ group, origin, last: log.last(origin) });
    }
  }

  /** Yields whenever a slice is gathered. */
  private *logSlices(): Generator<void> {
    const rowsAtOnce = Math.ceil(this.sliceBytes / ROW_BYTES);
    for (const { group, origin, last } of this.logs) {
      const store = this.storage.store(group);
      let after = 0;
      for (;;) {
        const rows = store.rows(origin, after, last, rowsAtOnce);
        for (const row of rows) this.records.append(group, origin, row.seq, row.key);
        this.rows += rows.length;
        if (rows.length < rowsAtOnce) break;
        after = rows[rows.length - 1]!.seq;
        if (this.isSliceFull()) yield;
      }
    }
  }

  private *entrySlices(): Generator<void> {
    const packer = new EntryPacker(this.sliceBytes);
    for (const group of GROUPS) {
      const store = this.storage.store(group);
      for (let index = 0; index < BUCKETS; index++) {
        store.pack(index, packer);
        for (const piece of packer.take()) {
          if (piece.count > 0) this.records.entries(group, piece);
          this.entries += piece.count;
          packer.recycle(piece);
          if (this.isSliceFull()) yield;
        }
      }
    }
  }

  private isSliceFull(): boolean {
    return this.records.frameBytes >= this.sliceBytes;
  }

  /** Write what is gathered as one frame. The event loop turns meanwhile. */
  private async spill(file: PartialFile): Promise<void> {
    if (this.records.frameBytes === FRAME_HEADER_BYTES) return;
    const frame = this.records.seal(file);
    await this.disk.writeInPool(file.fd, frame, file.size);
    file.size += frame.length;
    this.records.clear();
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** A generous guess, so that a slice of rows is gathered in a few steps. */
const ROW_BYTES = 256;
