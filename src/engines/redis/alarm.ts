import type { Ports } from './ports.js';

/** Wakes a loop that sleeps until there is something to do. A signal that comes just before a sleep is not lost. */
export class Alarm {
  private isSignalled = false;
  private wake: () => void = () => {};

  constructor(private readonly ports: Pick<Ports, 'after'>) {}

  signal(): void {
    this.isSignalled = true;
    this.wake();
  }

  /** All that was signalled so far is being looked at. */
  clear(): void {
    this.isSignalled = false;
  }

  /** Resolves after so long, or at a signal. */
  sleep(ms: number): Promise<void> {
    if (this.isSignalled) {
      this.isSignalled = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.wake = () => {};
        resolve();
      };
      const cancel = this.ports.after(ms, done);
      this.wake = done;
    });
  }
}
