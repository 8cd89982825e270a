import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { OperatorError } from '../../core/model/errors.js';
import type { DiskUse } from './compactor.js';
import {
  beginFile,
  type DataFiles,
  dataPath,
  discardFile,
  finishFile,
  listData,
  nameFile,
  partialPathOf,
  removeObsolete,
} from './data-directory.js';
import type { Disk } from './disk.js';
import { corrupt, failed, isForSpace, unwritable } from './failures.js';
import { FarTimes } from './far-times.js';
import { decodeHeader, FILE_HEADER_BYTES, type FileHeader, type FileKind, FrameReader } from './frames.js';
import { HeldStorage } from './held-storage.js';
import type { Segment } from './journal.js';
import { Replay, type SnapshotEnd } from './replay.js';
import type { SlabSizes } from './slab/slab-space.js';

export interface Opened {
  readonly storage: HeldStorage;
  readonly segment: Segment;
  /** The names that the segment holds already. */
  readonly names: readonly string[];
  readonly use: DiskUse;
  readonly notes: readonly string[];
  /** There was nothing, and what is there now was made by this opening. */
  readonly isFresh: boolean;
  /** What was read could not be made durable, so no file of it takes more: it has to be written anew from memory. null: it could. */
  readonly unsynced: OperatorError | null;
}

/**
 * Read a data directory that is locked for us: the newest snapshot, then the journal segments from its number on.
 *
 * Damage at the end of the last segment that was written to is what a crash leaves: it is cut off, and noted. Any other
 * damage means that something durable is gone; opening then throws OperatorError 'data-corrupt' and changes nothing.
 */
export async function openDirectory(dir: string, disk: Disk, sizes?: SlabSizes): Promise<Opened> {
  const opening = new Opening(dir, disk, new HeldStorage(sizes));
  try {
    return await opening.open();
  } catch (error) {
    opening.closeAll();
    throw unwritable(dir, error);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** The event loop gets a turn after so many bytes. */
const TURN_BYTES = 1 << 22;
const CHUNK_BYTES = 1 << 20;

interface OpenFile {
  readonly header: FileHeader;
  readonly path: string;
  readonly fd: number;
  readonly size: number;
}

/** A journal segment that was read: how far it is good, and whether there was anything behind that. */
interface ReadSegment extends OpenFile {
  readonly names: readonly string[];
  readonly goodBytes: number;
  /** The rest may never have reached the disk. */
  readonly durableBytes: number;
}

class Opening {
  private readonly notes: string[] = [];
  private readonly farTimes = new FarTimes();
  private readonly fds = new Set<number>();

  constructor(
    private readonly dir: string,
    private readonly disk: Disk,
    private readonly storage: HeldStorage,
  ) {}

  async open(): Promise<Opened> {
    const files = await this.completeRenewal(listData(this.dir, this.disk));
    const snapshot = files.snapshots.at(-1);
    const use: DiskUse = { snapshotBytes: 0, olderJournalBytes: 0, snapshotContentBytes: 0 };
    let end: SnapshotEnd | null = null;
    if (snapshot !== undefined) {
      end = await this.readSnapshot(snapshot, use);
    }
    const numbers = files.journals.filter((number) => number >= (snapshot ?? 0));
    const fresh = snapshot === undefined && numbers.length === 0;
    const segments = fresh
      ? [await this.createFirst(files.partials)]
      : await this.readJournals(snapshot ?? 1, numbers, end);
    const unsynced = fresh ? null : await this.tidy(files.partials, snapshot ?? 1, segments);
    const last = segments.pop()!;
    for (const segment of segments) this.close(segment.fd);
    use.olderJournalBytes = segments.reduce((sum, segment) => sum + segment.goodBytes, 0);
    const { header, path, fd } = last;
    const { note } = this.farTimes;
    if (note !== null) this.notes.push(note);
    const { number, version, salt } = header;
    const segment = { number, path, fd, version, salt, size: last.goodBytes, synced: last.goodBytes };
    return { storage: this.storage, segment, names: last.names, use, notes: this.notes, isFresh: fresh, unsynced };
  }

  closeAll(): void {
    for (const fd of this.fds) this.disk.close(fd);
  }

  /** A snapshot counts from its naming on; the journal that a renewal made with it, whole too, may have no name yet. */
  private async completeRenewal(files: DataFiles): Promise<DataFiles> {
    const number = files.snapshots.at(-1);
    if (number === undefined || files.journals.includes(number)) return files;
    const path = dataPath(this.dir, 'journal', number);
    const partialPath = partialPathOf(path);
    if (!files.partials.includes(partialPath)) return files;
    await nameFile(this.disk, this.dir, { path, partialPath });
    return listData(this.dir, this.disk);
  }

  private async createFirst(partials: readonly string[]): Promise<ReadSegment> {
    for (const path of partials) await this.disk.remove(path);
    const file = await beginFile(this.disk, this.dir, 'journal', 1);
    try {
      await finishFile(this.disk, this.dir, file);
    } catch (error) {
      await discardFile(this.disk, file);
      throw error;
    }
    this.fds.add(file.fd);
    const { path, fd, version, salt, size } = file;
    return {
      header: { kind: 'journal', number: 1, version, salt },
      path,
      fd,
      size,
      names: [],
      goodBytes: size,
      durableBytes: size,
    };
  }

  private async readSnapshot(number: number, use: DiskUse): Promise<SnapshotEnd> {
    const file = this.openFile('snapshot', number);
    const reader = new FrameReader(this.disk, file.fd, file.size, file.header);
    const replay = new Replay(this.storage, this.farTimes);
    await this.replayFrames(file, reader, replay);
    const { end } = replay;
    if (!reader.isAtEnd || end === null) throw corrupt(file.path, reader.offset, 'the snapshot is not whole');
    if (end.entries !== replay.entries || end.rows !== replay.rows) {
      throw corrupt(file.path, reader.offset, `it should hold ${end.entries} entries and ${end.rows} log rows`);
    }
    this.close(file.fd);
    use.snapshotBytes = file.size;
    use.snapshotContentBytes = this.storage.contentBytes;
    return end;
  }

  /** Reads all segments before it judges them: what is a torn tail depends on the later ones being empty. */
  private async readJournals(
    first: number,
    numbers: readonly number[],
    end: SnapshotEnd | null,
  ): Promise<ReadSegment[]> {
    const segments: ReadSegment[] = [];
    for (let number = first; number <= Math.max(first, numbers.at(-1) ?? 0); number++) {
      if (!numbers.includes(number)) throw corrupt(dataPath(this.dir, 'journal', number), 0, 'the file is missing');
      const segment = await this.readJournal(number);
      const torn = segments.find((earlier) => earlier.goodBytes < earlier.size);
      if (torn !== undefined && segment.goodBytes > FILE_HEADER_BYTES) {
        throw corrupt(torn.path, torn.goodBytes, `${basename(segment.path)} goes on behind it`);
      }
      segments.push(segment);
    }
    const reached = segments[0]!.goodBytes;
    if (end !== null && reached < end.journalBytes) {
      throw corrupt(segments[0]!.path, reached, `${end.journalBytes - reached} bytes are missing that were durable`);
    }
    return segments;
  }

  private async readJournal(number: number): Promise<ReadSegment> {
    const file = this.openFile('journal', number);
    const reader = new FrameReader(this.disk, file.fd, file.size, file.header);
    const replay = new Replay(this.storage, this.farTimes);
    await this.replayFrames(file, reader, replay);
    const goodBytes = reader.offset;
    const later = reader.isAtEnd ? null : reader.findWitness(goodBytes);
    if (later !== null)
      throw corrupt(
        file.path,
        goodBytes,
        `good data goes on behind it, from byte ${later}, and was written when it was durable`,
      );
    return { ...file, names: replay.names, goodBytes, durableBytes: reader.durableBytes };
  }

  private async replayFrames(file: OpenFile, reader: FrameReader, replay: Replay): Promise<void> {
    let turnAt = TURN_BYTES;
    for (;;) {
      const { offset } = reader;
      const payload = reader.next();
      if (payload === null) return;
      try {
        replay.apply(payload);
      } catch (cause) {
        throw corrupt(file.path, offset, 'its records make no sense to this version of Mneme', { cause });
      }
      if (reader.offset < turnAt) continue;
      turnAt = reader.offset + TURN_BYTES;
      await turn();
    }
  }

  /**
   * Nothing was changed so far. Cut torn tails, make durable what a killed process only wrote, remove leftovers. Returns why a disk that
   * can be read does not do so: then the leftovers stay.
   */
  private async tidy(
    partials: readonly string[],
    first: number,
    segments: readonly ReadSegment[],
  ): Promise<OperatorError | null> {
    for (const segment of segments) {
      if (segment.goodBytes < segment.size) {
        this.disk.truncate(segment.fd, segment.goodBytes);
        const bytes = segment.size - segment.goodBytes;
        this.notes.push(`cut ${bytes} bytes of an unfinished write off the end of ${basename(segment.path)}`);
      }
      const fault = await this.faultOf(segment.path, async () => {
        await this.writeAgain(segment);
        await this.disk.sync(segment.fd);
      });
      if (fault !== null) return fault;
    }
    // A process that was killed may have named a file, and no more: a power cut would take the name, and all that is written there from now on.
    const fault = await this.faultOf(this.dir, () => this.disk.syncDirectory(this.dir));
    if (fault !== null) return fault;
    for (const path of partials) await this.disk.remove(path);
    await removeObsolete(this.disk, this.dir, first);
    return null;
  }

  /** As after a sync that fails while the node runs: it serves what was read, and takes nothing (R17). */
  private async faultOf(path: string, makeDurable: () => Promise<void>): Promise<OperatorError | null> {
    try {
      await makeDurable();
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
      return failed(path, error);
    }
  }

  /**
   * After a failed sync the system takes what it could not write for written: it is read back, no later sync writes it, and a power cut loses it.
   * So what is not known to have been durable is written once more, as it is; not where a full disk needs room for that.
   */
  private async writeAgain({ fd, durableBytes, goodBytes }: ReadSegment): Promise<void> {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, goodBytes - durableBytes)));
    for (let at = durableBytes; at < goodBytes; at += chunk.length) {
      const bytes = chunk.subarray(0, Math.min(chunk.length, goodBytes - at));
      this.disk.read(fd, bytes, at);
      try {
        await this.disk.writeInPool(fd, bytes, at);
      } catch (error) {
        if (isForSpace(error)) return;
        throw error;
      }
    }
  }

  private openFile(kind: FileKind, number: number): OpenFile {
    const path = dataPath(this.dir, kind, number);
    const fd = this.disk.open(path);
    this.fds.add(fd);
    const bytes = Buffer.alloc(FILE_HEADER_BYTES);
    const header = decodeHeader(bytes.subarray(0, this.disk.read(fd, bytes, 0)), path, kind, number);
    return { header, path, fd, size: this.disk.size(fd) };
  }

  private close(fd: number): void {
    this.disk.close(fd);
    this.fds.delete(fd);
  }
}
