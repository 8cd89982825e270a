import { InvariantError, type OperatorError } from '../../core/model/errors.js';
import type { Disk } from './disk.js';
import { failed, hangs, isForSpace } from './failures.js';
import type { FrameFile } from './frames.js';
import { RecordWriter } from './record-writer.js';
import { type EngineTimers, nodeTimers } from './timers.js';

/** A journal file that is written to. */
export interface Segment extends FrameFile {
  readonly number: number;
  readonly path: string;
  readonly fd: number;
}

/** Why the journal takes nothing for now. */
export interface Broken {
  readonly error: OperatorError;
  /**
   * What the file has can be relied on: what waits in memory is written behind it once that can be. Else nothing is written
   * to the file any more: after a failed sync the system may have dropped what it could not write, and the next sync of the
   * same file would say that all is well. Then everything is written anew from memory (see Renewal).
   */
  readonly trustsFile: boolean;
  /** A sync was begun and has not come back. */
  readonly hangs: boolean;
}

/**
 * The order of all changes, on its way to the disk: records gather in memory, `flush` puts them into the current segment as
 * one frame, `sync` makes them durable.
 *
 * 1. Frames reach the disk in the order of the changes, so what a crash leaves is a prefix.
 * 2. A segment is durable whole before the next one gets its first frame.
 * 3. After a failure nothing passes what waits: a file with a hole would not be a prefix.
 */
export class Journal {
  readonly records = new RecordWriter();
  /** Counts changes since the opening. */
  position = 0;
  /** Called when it breaks, and when it takes changes again. */
  onChange: () => void = () => {};
  /** Called after every flush that wrote something. */
  onFlushed: () => void = () => {};
  /** The disk is full: gives whether room was made for a little more. */
  makeRoom: () => boolean = () => false;
  private flushed = 0;
  private durable = 0;
  private failure: Broken | null = null;
  /** What waited when it broke, and as much again as may come: beyond that it is forgotten here, and written anew from memory. */
  private waitingBytesMax = 0;
  /** The file that everything is being written to anew, and how much of the changes it has. */
  private renewal: Segment | null = null;
  private renewed = 0;
  private closed = false;
  /** The sync that runs, and the one that its latecomers share. */
  private running: Promise<number> | null = null;
  private queued: Promise<number> | null = null;

  constructor(
    private readonly disk: Disk,
    private segment: Segment,
    names: readonly string[],
    private readonly hangMs: number = HANG_MS,
    private readonly timers: EngineTimers = nodeTimers,
  ) {
    this.records.restart(names);
  }

  get durablePosition(): number {
    return this.durable;
  }

  get current(): Readonly<Segment> {
    return this.segment;
  }

  /** null: it takes changes. */
  get broken(): Broken | null {
    return this.failure;
  }

  /** To be called after each record. Bounds the memory of what waits; a failure is kept for the next flush to throw. */
  recorded(): void {
    this.position++;
    const { failure, renewal } = this;
    if (failure === null ? this.records.frameBytes < PENDING_BYTES_MAX : !this.isTooMuch(failure)) return;
    try {
      if (renewal !== null) this.writeTo(renewal);
      else if (failure !== null) this.forgetWaiting(failure);
      else this.flush();
    } catch (error) {
      if (error !== this.failure?.error) throw error;
    }
  }

  /** Throws the OperatorError of `broken` while there are changes that it cannot write. */
  flush(): void {
    if (this.closed) throw new InvariantError('the engine is closed');
    if (this.flushed === this.position) return;
    if (this.failure !== null) throw this.failure.error;
    this.writeTo(this.segment);
    this.flushed = this.position;
    this.onFlushed();
  }

  /** Rejects while it is broken, and as soon as it breaks. */
  async sync(): Promise<number> {
    this.flush();
    if (this.failure !== null) throw this.failure.error;
    if (this.running === null) return this.startSync();
    this.queued ??= this.running.then(
      () => this.startSync(),
      () => this.startSync(),
    );
    return this.queued;
  }

  /** Go on in `next`. Holds up the event loop for what was flushed since the latest sync, so sync right before. Invariant 2. */
  switchTo(next: Segment): void {
    this.flush();
    if (this.failure !== null) throw this.failure.error;
    try {
      if (this.durable < this.position) this.disk.syncNow(this.segment.fd);
    } catch (error) {
      throw this.breakDown(error, false);
    }
    this.durable = this.position;
    this.segment = next;
    this.records.restart();
  }

  /** What the file has is gone, or not to be relied on any more. */
  distrust(error: OperatorError): void {
    if (this.failure === null || this.failure.trustsFile) this.setBroken({ error, trustsFile: false, hangs: false });
  }

  /** Write what waits, and make it durable. Rejects, and stays broken, if that fails. */
  async retry(): Promise<void> {
    if (this.failure?.trustsFile !== true || this.failure.hangs) throw new InvariantError('nothing to be tried again');
    this.writeTo(this.segment);
    this.flushed = this.position;
    this.mend();
    await this.sync();
  }

  /** From here on changes are meant for another file. The caller takes a copy of everything at this very moment. */
  beginRenewal(next: Segment): void {
    this.renewal = next;
    this.records.clear();
    this.records.restart();
  }

  /** All changes since the beginning of the renewal are durable in its file. */
  async syncRenewal(): Promise<void> {
    const { renewal, position } = this;
    if (renewal === null) throw new InvariantError('no renewal runs');
    this.writeTo(renewal);
    const { size } = renewal;
    await this.disk.sync(renewal.fd);
    renewal.synced = size;
    this.renewed = position;
  }

  /** What the renewal's file had when it was synced last is durable under its name: go on in it. */
  endRenewal(): void {
    if (this.renewal === null) throw new InvariantError('no renewal runs');
    this.disk.close(this.segment.fd);
    this.segment = this.renewal;
    this.renewal = null;
    this.flushed = this.durable = this.renewed;
    this.mend();
  }

  /** The renewal failed. */
  abandonRenewal(): void {
    this.renewal = null;
    this.records.clear();
  }

  /** Once no sync runs any more. */
  async settled(): Promise<void> {
    await this.queued?.catch(() => {});
    await this.running?.catch(() => {});
  }

  /** Sync and close the file. The file is closed even if the sync fails. */
  async close(): Promise<void> {
    try {
      if (this.failure?.trustsFile === true && !this.failure.hangs) await this.retry();
      else await this.sync();
    } finally {
      await this.running?.catch(() => {});
      this.closed = true;
      this.disk.close(this.segment.fd);
    }
  }

  private writeTo(segment: Segment): void {
    if (this.records.isEmpty) return;
    const frame = this.records.seal(segment);
    try {
      this.writeFrame(segment, frame);
    } catch (error) {
      throw this.breakDown(error, segment === this.segment && isForSpace(error));
    }
    segment.size += frame.length;
    this.records.clear();
  }

  private writeFrame(segment: Segment, frame: Buffer): void {
    try {
      this.disk.write(segment.fd, frame, segment.size);
    } catch (error) {
      if (!isForSpace(error) || !this.makeRoom()) throw error;
      this.disk.write(segment.fd, frame, segment.size);
    }
  }

  private isTooMuch({ trustsFile }: Broken): boolean {
    if (this.renewal !== null) return this.records.frameBytes >= PENDING_BYTES_MAX;
    return !trustsFile || this.records.frameBytes > this.waitingBytesMax;
  }

  private forgetWaiting(failure: Broken): void {
    this.records.clear();
    if (failure.trustsFile) this.setBroken({ ...failure, trustsFile: false });
  }

  private breakDown(cause: unknown, trustsFile: boolean): Error {
    const error = failed(this.segment.path, cause);
    this.setBroken({ error, trustsFile: trustsFile && this.failure?.trustsFile !== false, hangs: false });
    return error;
  }

  private setBroken(broken: Broken): void {
    if (this.failure === null) this.waitingBytesMax = this.records.frameBytes + PENDING_BYTES_MAX;
    this.failure = broken;
    if (!broken.trustsFile && this.renewal === null) this.records.clear();
    this.onChange();
  }

  private mend(): void {
    this.failure = null;
    this.onChange();
  }

  private startSync(): Promise<number> {
    this.queued = null;
    this.running = this.syncFlushed();
    return this.running;
  }

  private async syncFlushed(): Promise<number> {
    try {
      this.flush();
      if (this.failure !== null) throw this.failure.error;
      const { position, segment } = this;
      const { size } = segment;
      if (position > this.durable) {
        await this.syncFile(segment);
        segment.synced = size;
      }
      this.durable = Math.max(this.durable, position);
      return this.durable;
    } finally {
      // With latecomers waiting, `running` stays until their sync replaces it, so that nobody starts a third one between.
      if (this.queued === null) this.running = null;
    }
  }

  /** Rejects if it fails, or takes so long that it counts as hanging. */
  private syncFile(segment: Segment): Promise<void> {
    const done = this.disk.sync(segment.fd);
    return new Promise((resolve, reject) => {
      const notLate = this.whenLate(() => reject(this.hang(segment, done)));
      done.then(resolve, (cause: unknown) => reject(this.breakDown(cause, false))).finally(notLate);
    });
  }

  /**
   * Calls back once so much time has passed in which this process ran. It looks many times, and a look that comes late counts as one:
   * where the process itself stood still, the sync may have come back long ago, and is told of after the timer. Returns what undoes it.
   */
  private whenLate(run: () => void): () => void {
    let looks = 0;
    let cancel = (): void => {};
    const look = (): void => {
      cancel = this.timers.after(this.hangMs / HANG_LOOKS, () => {
        if (++looks < HANG_LOOKS) look();
        else run();
      });
    };
    look();
    return () => cancel();
  }

  /** It takes nothing until the sync comes back: the next write could stand still as well, and the whole node with it. */
  private hang(segment: Segment, done: Promise<void>): Error {
    const error = hangs(segment.path, this.hangMs);
    this.setBroken({ error, trustsFile: true, hangs: true });
    done.then(
      () => {
        if (this.failure?.hangs !== true || this.closed) return;
        if (!this.failure.trustsFile) this.setBroken({ ...this.failure, hangs: false });
        else this.wake();
      },
      () => {},
    );
    return error;
  }

  private wake(): void {
    this.mend();
    try {
      this.flush();
    } catch (error) {
      if (error !== this.failure?.error) throw error;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const PENDING_BYTES_MAX = 1 << 22;
/** After this a sync counts as hanging. */
const HANG_MS = 5_000;
const HANG_LOOKS = 10;
