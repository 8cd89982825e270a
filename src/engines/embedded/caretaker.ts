import { OperatorError } from '../../core/model/errors.js';
import type { DiskTakes } from '../../core/store/store.js';
import { quoteWord } from '../../hints/advice.js';
import { nextText } from '../../hints/next-steps.js';
import type { DiskTrouble } from '../engine.js';
import type { Compactor } from './compactor.js';
import { hasData } from './data-directory.js';
import type { HeldLock } from './directory-lock.js';
import type { Disk } from './disk.js';
import { failed, isForSpace, vanished } from './failures.js';
import type { Journal, Segment } from './journal.js';
import type { Renewal } from './renewal.js';
import type { Reserve } from './reserve.js';
import { type EngineTimers, nodeTimers } from './timers.js';

/** What the caretaker looks after. */
export interface Care {
  readonly dir: string;
  readonly disk: Disk;
  readonly journal: Journal;
  readonly compactor: Compactor;
  readonly renewal: Renewal;
  readonly reserve: Reserve;
  readonly lock: HeldLock;
}

/**
 * Looks every second whether the directory is still the one that was opened, and tries what failed until it succeeds (R17):
 * the reserve of a full disk is taken again, what waits in memory is written, or everything is written anew. What was
 * acknowledged is in memory all the time.
 */
export class Caretaker {
  onTrouble: () => void = () => {};
  private cancel: () => void = () => {};
  private closed = false;
  private round: Promise<void> | null = null;
  private identity: string | null = null;
  /** Why the latest attempt to write everything anew failed. */
  private obstacle: OperatorError | null = null;

  constructor(
    private readonly care: Care,
    private readonly everyMs: number = EVERY_MS,
    private readonly timers: EngineTimers = nodeTimers,
  ) {
    const { journal, compactor, reserve } = care;
    journal.makeRoom = () => this.makeRoom();
    compactor.isShortOfSpace = () => !reserve.isWhole;
    journal.onChange = () => this.onTrouble();
    compactor.onOutcome = () => this.onTrouble();
  }

  async start(): Promise<void> {
    const { dir, disk, reserve } = this.care;
    this.identity = await disk.identity(dir);
    await reserve.refill().catch(() => {});
    this.schedule(this.everyMs);
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.cancel();
    await this.round;
  }

  get takes(): DiskTakes {
    const { journal, reserve } = this.care;
    if (journal.broken !== null) return 'nothing';
    return reserve.isWhole ? 'all' : 'little';
  }

  get troubles(): DiskTrouble[] {
    const { journal, compactor, reserve } = this.care;
    const troubles: DiskTrouble[] = [];
    if (journal.broken !== null) troubles.push(this.brokenTrouble(journal.broken.error));
    else if (!reserve.isWhole) troubles.push(this.fullTrouble());
    if (compactor.failure !== null) troubles.push(compactionTrouble(compactor.failure));
    return troubles;
  }

  // ---

  private schedule(waitMs: number): void {
    if (this.closed) return;
    this.cancel = this.timers.after(waitMs, () => {
      this.round = this.look(this.timers.monoMs()).finally(() => {
        this.round = null;
      });
    });
  }

  /** The next round comes the later the longer this one took: a large copy that fails is not made all the time. */
  private async look(beganMs: number): Promise<void> {
    try {
      await this.checkPlace();
      await this.recover();
      this.obstacle = null;
    } catch (error) {
      this.obstacle = failed(this.care.dir, error);
    }
    this.onTrouble();
    this.schedule(Math.min(REST_MAX_MS, Math.max(this.everyMs, 10 * (this.timers.monoMs() - beganMs))));
  }

  private makeRoom(): boolean {
    const made = this.care.reserve.release();
    if (made) this.onTrouble();
    return made;
  }

  /** A directory or a file that is gone takes writes all the same, as long as it is open. */
  private async checkPlace(): Promise<void> {
    const { dir, disk, journal, lock } = this.care;
    const segment = journal.current;
    const [place, file] = [await disk.identity(dir), await disk.identity(segment.path)];
    if (segment !== journal.current) return;
    if (place === null) return journal.distrust(vanished(`the data directory ${dir} is gone`));
    if (file !== disk.identityOf(segment.fd)) return journal.distrust(vanished(goneText(dir, segment, file)));
    if (!lock.isHeld) await this.renewLock(place);
  }

  private async recover(): Promise<void> {
    const { journal, compactor, reserve } = this.care;
    const { broken } = journal;
    if (broken?.hangs === true) return;
    if (broken?.trustsFile === true) await journal.retry();
    else if (broken !== null) await this.writeAnew();
    await reserve.refill().catch((error: unknown) => {
      if (!isForSpace(error)) throw error;
    });
    compactor.startIfDue();
  }

  private async writeAnew(): Promise<void> {
    const { compactor, renewal, reserve } = this.care;
    await this.returnToPlace();
    await compactor.halt();
    try {
      await renewal.run();
      compactor.failure = null;
    } catch (error) {
      if (isForSpace(error)) reserve.release();
      throw error;
    } finally {
      compactor.resume();
    }
  }

  /** Nothing is made where the operator has not made a directory: it may be where another disk should be mounted. */
  private async returnToPlace(): Promise<void> {
    const { dir, disk, lock, reserve } = this.care;
    const place = await disk.identity(dir);
    if (place === null) throw noDirectory(dir);
    if (place === this.identity) return lock.isHeld ? undefined : this.renewLock(place);
    if (hasData(dir)) throw otherData(dir);
    await lock.moveTo(dir);
    reserve.lose();
    this.identity = place;
  }

  /** `place`: the directory that was here a moment ago. It may have been another one since: a lock there would keep its own node out. */
  private async renewLock(place: string): Promise<void> {
    const { dir, disk, lock } = this.care;
    lock.renew();
    if ((await disk.identity(dir)) !== place) lock.withdraw();
  }

  private brokenTrouble(error: OperatorError): DiskTrouble {
    const { obstacle } = this;
    const why = obstacle === null || obstacle.message === error.message ? '' : `; ${obstacle.message}`;
    const text = `read-only: ${error.message}${why}`;
    return { kind: 'read-only', text, next: nextText(obstacle?.hint ?? error.hint) };
  }

  private fullTrouble(): DiskTrouble {
    const { care, obstacle } = this;
    if (obstacle !== null)
      return { kind: 'read-only', text: `read-only: ${obstacle.message}`, next: nextText(obstacle.hint) };
    const text = `read-only: the disk of ${care.dir} is full; deletes are taken, other writes again once there is room`;
    return { kind: 'read-only', text, next: `df -h ${quoteWord(care.dir)}` };
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const EVERY_MS = 1_000;
const REST_MAX_MS = 60_000;

function goneText(dir: string, { path }: Segment, found: string | null): string {
  return found === null ? `${path} is gone` : `${path} is another file than the one that was opened in ${dir}`;
}

function noDirectory(dir: string): OperatorError {
  const message = 'its data is in memory alone, and is written anew once the directory is there';
  return new OperatorError('directory-unwritable', message, `mkdir -m 700 ${quoteWord(dir)}`);
}

function otherData(dir: string): OperatorError {
  const message = `another directory with data is in its place, which is left alone`;
  return new OperatorError(
    'directory-unwritable',
    message,
    `Move it away: mv ${quoteWord(dir)} ${quoteWord(`${dir}.other`)}; mkdir -m 700 ${quoteWord(dir)}`,
  );
}

function compactionTrouble(failure: Error): DiskTrouble {
  const text = `the journal cannot be compacted, and grows: ${failure.message}`;
  return { kind: 'compaction', text, next: failure instanceof OperatorError ? nextText(failure.hint) : null };
}
