/** A connection whose memory is counted. */
export interface Counted {
  /** What it held when it was counted last. */
  readonly memoryBytes: number;
  /** CLIENT NO-EVICT ON: others are cut off first. */
  readonly isProtected: boolean;
  /** Who it is, for the log. */
  readonly title: string;
  /** Ends it at once, and lets go of all that it holds. */
  cut(): void;
}

/**
 * One account of what all clients together make the node hold: requests that are not whole, queued transactions, watched keys,
 * and replies that were not taken yet. Beyond the limit whoever holds most is cut off first, as by Redis' maxmemory-clients.
 */
export class ClientMemory {
  /** Clients that were cut off. */
  evicted = 0;
  private total = 0;

  constructor(
    /** Bytes; 0: no limit. */
    private max: number,
    private readonly clients: () => Iterable<Counted>,
    private readonly log: (message: string) => void,
  ) {}

  get bytes(): number {
    return this.total;
  }

  get bytesMax(): number {
    return this.max;
  }

  set bytesMax(bytes: number) {
    this.max = bytes;
    this.relieve();
  }

  /** A client holds so many more bytes, or less. */
  change(bytes: number): void {
    this.total += bytes;
    if (bytes > 0 && this.isOver) this.relieve();
  }

  private get isOver(): boolean {
    return this.max > 0 && this.total > this.max;
  }

  private relieve(): void {
    while (this.isOver) {
      const worst = this.worst();
      if (worst === undefined) return;
      this.evicted++;
      this.log(
        `client ${worst.title} was cut off: it held ${worst.memoryBytes} bytes of requests and replies, ` +
          `and all clients together ${this.total}, more than maxmemory-clients (${this.max})`,
      );
      worst.cut();
    }
  }

  private worst(): Counted | undefined {
    let worst: Counted | undefined;
    for (const client of this.clients()) {
      if (client.isProtected || client.memoryBytes <= (worst?.memoryBytes ?? 0)) continue;
      worst = client;
    }
    return worst;
  }
}
