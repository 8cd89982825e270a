import type { About } from '../../core/model/about.js';
import type { Bytes } from '../../core/model/bytes.js';
import {
  clientKeyOf,
  databaseOf,
  type Entry,
  fullKey,
  lastWriteOf,
  type Touch,
  type ValueType,
} from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import { isEnded, isPartKey, standsOn, wholeKeyOf } from '../../core/model/parts.js';
import { lastHlcOf } from '../../core/model/version.js';
import type { EarlierWrites } from '../../core/replication/earlier-writes.js';
import { livePartsOf } from '../../core/resolution/live-parts.js';
import type { Overrides, OverridesKind } from '../../core/resolution/overrides.js';
import type { Storage, Store } from '../../core/store/store.js';
import { Asides } from './asides.js';
import { BatchBytes } from './batch-bytes.js';
import type { Collection } from './collection-dump.js';
import { Comparison } from './comparison.js';
import type { Connection } from './connection.js';
import { FirstAttach } from './first-attach.js';
import { forgetOtherScope } from './known-scope.js';
import { KnownServers } from './known-servers.js';
import { isThere } from './large-entry.js';
import { idOf, idToKey, Ledger } from './ledger.js';
import { ABSENT } from './ledger-row.js';
import { type Again, LeftOut } from './left-out.js';
import { Neighbours } from './neighbours.js';
import { NodeCopy } from './node-copy.js';
import { setAsideWhole } from './part-asides.js';
import type { Ports } from './ports.js';
import { isSame, isSameValue, type ReadValue, type State, stateOfRead } from './state.js';
import type { RedisTarget } from './target.js';
import { Unreplicated } from './unreplicated.js';
import { WaitingKeys } from './waiting-keys.js';

/** What the bridge needs of its node. */
export interface NodePort {
  readonly storage: Storage;
  /** Writes of the application, seen in Redis, get their versions here. */
  readonly earlier: Pick<EarlierWrites, 'write' | 'touch' | 'deleteAt' | 'part' | 'expire' | 'isFenced'>;
  /** Whether hashes, sets and sorted sets are written as parts now, which some member may not know. */
  takesParts(): boolean;
  /** A time after all that the node has seen. */
  now(): Hlc;
  /** Whether a write was made by this node since it was started; with `everBefore`, also if it was before that. */
  isOwn(write: Pick<Touch, 'origin'>, everBefore?: boolean): boolean;
  /** Keeps what is overridden where this Redis and the cluster held different values. */
  overrides(kind: OverridesKind): Overrides;
  /** Whether the node has all that a member must have. */
  isReady(): boolean;
  /** Resolves once what was done so far survives a kill of the process, and a power failure. */
  durable(): Promise<void>;
  /** Whether what is written now waits behind much that the other members have yet to take. */
  isFeedingMuch(): boolean;
  /** Something was written: see to it that it is replicated. */
  changed(): void;
  /** Who the node is. */
  self(): { readonly cluster: string; readonly name: string; readonly address: string };
  log(level: 'info' | 'warn' | 'error', message: string, about?: About): void;
}

/** When a write of the application was made, at the earliest. */
export interface Made {
  readonly after: Hlc;
  /** Nobody reported it: it may be much later. */
  readonly isFound: boolean;
}

export interface Counters {
  captured: number;
  applied: number;
  /** Applies that found a write of the application, which was then versioned first. */
  overtaken: number;
  /** Reads that found what the node knew already. */
  unchanged: number;
  evicted: number;
}

/** What capture, apply and rescan share: which keys are in question, and what Redis is known to hold. */
export class Site {
  readonly ledger: Ledger;
  /** What the node has, each key as Redis would hold it. */
  readonly store: NodeCopy;
  readonly comparison: Comparison;
  readonly servers: KnownServers;
  readonly neighbours: Neighbours;
  readonly batch = new BatchBytes();
  readonly unreplicated = new Unreplicated();
  /** Ids of keys that the application may have changed. Out of here before it is read: a change meanwhile puts it back. */
  readonly dirty: WaitingKeys;
  /** Keys that a Redis which may have lost data lacks or has otherwise, with what it has: nothing is done with them. */
  readonly held = new Map<string, State>();
  /**
   * Keys that this Redis and the cluster hold otherwise, and which of the two values stands: the other is set aside first. restore: the
   * cluster's, by an operator.
   */
  readonly conflicts = new Map<string, 'cluster' | 'redis' | 'restore'>();
  readonly asides: Asides;
  /** Keys that their server does not have now, or takes no write of: left alone until its Redis Cluster was asked anew. */
  readonly waiting = new Set<string>();
  /** Keys that cannot be read from this Redis, or written to it, such as a dump of a newer version. */
  readonly leftOut: LeftOut;
  /** Keys under which Redis holds much, with how much it was last. */
  readonly longValues = new Map<string, number>();
  /** When the latest of them was read. */
  longReadMs = Number.NEGATIVE_INFINITY;
  /** When the next of them may be read. */
  private longAfterMs = Number.NEGATIVE_INFINITY;
  /** Whether the next batch that is read is of them. */
  areLongNext = false;
  /** Keys that were read and have more changes than are captured in one go, with how many were. */
  readonly unfinished = new Map<string, number>();
  readonly counters: Counters = { captured: 0, applied: 0, overtaken: 0, unchanged: 0, evicted: 0 };
  /** Whether all keys were compared once since the node was put beside this Redis. */
  isAttached = false;
  /** Whether changes of the node's entries are noted. Before the first connection all that the node has is compared anyway. */
  watches: boolean;
  /** Wakes all who work on it. */
  signal: () => void = () => {};
  readonly attach: FirstAttach;
  /** Keys of collections that have expired in the node, and that Redis is known not to have either, whatever their expiry was there. */
  private readonly gone = new Set<string>();
  /** Set while the bridge itself writes to the core: what it writes is what Redis has. */
  private isCapturing = false;
  private readonly entries: Store;

  constructor(
    readonly target: RedisTarget,
    readonly port: NodePort,
    readonly ports: Ports,
  ) {
    forgetOtherScope(port, target);
    this.entries = port.storage.store('data');
    this.store = new NodeCopy(this.entries, () => this.nowMs(), ports.slices.from);
    const isInParts = (id: string): boolean => this.store.isComposed(idToKey(id));
    this.ledger = new Ledger(port.storage, ports.monoMs, (id) => this.lastingAt(id), isInParts);
    this.dirty = new WaitingKeys(ports.monoMs);
    this.leftOut = new LeftOut(({ id, way, reason }, isLast) => {
      const what =
        way === 'from-redis' ? `${nameOf(id)} is not taken from Redis` : `${nameOf(id)} is not written to Redis`;
      const more = isLast ? ' More keys that meet the same are told of by mneme engine status alone.' : '';
      port.log('warn', `${what}: ${reason}${more}`, { kind: 'left-out', subject: way, keys: true });
    });
    if (port.storage.getMeta(HEARD) === undefined) this.noteHeard(port.storage.clock);
    this.neighbours = new Neighbours(this);
    this.servers = new KnownServers(port.storage);
    this.comparison = new Comparison(this.store, this.ledger, port.storage, () => this.nowMs());
    this.attach = new FirstAttach(port);
    this.asides = new Asides(port, target.label);
    if (this.servers.isComplete) this.attached();
    this.watches = this.isAttached || port.storage.getMeta(WATCHES) === true;
    this.ledger.onWanted = () => this.signal();
  }

  /** All keys were compared. */
  attached(): void {
    this.isAttached = true;
    this.attach.isOver();
    this.ledger.allSettled();
  }

  /**
   * The node's time at which all servers were last heard of. It is kept while they are: of what a node takes in from then on, killed
   * before it noticed that a server does not answer, it must not think later that it is older than what the application wrote.
   */
  get heard(): Hlc {
    return this.port.storage.getMeta(HEARD) as Hlc;
  }

  noteHeard(heard: Hlc): void {
    if (heard !== this.heard) this.port.storage.setMeta(HEARD, heard);
  }

  /** Once the node has what a member must have, changes are noted, also across a crash before the first scan is through. */
  watch(): void {
    if (!this.watches) this.port.storage.setMeta(WATCHES, true);
    this.watches = true;
  }

  /** Whether this Redis held an entry: the node has it from there, since the first attach began. */
  isFromRedis(entry: Entry): boolean {
    return this.port.isOwn(lastWriteOf(entry)) || this.port.isOwn(entry) || this.attach.wrote(entry);
  }

  /** The same of a key that Redis does not have: if nothing waits to be written there, it was deleted or evicted since. */
  wentMissing(id: string, entry: Entry | undefined): boolean {
    return entry !== undefined && this.ledger.get(id) === undefined && this.attach.wrote(entry);
  }

  /** What Redis has under a key cannot be taken into the node. */
  leaveOut(id: string, reason: string, again: Again): void {
    this.leftOut.note(id, 'from-redis', reason, again, this.nowMs());
  }

  /**
   * Whether a long value may be read now. Writes leave the node in their order, so a long one is read when the members have
   * taken the one before: then a short one that is written meanwhile waits for one of them at most. A slow member slows it only so far. Redis
   * does nothing else while it dumps one, and is left alone for longer than that took.
   */
  mayReadLong(): boolean {
    if (this.ports.monoMs() < this.longAfterMs) return false;
    return this.ports.monoMs() - this.longReadMs > LONG_WAIT_MS_MAX || !this.port.isFeedingMuch();
  }

  /** A collection of so many elements is read in slices, where its elements are versioned one by one. */
  get largeFrom(): number {
    return this.port.takesParts() ? this.ports.slices.from : Number.MAX_SAFE_INTEGER;
  }

  /** Long values were read, which took so long: as they are, and in slices between which Redis serves others. */
  readLong(tookMs: number, slicedMs: number): void {
    const restMs = LONG_REST_FACTOR * tookMs + slicedMs;
    this.longAfterMs = this.ports.monoMs() + Math.min(LONG_REST_MS_MAX, restMs);
  }

  get isLongWaiting(): boolean {
    return this.longValues.size > 0 && this.dirty.size > 0;
  }

  /** For how long the longest of what could pass has waited to be read, or to be written. */
  get waitingMs(): number {
    const { dirty, ledger, held, conflicts, leftOut, waiting } = this;
    const isHeldUp = (id: string): boolean => held.has(id) || conflicts.has(id) || leftOut.holds(id) || waiting.has(id);
    return Math.max(
      dirty.ageMs((id) => !waiting.has(id)),
      ledger.waiting.ageMs((id) => !isHeldUp(id)),
    );
  }

  /** A key that was to be read is elsewhere. */
  wait(id: string): void {
    this.dirty.add(id);
    this.waiting.add(id);
  }

  /** To be called after reads and writes, and before what they said is noted down. */
  async reached(connection: Connection): Promise<void> {
    const position = await connection.measure();
    if (position === null) return;
    this.servers.reached(position.replicationId, position.offset);
    this.unreplicated.reached(position);
  }

  nowMs(): number {
    return this.ports.wallMs();
  }

  fullKey(clientKey: Bytes): Bytes {
    return fullKey(this.target.database, clientKey);
  }

  /** Whether a full key is one that Redis and the node share. */
  covers(key: Bytes): boolean {
    const { database, prefix } = this.target;
    if (isPartKey(key)) return this.covers(wholeKeyOf(key));
    if (databaseOf(key) !== database || key.length - 1 < prefix.length) return false;
    for (let i = 0; i < prefix.length; i++) if (key[i + 1] !== prefix[i]) return false;
    return true;
  }

  /** An entry, `current` as yet, is about to change for another reason than a capture: Redis is to get what comes, `then`. */
  before(key: Bytes, then: Entry | null, current: Entry | undefined): void {
    if (this.isCapturing || !this.covers(key)) return;
    const isPart = isPartKey(key);
    const whole = isPart ? wholeKeyOf(key) : key;
    if (this.store.staysSame(whole, isPart, then, current)) return;
    if (then !== null) this.noteReplaced(isPart ? undefined : whole, then, current);
    const id = idOf(whole);
    this.noteDifference(id, key, whole, then, current);
    this.ledger.changing(id, isPart ? key : null);
  }

  private noteDifference(id: string, key: Bytes, whole: Bytes, then: Entry | null, current: Entry | undefined): void {
    const isPart = whole !== key;
    const difference = this.ledger.get(id);
    this.leftOut.clear(id);
    const held = (): Entry | undefined => (this.gone.delete(id) ? this.store.get(whole) : this.store.heldAt(whole));
    const base = (): State => this.comparison.baseOf(id, this.entries.owners.size === 0 ? current : held());
    if (difference?.wanted === true) return this.ledger.noteSent(id, base, this.nowMs());
    const bases = difference?.bases ?? [base()];
    if (then === null && !isPart && isSame(bases[0]!, null, this.nowMs())) return this.settle(id);
    const isUnsure = difference === undefined ? !this.ledger.wasSettled(id) : difference.isUnsure === true;
    const isAbsent = !isUnsure && bases.length === 1 && bases[0] === null;
    this.ledger.set(id, isAbsent ? ABSENT : { bases, wanted: true, isUnsure });
  }

  /** A collection that the node has and that does not expire; null: it has nothing. */
  private lastingAt(id: string): Collection | null | undefined {
    const key = idToKey(id);
    if (this.store.isNone(key)) return null;
    const collection = this.store.collectionAt(key);
    return collection !== undefined && this.store.get(key)?.expiryMs === 0 ? collection : undefined;
  }

  /** `whole`: of which the parts are replaced too. */
  private noteReplaced(whole: Bytes | undefined, then: Entry, current: Entry | undefined): void {
    if (current !== undefined) this.asides.replaced(current, then, this.conflictKind);
    if (whole === undefined || !this.asides.hasFound || !this.store.isComposed(whole)) return;
    for (const part of livePartsOf(this.entries, whole, this.nowMs()))
      if (isEnded(standsOn(part), then)) this.asides.replaced(part, then, this.conflictKind);
  }

  /** An entry of another site lost to what is here. */
  lost(entry: Entry, to: Entry): void {
    if (this.covers(entry.key)) this.asides.lost(entry, to, this.conflictKind);
  }

  /**
   * The application's write becomes the node's: what Redis holds is known and the same.
   * @param made null: just now
   */
  capture(
    key: Bytes,
    value: Bytes | null,
    expiryMs: number,
    type: ValueType | undefined = undefined,
    made: Made | null = null,
  ): void {
    const id = idOf(key);
    const current = this.store.get(key);
    const before = this.isAttached && !this.conflicts.has(id) ? undefined : current;
    const read = value === null ? null : { value: bufferOf(value), type, expiryMs };
    const isOne = before === undefined && current !== undefined && !this.store.isComposed(key);
    const touches = isOne && this.comparison.isTouchOf(id, current, read);
    if (before === undefined && !touches && this.isTouchOfBase(id, read)) return;
    const written = this.writeWhole(key, before, () => {
      const after = made?.after ?? null;
      const { earlier } = this.port;
      return touches ? earlier.touch(after, current, expiryMs) : earlier.write(after, key, value, expiryMs, type);
    });
    // Of a new Redis nobody knows how old its values are.
    if (made?.isFound === true) this.asides.wasFound(written, this.isAttached ? made.after : 0);
    this.conflicts.delete(id);
    this.settle(id);
    this.held.delete(id);
    this.counters.captured++;
  }

  /** A write of a whole in the place of `before`, which is set aside if Redis never held it. */
  writeWhole(key: Bytes, before: Entry | undefined, write: () => Entry): Entry {
    const isConflict = before !== undefined && this.isConflict(idOf(key), before);
    const parts = isConflict && this.store.isComposed(key) ? livePartsOf(this.entries, key, this.nowMs()) : [];
    const written = this.versioned(write);
    if (isConflict) setAsideWhole(this.asides.of(this.conflictKind), before, parts, written);
    return written;
  }

  /** Whether others changed a key since then. */
  wasChangedSince(id: string, time: Hlc): boolean {
    const entry = this.store.get(idToKey(id));
    return this.ledger.get(id)?.wanted === true && (entry === undefined || lastHlcOf(entry) > time);
  }

  /** What others have written in the place of a part since then, which Redis has yet to get. */
  partSince(place: Bytes, time: Hlc): Entry | undefined {
    const whole = wholeKeyOf(place);
    if (this.ledger.get(idOf(whole))?.wanted !== true) return undefined;
    const written = [this.entries.get(place), this.entries.get(whole)];
    return written.find((entry) => entry !== undefined && lastHlcOf(entry) > time);
  }

  /** Why Redis and the cluster hold different values of a key. */
  get conflictKind(): OverridesKind {
    return this.isAttached ? 'absence' : 'attach';
  }

  /** Redis evicted a key, or it deleted it: what the node has stays, here and elsewhere, until that is known. */
  missing(id: string, fate: 'evicted' | 'unknown'): void {
    const wanted = this.ledger.get(id)?.wanted ?? false;
    this.ledger.set(id, { bases: [null], wanted, isDoubtful: fate === 'unknown' && !wanted });
  }

  /** While the node was away so many more keys went missing than were evicted. */
  noteDeletedAway(count: number): void {
    if (count > 0) this.port.storage.setMeta(DELETED_AWAY, this.deletedAway + count);
  }

  /** At least so many of the doubtful keys were deleted. */
  get deletedAway(): number {
    return Math.min(this.ledger.doubtful.size, (this.port.storage.getMeta(DELETED_AWAY) as number | undefined) ?? 0);
  }

  /** Somebody who knows has decided about the doubtful keys. */
  endDoubts(): void {
    this.port.storage.setMeta(DELETED_AWAY, undefined);
  }

  /** A key was deleted at that time, with all others. */
  captureFlush(key: Bytes, time: Hlc): void {
    const id = idOf(key);
    this.isCapturing = true;
    const deleted = this.port.earlier.deleteAt(time, key);
    this.isCapturing = false;
    const isLeft = deleted === null || isThere(this.store.get(key), this.nowMs());
    if (isLeft) return this.ledger.set(id, { bases: [null], wanted: true });
    this.conflicts.delete(id);
    this.settle(id);
    this.counters.captured++;
  }

  /** Say what was set aside, unless there is more to come. */
  concludeAsides(): void {
    if (this.conflicts.size === 0) this.asides.conclude();
  }

  /** What is written meanwhile is what Redis has. */
  versioned<T>(write: () => T): T {
    this.isCapturing = true;
    try {
      return write();
    } finally {
      this.isCapturing = false;
    }
  }

  /**
   * Whether the application gave another expiry to what others have replaced since. That comes to nothing, as a touch lives on the value that
   * it was made on alone; Redis is to get what the others wrote.
   */
  private isTouchOfBase(id: string, read: ReadValue | null): boolean {
    const difference = this.ledger.get(id);
    if (read === null || difference?.wanted !== true || difference.isUnsure === true) return false;
    const state = stateOfRead(read)!;
    const base = difference.bases.find((one) => one !== null && isSameValue(one, read, state));
    if (base == null) return false;
    const touched = { ...base, digest: state.digest, expiryMs: read.expiryMs };
    this.ledger.set(id, { ...difference, bases: [touched, ...difference.bases.filter((one) => one !== base)] });
    this.counters.unchanged++;
    return true;
  }

  /** Whether an entry is one that this Redis never held: its application cannot have meant to override it. */
  isConflict(id: string, entry: Entry): boolean {
    return this.conflicts.has(id) || (!this.isAttached && !this.isFromRedis(entry));
  }

  /** Redis has nothing under a key, and the node nothing that is alive. */
  noteGone(id: string, key: Bytes): void {
    if (this.entries.owners.size === 0) return;
    const [oldest] = this.gone.size < GONE_MAX ? [] : this.gone;
    if (oldest !== undefined) this.gone.delete(oldest);
    if (this.store.heldAt(key) !== this.store.get(key)) this.gone.add(id);
  }

  /** The application has written it anew. */
  isBack(id: string): void {
    this.gone.delete(id);
  }

  /** Redis holds what the node has, and as the node has it. */
  settle(id: string): void {
    this.gone.delete(id);
    this.ledger.settle(id);
    this.comparison.forgetLocal(id);
  }
}

const LONG_WAIT_MS_MAX = 1000;
const LONG_REST_FACTOR = 3;
const LONG_REST_MS_MAX = 1000;
const GONE_MAX = 10_000;
const HEARD = 'redis/heard';
const WATCHES = 'redis/attaching';

const DELETED_AWAY = 'redis/deleted-away';

/** The key of an id as the application knows it, for people. */
export function nameOf(id: string): string {
  const key = clientBuffer(idToKey(id));
  const name = JSON.stringify(key.toString('utf8', 0, NAME_BYTES));
  return key.length > NAME_BYTES ? `${name}…` : name;
}
const NAME_BYTES = 60;

export function clientBuffer(key: Bytes): Buffer {
  return bufferOf(clientKeyOf(key));
}

export function bufferOf(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
