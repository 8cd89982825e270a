/**
 * A clock that tells how long ago an entry was used, in two bytes an entry: as Redis does it, but counting uses rather than
 * seconds, so that it is as exact in a rush as in a quiet hour. A step is a thousandth of the entries. It goes round after 64
 * times as many uses as there are entries; what was not used for that long seems younger than it is, until it is met again.
 */
export class UseClock {
  /** 1 to 65535. */
  now = 1;
  private uses = 0;
  private usesPerStep = 1;

  /** Something was used: gives the time. `entries`: how many there are. */
  tick(entries: number): number {
    if (++this.uses < this.usesPerStep) return this.now;
    this.uses = 0;
    this.usesPerStep = Math.max(1, entries >>> STEPS_BITS);
    this.now = this.now === TIMES ? 1 : this.now + 1;
    return this.now;
  }

  /** Steps since that time. */
  since(time: number): number {
    return time <= this.now ? this.now - time : this.now + TIMES - time;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const TIMES = 0xffff;
const STEPS_BITS = 10;
