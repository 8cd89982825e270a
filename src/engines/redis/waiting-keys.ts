import type { Hlc } from '../../core/model/hlc.js';

/** How many of those that wait longest are looked at for one that counts. */
const LOOKED_AT_MAX = 1000;
/** A report of a key that has waited for less changes nothing: what was reported is not old. */
const RECENT_MS = 1000;

/** Keys that wait, in the order in which they came, and since when. */
export class WaitingKeys {
  /** Each in whole milliseconds of 32 bits, which take no memory of their own: keys may come by tens of thousands a second. */
  private readonly since = new Map<string, number>();
  /** Those that were reported again when they had waited long, and when. */
  private readonly again = new Map<string, number>();
  /** Those whose change may be old, as where a scan found it and nobody had reported it. */
  private readonly found = new Map<string, Found>();

  constructor(private readonly monoMs: () => number) {}

  get size(): number {
    return this.since.size;
  }

  has(id: string): boolean {
    return this.since.has(id);
  }

  /** It has just changed. One that waits already keeps its place. */
  add(id: string): void {
    const since = this.since.get(id);
    const nowMs = this.monoMs() | 0;
    if (since === undefined) this.since.set(id, nowMs);
    else if (((nowMs - since) | 0) > RECENT_MS) this.again.set(id, nowMs);
    const found = this.found.size === 0 ? undefined : this.found.get(id);
    if (found !== undefined) found.isReported = true;
  }

  /** It has changed at some time after this one. */
  addFound(id: string, after: Hlc): void {
    if (this.since.has(id)) return;
    this.since.set(id, this.monoMs() | 0);
    this.found.set(id, { after, isReported: false });
  }

  /** One that waits may have changed at any time after this one. */
  mayBeOld(id: string, after: Hlc): void {
    if (this.found.get(id)?.isReported !== false) this.found.set(id, { after, isReported: false });
  }

  /** One that waits was reported, which says nothing of how old its change is if it is missing: Redis reports what expires, too. */
  mayHaveExpired(id: string, after: Hlc): void {
    if (!this.found.has(id)) this.found.set(id, { after, isReported: true });
  }

  /** After which time one that waits has changed, where nobody has reported it, and for how long it waits; null: it was reported. */
  foundOf(id: string): { readonly after: Hlc; readonly waitedMs: number } | null {
    const found = this.found.size === 0 ? undefined : this.found.get(id);
    if (found === undefined || found.isReported) return null;
    return { after: found.after, waitedMs: this.agoMs(this.since.get(id)!) };
  }

  /** Takes it out. Returns for how long at least nobody has reported it, and what a scan knows. */
  take(id: string): Waited {
    const nowMs = this.monoMs() | 0;
    const waited = {
      reportedMs: this.again.get(id) ?? this.since.get(id) ?? nowMs,
      found: this.found.get(id) ?? null,
    };
    this.delete(id);
    return waited;
  }

  /** One that was taken out waits again, as before. */
  putBack(id: string, { reportedMs, found }: Waited): void {
    if (this.since.has(id)) return;
    this.since.set(id, reportedMs);
    if (found !== null) this.found.set(id, found);
  }

  delete(id: string): void {
    this.since.delete(id);
    if (this.again.size > 0) this.again.delete(id);
    if (this.found.size > 0) this.found.delete(id);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.since.keys();
  }

  /** For how long the first of them has been waiting, without those that do not count; 0: none. */
  ageMs(counts: (id: string) => boolean): number {
    let looked = 0;
    for (const [id, since] of this.since) {
      if (counts(id)) return this.agoMs(since);
      if (++looked === LOOKED_AT_MAX) break;
    }
    return 0;
  }

  agoMs(sinceMs: number): number {
    return Math.max(0, (this.monoMs() - sinceMs) | 0);
  }
}

/** How old a change may be that a key waits for. */
export interface Waited {
  /** When it was reported last, as {@link WaitingKeys.agoMs} takes it. */
  readonly reportedMs: number;
  /** null: it is as old as the report. */
  readonly found: Readonly<Found> | null;
}

/** A change that may be older than any report of it. */
export interface Found {
  /** It came after this time of the node's clock. */
  readonly after: Hlc;
  /** It was reported since. So a value is new; what is missing may be an old value that has expired. */
  isReported: boolean;
}
