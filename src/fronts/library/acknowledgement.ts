import { uncertain } from './errors.js';

/**
 * One promise for all writes between two commits. A commit follows at the end of what runs just now, so that writes that are made
 * together share it, and one that is waited for does not wait for the event loop. Who goes on and on so still leaves the loop to others:
 * after some milliseconds the next commit is that of the loop's turn.
 */
export class Acknowledgement {
  private pending: Pending | null = null;
  private isTurnOpen = false;
  private turnEndsMs = 0;
  private waitsForTurn = false;
  private readonly settle = (): void => this.commit();
  private readonly endTurn = (): void => {
    this.isTurnOpen = false;
    if (!this.waitsForTurn) return;
    this.waitsForTurn = false;
    this.commit();
  };

  /** @param commitNow undefined: it is done; throws, or rejects with, what failed */
  constructor(
    private readonly commitNow: () => Promise<void> | undefined,
    private readonly onFailure: (error: Error) => void,
  ) {}

  /** Of what was written since the last commit, this turn's writes included. Rejects with a WriteRefusedError. */
  done(): Promise<void> {
    return (this.pending ?? this.open()).done;
  }

  /** The same, with an answer. */
  answer(value: boolean): Promise<boolean> {
    const pending = this.pending ?? this.open();
    if (value) {
      pending.yes ??= quiet(pending.done.then(() => true));
      return pending.yes;
    }
    pending.no ??= quiet(pending.done.then(() => false));
    return pending.no;
  }

  private open(): Pending {
    const pending = new Pending();
    this.pending = pending;
    if (!this.isTurnOpen) {
      this.isTurnOpen = true;
      this.turnEndsMs = performance.now() + TURN_MS;
      setImmediate(this.endTurn);
      ENDED.then(this.settle);
    } else if (performance.now() < this.turnEndsMs) ENDED.then(this.settle);
    else this.waitsForTurn = true;
    return pending;
  }

  private commit(): void {
    const { pending } = this;
    if (pending === null) return;
    this.pending = null;
    let committed: Promise<void> | undefined;
    try {
      committed = this.commitNow();
    } catch (error) {
      return this.fail(pending, error);
    }
    if (committed === undefined) pending.resolve();
    else committed.then(pending.resolve, (error: unknown) => this.fail(pending, error));
  }

  private fail(pending: Pending, cause: unknown): void {
    const error = uncertain(cause);
    this.onFailure(error);
    pending.reject(error);
  }
}

// ---

const TURN_MS = 4;
/** What follows it runs once what runs now is over. */
const ENDED = Promise.resolve();

class Pending {
  resolve!: () => void;
  reject!: (error: unknown) => void;
  readonly done: Promise<void>;
  yes: Promise<boolean> | null = null;
  no: Promise<boolean> | null = null;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    quiet(this.done);
  }
}

/** Nobody has to wait for a write: who does not is told by an event, and its process does not end over it. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
