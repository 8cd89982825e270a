/**
 * When to give the next part of a snapshot: at once as long as nobody else wants anything of this node. While clients are
 * served a part is followed by a rest, so that most of the event loop is theirs: a joiner can wait, a client cannot.
 */
export class SnapshotPace {
  private servedAtMs = Number.NEGATIVE_INFINITY;
  private dueAtMs = 0;
  private startedAtMs = 0;

  /** `nowMs`: any clock that only goes forward. */
  constructor(private readonly nowMs: () => number) {}

  /** Clients were served. */
  served(): void {
    this.servedAtMs = this.nowMs();
  }

  /** Milliseconds until a part may be given; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.dueAtMs - this.nowMs());
  }

  /** To be called before and after the turn in which a part is given, made and sent. */
  begin(): void {
    this.startedAtMs = this.nowMs();
  }

  end(): void {
    const nowMs = this.nowMs();
    const isServing = this.startedAtMs - this.servedAtMs < QUIET_MS;
    this.dueAtMs = isServing ? nowMs + Math.min(REST_MAX_MS, REST_PER_WORK * (nowMs - this.startedAtMs)) : 0;
  }
}

// ---

/** Clients that have not asked for anything for so long do not need the event loop. */
const QUIET_MS = 5;
const REST_PER_WORK = 10;
/** However long a turn took: a joiner goes on. */
const REST_MAX_MS = 50;
