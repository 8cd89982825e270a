const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5000;
/** Where nobody listens, to ask costs nothing, and what is written between its start and the attach is in doubt. */
const REFUSED_MS_MAX = 500;
/** How many different reasons are logged until all is well again. */
const REASONS_MAX = 8;

/**
 * What is wrong with a server, as status tells it, and how soon it is tried again: later each time, until something went well.
 * The log gets a line for each new reason, and one when it is over: what goes wrong many times a second is one thing.
 */
export class Trouble {
  /** null: all is well. */
  problem: string | null = null;
  private retryMs = RETRY_MS_MIN;
  private readonly told = new Set<string>();

  constructor(
    private readonly log: (level: 'info' | 'warn' | 'error', message: string, isOver: boolean) => void,
    private readonly over: string,
  ) {}

  /** Returns how long to wait before it is tried again. */
  note(message: string, level: 'warn' | 'error' = 'warn'): number {
    this.problem = message;
    if (!this.told.has(message) && this.told.size < REASONS_MAX) {
      this.told.add(message);
      this.log(level, message, false);
    }
    const waitMs = this.retryMs;
    this.retryMs = Math.min(RETRY_MS_MAX, waitMs * 2);
    return waitMs;
  }

  wentWell(): void {
    if (this.problem === null) return;
    this.problem = null;
    this.retryMs = RETRY_MS_MIN;
    this.told.clear();
    this.log('info', this.over, true);
  }
}

/** How soon to dial again after this error, where it would be tried again after `retryMs`. */
export function redialMs(error: unknown, retryMs: number): number {
  const { code } = error as { code?: unknown };
  return code === 'ECONNREFUSED' || code === 'ENOENT' ? Math.min(retryMs, REFUSED_MS_MAX) : retryMs;
}
