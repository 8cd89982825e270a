import { BUCKETS, type Bytes, bucketOf } from '../../core/model/bytes.js';
import { clientKeyOf } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { Connection } from './connection.js';
import { isElsewhere, reasonOf } from './failures.js';
import { isThere, sizeOf } from './large-entry.js';
import { idOf, idToKey } from './ledger.js';
import { batchOf, type Found, readKeys } from './reading.js';
import { RedisFailure } from './reply-parser.js';
import type { ScanScope } from './scan-scope.js';
import { bufferOf, type Site } from './site.js';
import { statesOf } from './sliced-read.js';
import { asBaseOfRead, isCollection, type ReadValue, type State } from './state.js';

const KEYS_PER_LOOK = 100;
const KEYS_PER_SCAN = 500;
const WRITES_PER_STEP = 2048;
/** Of a Redis that came back with older data, all that it has may be held. */
const HELD_BYTES_MAX = 32 << 20;
/** From so many missing keys on, and more than half of them all, a loss is more likely than deletes. */
const SUSPICIOUS_KEYS = 100;

/** What the node did not see. */
export interface Absence {
  /** The time of the node's clock from which on it did not. */
  readonly since: Hlc;
  /** Keys evicted since the node last knew what Redis holds. */
  readonly evicted: number;
  /** Whether only keys with an expiry can have been among them. */
  readonly sparesLasting: boolean;
}

/**
 * Compares all keys of a scope, in slices between which Redis serves others. Keys that the node has come first, bucket by
 * bucket; then those that only Redis has, by SCAN. What changes while it runs is reported by the tracking, and read anew.
 */
export class Rescan {
  isDone = false;
  /** Some keys are elsewhere for now: it can go on once the Redis Cluster was asked anew. */
  isWaiting = false;
  checked = 0;
  readonly startedMs: number;
  private bucket = 0;
  /** All keys of the buckets before this one are compared. */
  private comparing = 0;
  private chunks: Bytes[][] = [];
  private cursor: string | null = null;
  private readonly missing = new Set<string>();
  /** Keys with something pending that were compared. */
  private readonly compared = new Set<string>();
  private pending: Iterator<string> | null = null;
  private pendingLeft = 0;
  /** Keys that only a Redis has which may have lost data: new ones, or old ones whose delete it lost. */
  private readonly unknown: Bytes[] = [];
  private hasScanned = false;
  private isFenced = false;
  private held = 0;
  private deleting: string[] | null = null;
  /** Collections among the unknown ones: see {@link postpones}. */
  private readonly postponed = new Set<string>();
  /** Of the collections that are held and whose elements are kept. */
  private heldBytes = 0;
  /** Those that the capture looks at now. */
  private looking: string[] = [];

  constructor(
    private readonly site: Site,
    private readonly connection: Connection,
    readonly scope: ScanScope,
    private readonly absence: Absence,
  ) {
    this.startedMs = site.ports.monoMs();
  }

  /** All that is left is for the capture to do, which has its own pace. */
  get isLooking(): boolean {
    return this.deleting?.length === 0 && this.looking.length > 0;
  }

  async step(): Promise<void> {
    this.isWaiting = false;
    if (this.deleting !== null) return this.stepDelete(this.deleting);
    this.fillChunks();
    const keys = this.chunks.shift();
    if (keys !== undefined) return this.compare(keys);
    this.comparing = BUCKETS;
    if (this.fillPending()) return;
    if (this.hasScanned && !this.isFenced) return this.fence();
    if (this.hasScanned) return this.end();
    return this.stepScan(this.cursor ?? '0');
  }

  /** A flush that says why keys are missing is known before they are counted. */
  private async fence(): Promise<void> {
    await this.connection.fence();
    this.isFenced = true;
  }

  private fillChunks(): void {
    const { store } = this.site;
    const wanted: Bytes[] = [];
    if (this.chunks.length === 0) this.comparing = this.bucket;
    while (this.chunks.length === 0 && this.bucket < BUCKETS && wanted.length < KEYS_PER_LOOK) {
      for (const key of store.keysIn(this.bucket++)) if (this.covers(key)) wanted.push(key);
    }
    this.enqueue(wanted);
  }

  /**
   * What is pending is compared as well, where no entry is left: deletes. Else one of a Redis that lost the key already, and a
   * write that takes the delete's place during the scan, would look like a delete of the application.
   */
  private fillPending(): boolean {
    const { ledger } = this.site;
    this.pendingLeft = this.pending === null ? ledger.wanted + ledger.evicted : this.pendingLeft;
    this.pending ??= ledger.ids();
    const keys: Bytes[] = [];
    // Rows that come later are of keys that are known to be compared, or of keys that the SCAN finds.
    for (; this.pendingLeft > 0 && keys.length < KEYS_PER_LOOK; this.pendingLeft--) {
      const { value: id, done } = this.pending.next();
      if (done === true) this.pendingLeft = 1;
      else if (ledger.get(id)?.wanted === true && !this.compared.has(id) && this.covers(idToKey(id)))
        keys.push(idToKey(id));
    }
    this.enqueue(keys);
    return keys.length > 0;
  }

  /**
   * Of a server that may have lost data, a key that was not compared yet and is missing by now: what it had may have been older,
   * and have expired. Returns whether it is held.
   */
  holdsMissing(id: string): boolean {
    if (this.isCompared(id) || !this.scope.has(id) || this.scope.reasonOf(id) !== 'suspect') return false;
    if (!this.site.held.has(id)) this.held++;
    this.site.held.set(id, null);
    return true;
  }

  /**
   * Of a server that may have lost data, a collection that its application has changed before it was compared: which of its elements are
   * old, and which are missing because they were lost, nothing says. Once all others are compared it is held as they are, or was changed.
   */
  postpones(id: string): boolean {
    if (this.isCompared(id) || !this.scope.has(id) || this.scope.reasonOf(id) !== 'suspect') return false;
    if (this.postponed.has(id)) return true;
    this.postponed.add(id);
    this.unknown.push(idToKey(id));
    return true;
  }

  /**
   * Of a key that the scan has found, or that was missing when it was compared and is there again: whether it may have been evicted while nobody
   * heard of it, and set anew.
   */
  mayBeEvicted(id: string, isFound: boolean): boolean {
    if (this.absence.evicted === 0 || this.scope.isFlush || !(isFound || this.missing.has(id))) return false;
    return !this.absence.sparesLasting || (this.site.store.get(idToKey(id))?.expiryMs ?? 0) !== 0;
  }

  /** An apply met what the application has written. Where it was not compared yet, that may be old. */
  met(id: string): void {
    if (this.isCompared(id) || !this.scope.has(id)) this.site.dirty.add(id);
    else this.found(id);
  }

  /** It waits to be read. What it had before is not known until it is compared. */
  reported(id: string): void {
    if (this.isCompared(id) || !this.scope.has(id) || this.scope.reasonOf(id) !== 'gap') return;
    this.site.dirty.mayHaveExpired(id, this.absence.since);
  }

  private isCompared(id: string): boolean {
    return bucketOf(idToKey(id)) < this.comparing && !this.postponed.has(id);
  }

  /** It was read or written since it was compared: what was found then says nothing any more. */
  looked(id: string): void {
    if (this.missing.size > 0) this.missing.delete(id);
  }

  private enqueue(keys: readonly Bytes[]): void {
    for (let at = 0; at < keys.length; at += KEYS_PER_LOOK) this.chunks.push(keys.slice(at, at + KEYS_PER_LOOK));
  }

  private covers(key: Bytes): boolean {
    return this.site.covers(key) && this.scope.has(idOf(key));
  }

  private async compare(chunk: readonly Bytes[]): Promise<void> {
    const keys = this.scope.isWhole ? chunk : chunk.filter((key) => this.scope.has(idOf(key)));
    const looked = await this.connection.look(
      keys.map((key) => bufferOf(clientKeyOf(key))),
      this.site.largeFrom,
    );
    const looks = await statesOf(this.site, this.connection, keys.map(idOf), looked);
    const elsewhere = keys.filter((_, i) => isElsewhere(looks[i]));
    for (const [i, look] of looks.entries())
      if (look instanceof RedisFailure && !isElsewhere(look))
        this.site.leaveOut(idOf(keys[i]!), reasonOf(look), 'later');
    if (elsewhere.length > 0) {
      this.chunks.push([...elsewhere]);
      for (const key of elsewhere) this.site.waiting.add(idOf(key));
      this.isWaiting = true;
    }
    const found = keys.flatMap((key, i) => {
      const look = looks[i];
      return look === undefined || look instanceof RedisFailure ? [] : [{ key, state: look }];
    });
    const { ledger } = this.site;
    const news = ledger.together(() => found.filter(({ key, state }) => !this.isSame(key, state)));
    // What the application has changed during the scan is known to be dirty before anything is made of a difference.
    if (news.length > 0) await this.connection.fence();
    const different = ledger.together(() => news.filter(({ key, state }) => this.compareOne(key, state)));
    this.checked += keys.length - elsewhere.length;
    if (different.length > 0) await this.readHeld(different.map(({ key }) => key));
  }

  /** Whether Redis holds what the node has. */
  private isSame(key: Bytes, state: State): boolean {
    const { held, dirty, ledger, store } = this.site;
    const id = idOf(key);
    if (state !== null) this.connection.flush?.seen.add(id);
    if (held.has(id) || dirty.has(id) || this.site.comparison.recogniseLook(id, key, state) !== 'entry') return false;
    ledger.settle(id);
    // It is read, and becomes parts.
    if (isCollection(state) && store.isWholeCollection(store.get(key)) && this.site.port.takesParts()) dirty.add(id);
    return true;
  }

  /** What only looks different, since Redis dumps it otherwise than before, is held no more. */
  private async readHeld(keys: readonly Bytes[]): Promise<void> {
    for (let left = keys.map(idOf); left.length > 0; ) {
      const ids = batchOf(this.site, left);
      const reads = await readKeys(this.site, this.connection, ids);
      const later = new Set(ids.filter((_, i) => reads[i] === 'later'));
      left = left.filter((id) => later.has(id) || !ids.includes(id));
      for (const [i, id] of ids.entries()) this.release(id, reads[i]!);
    }
  }

  private release(id: string, read: Found): void {
    if (read === null || typeof read === 'string' || 'reason' in read) return;
    const found = this.site.comparison.recognise(id, idToKey(id), read);
    if (found === 'other') return this.keepHeld(id, read);
    if (found === 'entry') this.site.ledger.settle(id);
    this.site.held.delete(id);
    this.held--;
  }

  /** What a collection has that is held: what its application changes in it later is judged by that. */
  private keepHeld(id: string, read: ReadValue): void {
    if (!this.site.held.has(id) || this.heldBytes + sizeOf(read) > HELD_BYTES_MAX) return;
    const state = asBaseOfRead(read);
    if (state?.content === undefined) return;
    this.heldBytes += sizeOf(read);
    this.site.held.set(id, state);
  }

  /** Returns whether the key is held because Redis has it otherwise. */
  private compareOne(key: Bytes, state: State): boolean {
    const { site } = this;
    const id = idOf(key);
    if (site.held.has(id)) {
      // Only the operator ends a hold; what Redis has by now is what a restore replaces.
      site.held.set(id, state);
      return false;
    }
    if (site.ledger.get(id)?.wanted === true) this.compared.add(id);
    const reason = this.scope.reasonOf(id);
    // What was reported is read later. Where data may be lost, what is missing may be an older value that has just expired: that is held. So is
    // a collection that goes on changing, once all others are compared.
    const isReadLater = site.dirty.has(id) && (state !== null || reason !== 'suspect');
    if (isReadLater && !(reason === 'suspect' && isCollection(state) && !this.postpones(id))) return false;
    const found = site.comparison.recogniseLook(id, key, state);
    if (found === 'entry') site.ledger.settle(id);
    if (found === 'base' && reason === 'flush' && site.ledger.get(id)?.wanted === false) this.missing.add(id);
    if (found !== 'other') return false;
    if (reason === 'suspect') return this.hold(id, state);
    const isConflict =
      reason === 'attach' ? this.isConflict(id, key) : reason === 'gap' && this.isOutrun(id, key, state);
    // A delete is set aside too, if it was one.
    const isDelete = state === null && reason === 'gap' && this.absence.evicted === 0;
    if (isConflict && (state !== null || isDelete)) site.conflicts.set(id, 'cluster');
    else if (state !== null) this.found(id);
    else if (isConflict || (reason === 'attach' && !site.wentMissing(id, site.store.get(key))))
      site.ledger.set(id, { bases: [null], wanted: true });
    else this.missing.add(id);
    return false;
  }

  /** Others have changed the key since. Of a collection that is asked of each element, once it is read. */
  private isOutrun(id: string, key: Bytes, state: State): boolean {
    const { store, port } = this.site;
    const isInParts = state === null ? store.isComposed(key) : isCollection(state);
    return !(isInParts && port.takesParts()) && this.site.wasChangedSince(id, this.absence.since);
  }

  /**
   * It is read, and given a version. What others change while the node cannot see what the application does may be older or later;
   * what they changed before that is older.
   */
  private found(id: string): void {
    this.site.dirty.addFound(id, this.sinceOf(id));
  }

  /** Of a new Redis nobody knows how old its values are: they count as of the beginning. */
  private sinceOf(id: string): Hlc {
    return this.scope.reasonOf(id) === 'attach' ? this.site.attach.since : this.absence.since;
  }

  private hold(id: string, state: State): boolean {
    this.site.held.set(id, state);
    this.held++;
    return state !== null;
  }

  /** What this node wrote since the attach began, and nobody changed since, it has from this very Redis: that wrote on meanwhile. */
  private isConflict(id: string, key: Bytes): boolean {
    const { ledger, store } = this.site;
    const entry = store.get(key);
    return ledger.get(id) !== undefined || (entry !== undefined && !this.site.isFromRedis(entry));
  }

  private async stepScan(cursor: string): Promise<void> {
    const { prefix } = this.site.target;
    const match = prefix.length === 0 ? [] : ['MATCH', Buffer.concat([prefix, Buffer.from('*')])];
    const reply = await this.connection.send('SCAN', cursor, ...match, 'COUNT', String(KEYS_PER_SCAN));
    const [next, found] = Array.isArray(reply) ? reply : [];
    const keys = Array.isArray(found) ? found.filter((key) => Buffer.isBuffer(key)) : [];
    this.sortUnknown(keys.map((key) => this.site.fullKey(key)));
    this.cursor = String(next);
    this.hasScanned = this.cursor === '0';
  }

  /** Keys that the node has deleted, and that are back, may be so because Redis lost the delete, or never had it. */
  private sortUnknown(keys: readonly Bytes[]): void {
    const { store, ledger } = this.site;
    const nowMs = this.site.nowMs();
    const deleted: Bytes[] = [];
    for (const key of keys) {
      const [id, entry] = [idOf(key), store.get(key)];
      const isPending = ledger.get(id)?.wanted === true;
      if (isPending ? this.compared.has(id) : isThere(entry, nowMs)) continue;
      if (!this.scope.has(id)) continue;
      const reason = this.scope.reasonOf(id);
      if (isPending) deleted.push(key);
      else if (entry !== undefined && (reason === 'suspect' || reason === 'attach')) deleted.push(key);
      else if (reason === 'suspect') this.unknown.push(key);
      else this.found(id);
    }
    this.enqueue(deleted);
  }

  private end(): void {
    const { site, missing } = this;
    if (this.unknown.length > 0) return this.endUnknown();
    if (missing.size > 0 && !this.scope.isFlush && this.absence.evicted > 0) this.keepEvicted();
    const isSuspicious = missing.size >= SUSPICIOUS_KEYS && missing.size * 2 > this.checked;
    if (!this.scope.isFlush && isSuspicious) {
      for (const id of missing) site.held.set(id, null);
      this.isDone = true;
    } else this.deleting = [...missing];
  }

  /**
   * A Redis that came back with older data may have lost deletes that the node does not remember either. So where it lost
   * anything that the node knows of, the keys that are new to the node are held too.
   */
  private endUnknown(): void {
    const keys = this.unknown.splice(0);
    this.postponed.clear();
    if (this.held > 0) this.enqueue(keys);
    else for (const key of keys) this.found(idOf(key));
  }

  /** Some of the missing keys were evicted. Which of them nothing says: those that can be are not taken for deleted. */
  private keepEvicted(): void {
    const { site, missing, absence } = this;
    let kept = 0;
    for (const id of missing) {
      // It was there since, and is read anyway.
      if (site.dirty.has(id)) {
        missing.delete(id);
        continue;
      }
      const isLasting = (site.store.get(idToKey(id))?.expiryMs ?? 0) === 0;
      if (isLasting && absence.sparesLasting) continue;
      site.missing(id, 'unknown');
      missing.delete(id);
      kept++;
    }
    site.counters.evicted += kept;
    site.noteDeletedAway(kept - absence.evicted);
  }

  /** What was missing is looked at again by the capture, right before it becomes a delete. */
  private stepDelete(ids: string[]): void {
    const { dirty } = this.site;
    this.looking = this.looking.filter((id) => dirty.has(id) && this.scope.has(id));
    const more = ids.splice(-Math.max(1, WRITES_PER_STEP - this.looking.length), WRITES_PER_STEP - this.looking.length);
    for (const id of more) {
      this.looking.push(id);
      this.found(id);
    }
    this.isDone = ids.length === 0 && this.looking.length === 0;
  }
}
