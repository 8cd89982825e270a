const AT_ONCE = 100;
const EVERY_MS = 1000;

/**
 * How many acts become events: a hundred at once, and one a second in the long run. A program that repeats one without end must not
 * push out what others did.
 */
export class ActLimit {
  private room = AT_ONCE;
  private atMs = 0;
  private leftOutCount = 0;

  constructor(private readonly monoMs: () => number) {}

  /** Returns whether there is room for one more, and how many were left out since the last one for which there was. */
  take(): { hasRoom: boolean; leftOut: number } {
    const nowMs = this.monoMs();
    this.room = Math.min(AT_ONCE, this.room + (nowMs - this.atMs) / EVERY_MS);
    this.atMs = nowMs;
    if (this.room < 1) {
      this.leftOutCount++;
      return { hasRoom: false, leftOut: 0 };
    }
    this.room--;
    const leftOut = this.leftOutCount;
    this.leftOutCount = 0;
    return { hasRoom: true, leftOut };
  }
}
