/** Somebody waits for too many answers already. */
export class QueueFull extends Error {
  override name = 'QueueFull';
}

/**
 * Does one piece of work after the other, in turn for everybody who asks, so that one who asks for much makes the others wait for
 * one piece each. Bounded for each of them and in all.
 */
export class FairQueue {
  private readonly waiting = new Map<string, (() => Promise<void>)[]>();
  private count = 0;
  private isRunning = false;

  constructor(private readonly max: { readonly ofOne: number; readonly inAll: number }) {}

  /** @throws QueueFull at once where too much waits */
  run<T>(who: string, work: () => Promise<T>): Promise<T> {
    const own = this.waiting.get(who) ?? [];
    if (own.length >= this.max.ofOne || this.count >= this.max.inAll) throw new QueueFull();
    return new Promise((resolve, reject) => {
      own.push(() => work().then(resolve, reject));
      this.count++;
      this.waiting.set(who, own);
      if (!this.isRunning) void this.runAll();
    });
  }

  private async runAll(): Promise<void> {
    this.isRunning = true;
    for (let next = this.next(); next !== undefined; next = this.next()) await next();
    this.isRunning = false;
  }

  /** Whoever has it goes to the end of the row. */
  private next(): (() => Promise<void>) | undefined {
    const [first] = this.waiting;
    if (first === undefined) return undefined;
    const [who, own] = first;
    const work = own.shift();
    this.waiting.delete(who);
    if (own.length > 0) this.waiting.set(who, own);
    this.count--;
    return work;
  }
}
