import { type Bytes, bytesToId } from '../../../core/model/bytes.js';
import type { Batch } from '../../../engines/batch.js';
import type { ArgumentList } from '../codec/argument-list.js';
import type { ShortRequest, ValueSink } from '../codec/short-request.js';
import type { Collection, CollectionKind, SortedCollection } from '../collection.js';
import type { CommandDefinition } from '../commands/definition.js';
import type { Item, Keyspace } from '../keyspace.js';
import type { Context } from '../session.js';
import { type CommandEvents, eventsOf } from './command-events.js';
import type { EventClass } from './event-classes.js';
import type { KeyEvents } from './key-events.js';

/** The context of one command, of which key events tell: there while somebody asks for these, and else no command knows of them. */
export function noticed(context: Context, command: CommandDefinition, args: ArgumentList): Context {
  const { keyspace, keyEvents } = context.host;
  return {
    ...context,
    keyspace: new NoticedKeyspace(keyspace, keyEvents, eventsOf(command, args, keyEvents.wanted.has('m'))),
  };
}

// ---

/** The keyspace as one command uses it, with what Redis would tell of that, in its order. */
class NoticedKeyspace implements Keyspace {
  /** What is stored takes the place of what was there: to Redis that is neither deleted nor new. */
  private isReplacing = false;
  /** RENAME and MOVE: where the value went, before it leaves its own place. */
  private target: { readonly database: number; readonly key: Bytes } | null = null;

  /** What was put, and is told once something was taken. */
  private readonly held: (() => void)[] = [];
  private isHeld = false;

  private readonly toldOnce = new Set<string>();

  constructor(
    private readonly inner: Keyspace,
    private readonly events: KeyEvents,
    private readonly named: CommandEvents,
  ) {}

  get(database: number, key: Bytes): Item | undefined {
    this.inner.settle(database, key);
    const item = this.inner.get(database, key);
    this.looked(database, key, item !== undefined);
    return item;
  }

  set(database: number, key: Bytes, value: Bytes, expiryMs: number): void {
    this.coming(database, key);
    this.inner.set(database, key, value, expiryMs);
    this.written(database, key, expiryMs);
  }

  setItem(database: number, key: Bytes, item: Item): void {
    this.inner.settle(database, key);
    this.inner.setItem(database, key, item);
    this.inner.told();
    // What was there went first.
    this.events.publish('n', 'new', database, key);
    if (this.named.moved !== null) this.target = { database, key };
    else this.events.publish(...this.named.written, database, key);
  }

  collection(database: number, key: Bytes, kind: 'hash' | 'set'): Collection | undefined;
  collection(database: number, key: Bytes, kind: 'zset'): SortedCollection | undefined;
  collection(database: number, key: Bytes, kind: CollectionKind): Collection | undefined {
    this.inner.settle(database, key);
    const found = this.inner.collection(database, key, kind as 'hash');
    this.looked(database, key, found !== undefined);
    return found;
  }

  putPart(database: number, key: Bytes, kind: CollectionKind, name: Bytes, value: Bytes): void {
    this.isHeld = this.named.putsFirst;
    this.coming(database, key);
    this.inner.putPart(database, key, kind, name, value);
    this.inner.told();
    this.once(CLASSES[kind], this.named.put ?? PUT[kind], database, key);
    this.isHeld = false;
  }

  deletePart(database: number, key: Bytes, kind: CollectionKind, name: Bytes): boolean {
    this.inner.settle(database, key);
    const wasThere = this.inner.deletePart(database, key, kind, name);
    this.inner.told();
    if (!wasThere) return false;
    this.once(CLASSES[kind], this.named.taken ?? TAKEN[kind], database, key);
    if (this.inner.get(database, key) === undefined) this.events.publish('g', 'del', database, key);
    for (const tell of this.held.splice(0)) tell();
    return true;
  }

  add(database: number, key: Bytes, amount: bigint): void {
    this.coming(database, key);
    this.inner.add(database, key, amount);
    this.written(database, key, 0);
  }

  touch(database: number, key: Bytes, expiryMs: number): void {
    this.inner.settle(database, key);
    this.inner.touch(database, key, expiryMs);
    this.inner.told();
    if (!this.named.isRestore) this.events.publish('g', expiryMs === 0 ? 'persist' : 'expire', database, key);
  }

  delete(database: number, key: Bytes, isReplaced = false): boolean {
    this.inner.settle(database, key);
    if (this.named.setsExpiry) this.coming(database, key);
    const wasThere = this.inner.delete(database, key);
    this.inner.told();
    if (isReplaced) this.isReplacing = wasThere;
    else this.deleted(database, key, wasThere);
    return wasThere;
  }

  perform(batch: Batch, nowMs: number): number {
    return this.inner.perform(batch, nowMs);
  }

  expectShort(database: number, requests: readonly ShortRequest[], count: number): void {
    this.inner.expectShort(database, requests, count);
  }

  readShort(database: number, request: ShortRequest, nowMs: number, sink: ValueSink): boolean {
    const key = this.settled(database, request);
    const isThere = this.inner.readShort(database, request, nowMs, sink);
    this.looked(database, key, isThere);
    return isThere;
  }

  findShort(database: number, request: ShortRequest, nowMs: number, sink: ValueSink): boolean {
    const key = this.settled(database, request);
    const isThere = this.inner.findShort(database, request, nowMs, sink);
    this.looked(database, key, isThere || this.inner.hasShort(database, request, nowMs));
    return isThere;
  }

  hasShort(database: number, request: ShortRequest, nowMs: number): boolean {
    const key = this.settled(database, request);
    const isThere = this.inner.hasShort(database, request, nowMs);
    this.looked(database, key, isThere);
    return isThere;
  }

  writeShort(database: number, request: ShortRequest, nowMs: number): void {
    const key = keyOf(request);
    this.coming(database, key);
    this.inner.writeShort(database, request, nowMs);
    this.written(database, key, 0);
  }

  writeAdmitted(database: number, request: ShortRequest, nowMs: number): void {
    const key = keyOf(request);
    this.coming(database, key);
    this.inner.writeAdmitted(database, request, nowMs);
    this.written(database, key, 0);
  }

  deleteShort(database: number, request: ShortRequest, nowMs: number): boolean {
    const key = this.settled(database, request);
    const wasThere = this.inner.deleteShort(database, request, nowMs);
    this.inner.told();
    if (wasThere) this.events.publish('g', 'del', database, key);
    return wasThere;
  }

  /** As in Redis, FLUSHALL and SWAPDB are told to nobody. */
  clear(databases: readonly number[], bucket: number): void {
    this.inner.clear(databases, bucket);
    this.inner.told();
  }

  swap(one: number, other: number): void {
    this.inner.swap(one, other);
    this.inner.told();
  }

  // ---- what tells of nothing

  get buckets(): number {
    return this.inner.buckets;
  }

  get writtenUpto(): number {
    return this.inner.writtenUpto;
  }

  admitWrites(keyBytes: number, deletes?: boolean): void {
    this.inner.admitWrites(keyBytes, deletes);
  }

  unwritable(deletes: boolean): string | null {
    return this.inner.unwritable(deletes);
  }

  outOfMemory(): string | null {
    return this.inner.outOfMemory();
  }

  count(database: number): number {
    return this.inner.count(database);
  }

  countExpiring(database: number): number {
    return this.inner.countExpiring(database);
  }

  countExpired(from: number, upto: number, expired: number[]): void {
    this.inner.countExpired(from, upto, expired);
  }

  keysOf(database: number, bucket: number): Bytes[] {
    return this.inner.keysOf(database, bucket);
  }

  nowMs(): number {
    return this.inner.nowMs();
  }

  unavailable(): string | null {
    return this.inner.unavailable();
  }

  committed(): Promise<void> | undefined {
    return this.inner.committed();
  }

  waitDurable(members: number, timeoutMs: number, writtenUpto: number, abort?: AbortSignal): Promise<number> {
    return this.inner.waitDurable(members, timeoutMs, writtenUpto, abort);
  }

  parameters(): Record<string, string> {
    return this.inner.parameters();
  }

  setParameters(values: ReadonlyMap<string, string>): void {
    this.inner.setParameters(values);
  }

  info(): Record<string, Record<string, string | number>> {
    return this.inner.info();
  }

  follow(): void {}

  settle(database: number, key: Bytes): void {
    this.inner.settle(database, key);
  }

  told(): void {
    this.inner.told();
  }

  // ---- what is told

  private settled(database: number, request: ShortRequest): Bytes {
    const key = keyOf(request);
    this.inner.settle(database, key);
    return key;
  }

  /** Of a command that changes many parts of a key one event tells. */
  private once(eventClass: EventClass, event: string, database: number, key: Bytes): void {
    const id = `${database}/${event}/${bytesToId(key)}`;
    if (this.toldOnce.has(id)) return;
    this.toldOnce.add(id);
    this.tell(eventClass, event, database, key);
  }

  private tell(eventClass: EventClass, event: string, database: number, key: Bytes): void {
    const { events, held, isHeld } = this;
    if (isHeld) held.push(() => events.publish(eventClass, event, database, key));
    else events.publish(eventClass, event, database, key);
  }

  private looked(database: number, key: Bytes, isThere: boolean): void {
    if (this.named.misses.counts(key) && !isThere) this.events.publish('m', 'keymiss', database, key);
  }

  /** Before a value or a part is written. */
  private coming(database: number, key: Bytes): void {
    this.inner.settle(database, key);
    if (!this.events.wanted.has('n')) return;
    if (this.named.isRestore) this.once('n', 'new', database, key);
    else if (!this.isReplacing && this.inner.get(database, key) === undefined) {
      this.tell('n', 'new', database, key);
    }
    this.isReplacing = false;
  }

  private written(database: number, key: Bytes, expiryMs: number): void {
    this.inner.told();
    this.events.publish(...this.named.written, database, key);
    if (expiryMs !== 0 && this.named.setsExpiry) this.events.publish('g', 'expire', database, key);
  }

  private deleted(database: number, key: Bytes, wasThere: boolean): void {
    const { events, target } = this;
    const { moved, setsExpiry, taken } = this.named;
    if (moved !== null && target !== null) {
      events.publish('g', moved[0], database, key);
      events.publish('g', moved[1], target.database, target.key);
    } else if (setsExpiry) {
      // To Redis a value with an expiry in the past is written, and expires.
      this.written(database, key, 1);
      events.publish('x', 'expired', database, key);
    } else if (wasThere) {
      // A range of all members of a sorted set.
      if (taken !== undefined) events.publish('z', taken, database, key);
      events.publish('g', 'del', database, key);
    }
  }
}

const CLASSES: Readonly<Record<CollectionKind, EventClass>> = { hash: 'h', set: 's', zset: 'z' };
const PUT: Readonly<Record<CollectionKind, string>> = { hash: 'hset', set: 'sadd', zset: 'zadd' };
const TAKEN: Readonly<Record<CollectionKind, string>> = { hash: 'hdel', set: 'srem', zset: 'zrem' };

function keyOf({ bytes, keyStart, keyEnd }: ShortRequest): Bytes {
  return new Uint8Array(bytes.subarray(keyStart, keyEnd));
}
