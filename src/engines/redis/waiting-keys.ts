/** How many of those that wait longest are looked at for one that counts. */
const LOOKED_AT_MAX = 1000;

/** Keys that wait, in the order in which they came, and since when. */
export class WaitingKeys {
  /** Each in whole milliseconds of 32 bits, which take no memory of their own: keys may come by tens of thousands a second. */
  private readonly since = new Map<string, number>();

  constructor(private readonly monoMs: () => number) {}

  get size(): number {
    return this.since.size;
  }

  has(id: string): boolean {
    return this.since.has(id);
  }

  /** One that waits already keeps its place. */
  add(id: string): void {
    if (!this.since.has(id)) this.since.set(id, this.monoMs() | 0);
  }

  delete(id: string): void {
    this.since.delete(id);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.since.keys();
  }

  /** For how long the first of them has been waiting, without those that do not count; 0: none. */
  ageMs(counts: (id: string) => boolean): number {
    let looked = 0;
    for (const [id, since] of this.since) {
      if (counts(id)) return Math.max(0, (this.monoMs() - since) | 0);
      if (++looked === LOOKED_AT_MAX) break;
    }
    return 0;
  }
}
