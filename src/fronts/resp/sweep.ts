/** Looks so often within a time that what lasts for it was seen lasting by each of so many looks. */
export const LOOKS = 4;

/** Looks at something now and then, for what may last for some time: no timer for each of many clients. */
export class Sweep {
  private readonly timer: NodeJS.Timeout;

  constructor(lastsMs: number, look: () => void) {
    this.timer = setInterval(look, Math.max(1, lastsMs / LOOKS)).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
