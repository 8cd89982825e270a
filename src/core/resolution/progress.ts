/**
 * Where islands changed much, and links are slow, a resolution takes as long as it takes: what counts is that it moves on. The time
 * up to where it was last begun anew counts in full, so that it also ends among links that come and go.
 */
export class Progress {
  private readonly startedMs: number;
  private anewMs: number;
  private movedMs: number;

  constructor(private readonly monoMs: () => number) {
    this.startedMs = monoMs();
    this.anewMs = this.startedMs;
    this.movedMs = this.startedMs;
  }

  moved(): void {
    this.movedMs = this.monoMs();
  }

  begunAnew(): void {
    this.anewMs = this.monoMs();
    this.movedMs = this.anewMs;
  }

  /** For how long it has not moved on, in milliseconds. */
  get idleMs(): number {
    return this.anewMs - this.startedMs + this.monoMs() - this.movedMs;
  }
}
