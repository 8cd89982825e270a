import { InvariantError } from '../../core/errors.js';
import type { Disk } from './disk.js';
import { unwritable } from './failures.js';
import { RecordWriter } from './record-writer.js';

/** A journal file that is written to. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly fd: number;
  readonly salt: number;
  /** Bytes in the file, all of them whole frames. */
  size: number;
}

/**
 * The order of all changes, on its way to the disk: records gather in memory, `flush` puts them into the current segment as
 * one frame, `sync` makes them durable.
 *
 * 1. Frames reach the disk in the order of the changes, so what a crash leaves is a prefix.
 * 2. A segment is durable whole before the next one gets its first frame.
 * 3. After the first failure nothing is written any more: a file with a hole would not be a prefix.
 */
export class Journal {
  readonly records = new RecordWriter();
  /** Counts changes since the opening. */
  position = 0;
  /** Told of the first failure, once. */
  onFailure: (error: Error) => void = () => {};
  /** Called after every flush that wrote something. */
  onFlushed: () => void = () => {};
  private durable = 0;
  private failure: Error | null = null;
  private closed = false;
  /** The sync that runs, and the one that its latecomers share. */
  private running: Promise<number> | null = null;
  private queued: Promise<number> | null = null;

  constructor(
    private readonly disk: Disk,
    private segment: Segment,
    names: readonly string[],
  ) {
    this.records.restart(names);
  }

  get durablePosition(): number {
    return this.durable;
  }

  get current(): Readonly<Segment> {
    return this.segment;
  }

  /** To be called after each record. Bounds the memory of what waits; a failure is kept for the next flush to throw. */
  recorded(): void {
    this.position++;
    if (this.failure !== null) this.records.clear();
    if (this.records.frameBytes < PENDING_BYTES_MAX) return;
    try {
      this.flush();
    } catch (error) {
      if (error !== this.failure) throw error;
    }
  }

  flush(): void {
    this.check();
    if (this.records.isEmpty) return;
    const frame = this.records.seal(this.segment.salt, this.segment.size);
    try {
      this.disk.write(this.segment.fd, frame, this.segment.size);
    } catch (error) {
      throw this.fail(error);
    }
    this.segment.size += frame.length;
    this.records.clear();
    this.onFlushed();
  }

  async sync(): Promise<number> {
    this.flush();
    if (this.running === null) return this.startSync();
    this.queued ??= this.running.then(() => this.startSync());
    return this.queued;
  }

  /** Go on in `next`. Holds up the event loop for what was flushed since the latest sync, so sync right before. Invariant 2. */
  switchTo(next: Segment): void {
    this.flush();
    try {
      if (this.durable < this.position) this.disk.syncNow(this.segment.fd);
    } catch (error) {
      throw this.fail(error);
    }
    this.durable = this.position;
    this.segment = next;
    this.records.restart();
  }

  /** For failures of the work around the journal: from here on it keeps no promise either. */
  fail(cause: unknown): Error {
    if (this.failure === null) {
      this.failure = unwritable(this.segment.path, cause);
      this.records.clear();
      this.onFailure(this.failure);
    }
    return this.failure;
  }

  /** Sync and close the file. The file is closed even if the sync fails. */
  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.running?.catch(() => {});
      this.closed = true;
      this.disk.close(this.segment.fd);
    }
  }

  private check(): void {
    if (this.failure !== null) throw this.failure;
    if (this.closed) throw new InvariantError('the engine is closed');
  }

  private startSync(): Promise<number> {
    this.queued = null;
    this.running = this.syncFlushed();
    return this.running;
  }

  private async syncFlushed(): Promise<number> {
    try {
      this.flush();
      const { position } = this;
      if (position > this.durable) await this.disk.sync(this.segment.fd);
      this.durable = Math.max(this.durable, position);
      return this.durable;
    } catch (error) {
      throw this.fail(error);
    } finally {
      // With latecomers waiting, `running` stays until their sync replaces it, so that nobody starts a third one between.
      if (this.queued === null) this.running = null;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const PENDING_BYTES_MAX = 1 << 22;
