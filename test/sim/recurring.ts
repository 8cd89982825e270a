import type { Prng } from './prng.js';
import type { World } from './world.js';

/** Faults that come again and again while they are on, with chances of their own, so that all else of a seed stays as it is. */
export abstract class Recurring {
  private isOn = false;

  constructor(
    protected readonly world: World,
    protected readonly random: Prng,
    private readonly pauseMs: number,
  ) {}

  start(): void {
    this.isOn = true;
    this.next();
  }

  stop(): void {
    this.isOn = false;
  }

  protected abstract strike(): void;

  /** Unless they are over by then. */
  protected after(ms: number, run: () => void): void {
    this.world.schedule.after(ms, () => {
      if (this.isOn) run();
    });
  }

  private next(): void {
    this.after(this.random.between(1, 2 * this.pauseMs), () => {
      this.strike();
      this.next();
    });
  }
}
