import { BUCKETS, type Bytes } from '../../core/bytes.js';
import { clientKeyOf, isLive } from '../../core/entry.js';
import type { Connection } from './connection.js';
import { idOf, idToKey } from './ledger.js';
import { bufferOf, type Site } from './site.js';
import { isSame, readLook, readValue, type State } from './state.js';

const KEYS_PER_LOOK = 100;
const KEYS_PER_SCAN = 500;
const WRITES_PER_STEP = 500;
/** From so many missing keys on, and more than half of them all, a loss is more likely than deletes. */
const SUSPICIOUS_KEYS = 100;

/**
 * Why a scan is made, which says what a difference means:
 * - attach: this Redis is new to the node. What only one has the other gets; where both have a value, the cluster's stands.
 * - gap: the same run of the same server. What differs was written meanwhile, what is missing was deleted or evicted.
 * - flush: the same, and the application has just emptied a database: missing is deleted, however much it is.
 * - suspect: another run of the server, or another server. It may have lost data, so what differs is held.
 */
export type ScanReason = 'attach' | 'gap' | 'flush' | 'suspect';

/**
 * Compares all keys, in slices between which Redis serves others. Keys that the node has come first, bucket by bucket; then
 * those that only Redis has, by SCAN. What changes while it runs is reported by the tracking, and read anew.
 */
export class Rescan {
  isDone = false;
  checked = 0;
  readonly startedMs = performance.now();
  private bucket = 0;
  private chunks: Bytes[][] = [];
  private cursor: string | null = null;
  private readonly missing = new Set<string>();
  private deleting: string[] | null = null;

  constructor(
    private readonly site: Site,
    private readonly connection: Connection,
    readonly reason: ScanReason,
    /** Evictions since the node last knew what Redis holds. */
    private readonly evictedMeanwhile: number,
  ) {}

  async step(): Promise<void> {
    if (this.deleting !== null) return this.stepDelete(this.deleting);
    if (this.cursor !== null) return this.stepScan(this.cursor);
    this.fillChunks();
    const keys = this.chunks.shift();
    if (keys !== undefined) return this.compare(keys);
    this.cursor = '0';
  }

  private fillChunks(): void {
    const { store } = this.site;
    const nowMs = this.site.nowMs();
    let wanted: Bytes[] = [];
    while (this.chunks.length === 0 && this.bucket < BUCKETS && wanted.length < KEYS_PER_LOOK) {
      const live = store.bucket(this.bucket++).filter((entry) => isLive(entry, nowMs) && this.site.covers(entry.key));
      wanted.push(...live.map((entry) => entry.key));
    }
    for (; wanted.length > 0; wanted = wanted.slice(KEYS_PER_LOOK)) this.chunks.push(wanted.slice(0, KEYS_PER_LOOK));
  }

  private async compare(keys: readonly Bytes[]): Promise<void> {
    const looks = await this.connection.look(keys.map((key) => bufferOf(clientKeyOf(key))));
    const different = keys.filter((key, i) => this.compareOne(key, readLook(looks[i])));
    this.checked += keys.length;
    if (different.length > 0) await this.readHeld(different);
  }

  /** What only looks different, since Redis dumps it otherwise than before, is held no more. */
  private async readHeld(keys: readonly Bytes[]): Promise<void> {
    const reads = await this.connection.read(keys.map((key) => bufferOf(clientKeyOf(key))));
    for (const [i, key] of keys.entries()) {
      const read = readValue(reads[i]);
      if (read !== null && this.site.isRedump(idOf(key), key, read)) this.site.held.delete(idOf(key));
    }
  }

  /** Gives whether the key is held because Redis has it otherwise. */
  private compareOne(key: Bytes, state: State): boolean {
    const { site } = this;
    const id = idOf(key);
    const nowMs = site.nowMs();
    if (site.held.has(id)) {
      // Only the operator ends a hold; what Redis has by now is what a restore replaces.
      site.held.set(id, state);
      return false;
    }
    if (site.dirty.has(id) || site.isAsKnown(id, key, state)) return false;
    if (isSame(site.stateOfEntry(id, site.store.get(key)), state, nowMs)) {
      site.ledger.settle(id);
      return false;
    }
    if (this.reason === 'suspect') site.held.set(id, state);
    else if (state !== null && this.isConflict(id, key)) site.conflicts.set(id, 'cluster');
    else if (state !== null) site.dirty.add(id);
    else if (this.reason === 'attach') site.ledger.set(id, { base: null, wanted: true });
    else this.missing.add(id);
    return this.reason === 'suspect' && state !== null;
  }

  /** What this node wrote since its start, and nobody changed since, it has from this very Redis: that wrote on meanwhile. */
  private isConflict(id: string, key: Bytes): boolean {
    const { ledger, store, port } = this.site;
    if (this.reason !== 'attach') return false;
    const entry = store.get(key);
    return ledger.get(id) !== undefined || (entry !== undefined && !port.isOwn(entry));
  }

  private async stepScan(cursor: string): Promise<void> {
    const { prefix } = this.site.target;
    const match = prefix.length === 0 ? [] : ['MATCH', Buffer.concat([prefix, Buffer.from('*')])];
    const reply = await this.connection.send('SCAN', cursor, ...match, 'COUNT', String(KEYS_PER_SCAN));
    const [next, found] = Array.isArray(reply) ? reply : [];
    const keys = Array.isArray(found) ? found.filter((key) => Buffer.isBuffer(key)) : [];
    await this.compareUnknown(keys.map((key) => this.site.fullKey(key)));
    if (String(next) === '0') this.end();
    else this.cursor = String(next);
  }

  /** Keys that the node has deleted, and that are back, may be so because Redis lost the delete, or never had it. */
  private async compareUnknown(keys: readonly Bytes[]): Promise<void> {
    const { store, dirty } = this.site;
    const nowMs = this.site.nowMs();
    const unknown = keys.filter((key) => !isLive(store.get(key), nowMs));
    const isSure = this.reason === 'suspect' || this.reason === 'attach';
    const deleted = isSure ? unknown.filter((key) => store.get(key) !== undefined) : [];
    for (const key of unknown) if (!deleted.includes(key)) dirty.add(idOf(key));
    if (deleted.length > 0) await this.compare(deleted);
  }

  private end(): void {
    const { site, missing } = this;
    if (missing.size > 0 && this.reason === 'gap' && this.evictedMeanwhile > 0) return this.keepEvicted();
    const isSuspicious = missing.size >= SUSPICIOUS_KEYS && missing.size * 2 > this.checked;
    if (this.reason === 'gap' && isSuspicious) {
      for (const id of missing) site.held.set(id, null);
      this.isDone = true;
    } else this.deleting = [...missing];
  }

  /** Some of the missing keys were evicted, and nothing says which: none of them is taken for a delete. */
  private keepEvicted(): void {
    for (const id of this.missing) {
      this.site.ledger.set(id, { base: null, wanted: this.site.ledger.get(id)?.wanted ?? false });
    }
    this.site.counters.evicted += this.missing.size;
    this.isDone = true;
  }

  /** What was missing is looked at again by the capture, right before it becomes a delete. */
  private stepDelete(ids: string[]): void {
    for (const id of ids.splice(0, WRITES_PER_STEP)) {
      if (this.site.known(id, idToKey(id)) !== null) this.site.dirty.add(id);
    }
    this.isDone = ids.length === 0;
  }
}
