/**
 * A command that must be atomic and takes more than a slice of time runs alone: until it is done the data commands of other
 * clients wait, as they would in Redis, while links, timers and all else go on.
 */
export class Exclusive {
  private isHeld = false;
  private waiting: (() => void)[] = [];

  get isTaken(): boolean {
    return this.isHeld;
  }

  take(): void {
    this.isHeld = true;
  }

  /** Whoever waits goes on, in the order in which they came; one of them may take it again, and the others wait on. */
  release(): void {
    this.isHeld = false;
    const { waiting } = this;
    this.waiting = [];
    for (const goOn of waiting) goOn();
  }

  /** Resolves when it was released; somebody else may have taken it by then. */
  whenFree(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
