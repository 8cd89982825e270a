import type { Change } from './model/server.js';

/** What happened to a key in the Redis of a site, in its order. */
export interface Deed {
  /** Grows over all sites and keys. */
  readonly order: number;
  readonly atMs: number;
  readonly by: Change['cause'] | 'operator';
  /** What the key holds from then on; null: nothing. */
  readonly state: string | null;
  readonly expiryMs: number;
  /** It was deleted with all others, at one time: what is later stands. */
  readonly isFlush: boolean;
  /** The node was attached, and did not hang: else it finds out later, and as old as its absence. */
  readonly isAttended: boolean;
  /** The node was not connected, and knows it. */
  readonly isAway: boolean;
}

/** What the node came to know of a key: it has versioned what it found there, or written there itself. */
interface Known {
  /** Of the deed that was versioned; 0: it wrote there itself. */
  readonly capturedOrder: number;
  /** Of the first deed that it may be of: a delete looks like the next one. */
  readonly earliestOrder: number;
  readonly state: string | null;
  readonly expiryMs: number;
  /** A crash took what the node had noted. */
  readonly isLost: () => boolean;
  /** It came to be so while the node was away, which had the same from elsewhere. */
  readonly isUnattended: boolean;
}

/** The truth of one key at one site: what its application did there, and how much of it the node has versioned. */
export class KeyBook {
  /** @param isStreamed its node hears of values in their order, and may look ahead of them */
  constructor(private readonly isStreamed: boolean) {}

  /** What the application did, or an operator in its name. */
  readonly wishes: Deed[] = [];
  /** The latest deed of anybody. */
  last: Deed | null = null;
  /** What was done up to here an operator has overridden, or it was set aside. */
  private excusedOrder = 0;
  private readonly knowns: Known[] = [];
  /** It was evicted since its node came to know of it. */
  wasEvicted = false;
  /** What its node was to write there before it died: it knows that it may have, and not that it did. */
  private readonly maybeSent = new Set<string | null>();
  /** An operator has decided that it gets the cluster's value back, which it has yet to. */
  private isToBeRestored = false;
  /** What its node held, and until when. */
  private readonly held: { readonly state: string | null; readonly untilMs: number }[] = [];
  /** How many of these there were when the node came to know of the key last. */
  private heldAtKnown = 0;

  note(deed: Deed): void {
    this.last = deed;
    if (isWish(deed)) this.wishes.push(deed);
    if (deed.by === 'node') {
      this.isWritten();
      this.know(deed);
    }
    if (deed.by === 'eviction') this.wasEvicted = true;
  }

  /** Its node knows that this was there, and gave it no version. */
  know(deed: Deed): void {
    this.wasEvicted = false;
    const isUnattended = isWish(deed) && !deed.isAttended;
    this.knowns.push({ ...deed, capturedOrder: 0, earliestOrder: 0, isLost: () => false, isUnattended });
  }

  /** Its node knows that it was deleted with all others, which gets no version, as others have changed it since. */
  knowFlushed(): void {
    const flush = this.wishes.findLast(({ isFlush }) => isFlush);
    if (flush !== undefined) this.know(flush);
  }

  capture(deed: Deed, isLost: () => boolean): void {
    this.wasEvicted = false;
    this.isWritten();
    const from = this.openFrom;
    const first = this.wishes.find(({ order, state }) => order > from && state === deed.state) ?? deed;
    this.knowns.push({ ...deed, capturedOrder: deed.order, earliestOrder: first.order, isLost, isUnattended: false });
  }

  /**
   * Its node dies, which was to write this there, and what it held before since it came to know of the key. If it has written it, it
   * has not heard of that, and expects what was there before as well.
   * @param wasLost it was missing there, though nobody had deleted it
   */
  mayBeSent(state: string | null, wasLost: boolean): void {
    if (wasLost) this.maybeSent.add(null);
    if (this.knowns.at(-1)?.state === state) this.maybeSent.add(this.knowns.at(-2)?.state ?? null);
    for (const one of this.held.slice(this.heldAtKnown)) this.maybeSent.add(one.state);
    this.maybeSent.add(state);
  }

  /** An operator has it written back, whatever it holds: its node writes it there, or is told of what comes in between. */
  restore(): void {
    this.isToBeRestored = true;
  }

  /** Its node is about to hold something else. */
  noteHeld(state: string | null, untilMs: number): void {
    this.held.push({ state, untilMs });
  }

  /** Whether its node held this at some time since then. */
  wasHeld(state: string | null, sinceMs: number): boolean {
    return this.held.some((one) => one.state === state && one.untilMs >= sinceMs);
  }

  /** It was deleted with all others, of which its node may know without a version, and is back from an older state of the server. */
  get hasLostFlush(): boolean {
    return this.wishes.at(-1)?.isFlush === true && this.last !== null && !isWish(this.last);
  }

  excuse(order: number): void {
    this.excusedOrder = Math.max(this.excusedOrder, order);
  }

  /** Up to where the node has versioned what the application did. */
  get capturedOrder(): number {
    this.forgetLost();
    return this.knowns.findLast(({ capturedOrder }) => capturedOrder > 0)?.capturedOrder ?? 0;
  }

  /** The latest wish that is not versioned yet and left this; a value that has expired since left nothing. */
  openWish(state: string | null, nowMs: number): Deed | null {
    const from = this.openFrom;
    const fits = (deed: Deed): boolean =>
      deed.order > from && (deed.state === state || (state === null && deed.expiryMs !== 0 && deed.expiryMs <= nowMs));
    return this.wishes.findLast(fits) ?? null;
  }

  /**
   * The latest wish, if it stands in Redis, and nobody has versioned it, or knows it to be there anyway. Three things no node can
   * see, however fast it reads: a change that was taken back before it was read, as a key that was set and deleted at once, since
   * the key is as it knows it; a delete of what would have expired by now, which is gone either way; and what it may have written
   * itself when it died. A delete, while it is away, of what an operator has it write back looks like the loss that was decided about.
   */
  unseen(nowMs: number): Deed | null {
    const { last } = this;
    if (last === null || !isWish(last) || last.order <= Math.max(this.capturedOrder, this.excusedOrder)) return null;
    if (this.isToBeRestored && last.state === null && !last.isAttended) return null;
    return this.isKnown(last.state, nowMs) ? null : last;
  }

  /**
   * Whether it is what its node knows to be there. While it was away, a change to what it had from elsewhere replaces nothing of
   * what it knew: who finds either when it is back takes it for known.
   */
  private isKnown(state: string | null, nowMs: number): boolean {
    if (state === this.knownState(nowMs) || this.maybeSent.has(state)) return true;
    const seen = this.knowns.findLastIndex(({ isUnattended }) => !isUnattended);
    return this.knowns.slice(Math.max(0, seen)).some((known) => known.state === state);
  }

  /** What its node knew to be there, though it may have expired since. */
  get lastKnown(): string | null {
    this.forgetLost();
    return this.knowns.at(-1)?.state ?? null;
  }

  /** What its node knows to be there. */
  knownState(nowMs: number): string | null {
    this.forgetLost();
    const known = this.knowns.at(-1);
    const hasExpired = known !== undefined && known.expiryMs !== 0 && known.expiryMs <= nowMs;
    return hasExpired ? null : (known?.state ?? null);
  }

  /** What was done after this may get a version. */
  private get openFrom(): number {
    this.forgetLost();
    const known = this.knowns.findLast(({ capturedOrder }) => capturedOrder > 0);
    return (this.isStreamed ? known?.earliestOrder : known?.capturedOrder) ?? 0;
  }

  /** By its node, or versioned: what it may have sent before is past. */
  private isWritten(): void {
    this.isToBeRestored = false;
    this.maybeSent.clear();
    this.heldAtKnown = this.held.length;
  }

  private forgetLost(): void {
    while (this.knowns.at(-1)?.isLost() === true) this.knowns.pop();
  }
}

/** All keys of one site. */
export class SiteBook {
  private readonly keys = new Map<string, KeyBook>();

  constructor(private readonly isStreamed: boolean) {}

  of(key: string): KeyBook {
    const known = this.keys.get(key) ?? new KeyBook(this.isStreamed);
    this.keys.set(key, known);
    return known;
  }

  entries(): IterableIterator<[string, KeyBook]> {
    return this.keys.entries();
  }
}

// ---------------------------------------------------------------------------------------------------------------------

export function isWish({ by }: Deed): boolean {
  return by === 'application' || by === 'operator';
}
