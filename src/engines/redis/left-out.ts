import { Causes } from './causes.js';

/** from-redis: what Redis holds is not taken into the node. to-redis: what the node holds is not written to Redis. */
export type Way = 'from-redis' | 'to-redis';

/** When a key is tried again: by and by, or only once it changes, since nothing else can make it pass. */
export type Again = 'later' | 'when-changed';

/** A key that is left out by itself, so that all others go on. */
export interface LeftOutKey {
  readonly id: string;
  readonly way: Way;
  readonly reason: string;
  /** Unix time at which it was first left out. */
  readonly sinceMs: number;
}

interface Kept extends Omit<LeftOutKey, 'id'> {
  readonly again: Again;
  readonly tries: number;
  readonly retryAtMs: number;
  hasChanged: boolean;
  /** Left alone now; false: it is being tried again. */
  isPaused: boolean;
}

const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 64_000;
/** Keys that only Redis has are remembered up to so many: beyond, they are counted, and tried again when they change. */
const FROM_REDIS_MAX = 100_000;
/** How often a connection may end over a key alone before the key is left out. */
const ENDS_MAX = 2;

/** The keys that are left out, each with its reason, until they pass. */
export class LeftOut {
  /** How many were not remembered, there being so many. */
  uncounted = 0;
  private readonly kept = new Map<string, Kept>();
  private readonly counts = { 'from-redis': 0, 'to-redis': 0 };
  private readonly causes: Causes;
  /** Keys that were under way when a connection ended, and how often each was so alone. */
  private readonly suspects = new Map<string, number>();
  private isSuspectNext = false;

  /** @param log gets the first few keys of each reason */
  constructor(log: (key: LeftOutKey, isLast: boolean) => void) {
    this.causes = new Causes(log);
  }

  get size(): number {
    return this.kept.size + this.uncounted;
  }

  count(way: Way): number {
    return this.counts[way];
  }

  /** Whether the key is to be left alone now. */
  holds(id: string): boolean {
    return this.kept.size > 0 && this.kept.get(id)?.isPaused === true;
  }

  /** It was changed in Redis. Returns whether it is read in a while only, and not at once. */
  changed(id: string): boolean {
    const kept = this.kept.size === 0 ? undefined : this.kept.get(id);
    if (kept?.way !== 'from-redis' || !kept.isPaused) return false;
    kept.hasChanged = true;
    return true;
  }

  /** Those that are not read. */
  *unread(): Iterable<string> {
    for (const [id, { way }] of this.kept) if (way === 'from-redis') yield id;
  }

  /** What changed in Redis is not known: each of them may have. */
  anyChanged(): void {
    for (const kept of this.kept.values()) if (kept.way === 'from-redis') kept.hasChanged = true;
  }

  note(id: string, way: Way, reason: string, again: Again, nowMs: number): void {
    const known = this.kept.get(id);
    if (known === undefined && way === 'from-redis' && this.counts[way] >= FROM_REDIS_MAX) {
      this.uncounted++;
      return;
    }
    const tries = (known?.tries ?? 0) + 1;
    const retryAtMs = nowMs + Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** (tries - 1));
    const sinceMs = known?.sinceMs ?? nowMs;
    this.causes.refused({ id, way, reason, sinceMs }, known?.reason);
    this.clear(id);
    this.causes.add(id, reason, again === 'later');
    this.kept.set(id, { way, reason, sinceMs, again, tries, retryAtMs, hasChanged: false, isPaused: true });
    this.counts[way]++;
  }

  /** It passes, or is no more. */
  clear(id: string): void {
    if (this.suspects.size > 0) this.suspects.delete(id);
    const known = this.kept.size === 0 ? undefined : this.kept.get(id);
    if (known === undefined) return;
    this.kept.delete(id);
    this.causes.delete(id, known.reason);
    this.counts[known.way]--;
  }

  /** It passed. What was left out for the same reason is worth another try at once. */
  passed(id: string): void {
    const reason = this.kept.size === 0 ? undefined : this.kept.get(id)?.reason;
    if (reason !== undefined) this.causes.passed(reason);
    this.clear(id);
  }

  /** Another server may take them. */
  clearAll(): void {
    this.kept.clear();
    this.causes.clear();
    this.counts['from-redis'] = this.counts['to-redis'] = this.uncounted = 0;
  }

  /** Once a beat: up to `limit` keys that are to be tried again now. */
  due(nowMs: number, limit: number): LeftOutKey[] {
    const due: LeftOutKey[] = [];
    for (const [id, kept] of this.kept) {
      if (due.length === limit) break;
      if (kept.isPaused && this.isDue(kept, nowMs)) due.push(this.retry(id, kept));
    }
    this.causes.beat(nowMs);
    return due;
  }

  /** In between: up to `limit` of those whose reason seems to be over, since others passed and none was refused. */
  next(limit: number): LeftOutKey[] {
    return this.causes.passing(limit).map((id) => this.retry(id, this.kept.get(id)!));
  }

  private isDue({ retryAtMs, again, hasChanged, reason }: Kept, nowMs: number): boolean {
    if (again === 'when-changed' && !hasChanged) return false;
    return retryAtMs <= nowMs || (again === 'later' && this.causes.hasPassed(reason));
  }

  private retry(id: string, kept: Kept): LeftOutKey {
    kept.isPaused = false;
    this.causes.retried(id, kept.reason);
    return { id, way: kept.way, reason: kept.reason, sinceMs: kept.sinceMs };
  }

  list(limit: number): LeftOutKey[] {
    const listed: LeftOutKey[] = [];
    for (const [id, { way, reason, sinceMs }] of this.kept) {
      if (listed.length === limit) break;
      listed.push({ id, way, reason, sinceMs });
    }
    return listed;
  }

  // ---- keys over which a connection ended

  /** The connection ended while these were under way: one of them may be why. */
  blame(ids: readonly string[], way: Way, reason: string, nowMs: number): void {
    const [id] = ids;
    if (ids.length === 1 && id !== undefined) {
      const ends = (this.suspects.get(id) ?? 0) + 1;
      this.suspects.set(id, ends);
      if (ends >= ENDS_MAX) this.note(id, way, `the connection ended over it: ${reason}`, 'when-changed', nowMs);
      return;
    }
    for (const one of ids) if (!this.suspects.has(one)) this.suspects.set(one, 0);
  }

  /** Of the keys of a batch, those that go together: a suspect goes alone, in turn with the others. */
  together<T>(items: readonly T[], idOf: (item: T) => string): T[] {
    if (this.suspects.size === 0) return [...items];
    const others = items.filter((item) => !this.suspects.has(idOf(item)));
    const suspect = items.find((item) => this.suspects.has(idOf(item)));
    this.isSuspectNext = !this.isSuspectNext;
    return suspect !== undefined && (others.length === 0 || this.isSuspectNext) ? [suspect] : others;
  }

  /** They went through. */
  acquit(ids: readonly string[]): void {
    if (this.suspects.size > 0) for (const id of ids) this.suspects.delete(id);
  }
}
