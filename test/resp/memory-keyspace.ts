import { BUCKETS, type Bytes, bucketOf, bytesToId } from '../../src/core/model/bytes.js';
import type { ShortRequest, ValueSink } from '../../src/fronts/resp/codec/short-request.js';
import type { CollectionKind } from '../../src/fronts/resp/collection.js';
import { type Item, type KeyFollower, type Keyspace, RespError } from '../../src/fronts/resp/keyspace.js';
import { MemoryCollection } from './memory-collection.js';

type Stored = Item & { readonly key: Bytes };

/** The port in memory, with knobs for what a real node does at its own time. */
export class MemoryKeyspace implements Keyspace {
  readonly buckets = BUCKETS;
  readonly stored = new Map<string, Map<string, Stored>>();
  /** null: the real clock. */
  fixedNowMs: number | null = null;
  readonly parameterValues = new Map([
    ['maxmemory', '0'],
    ['maxmemory-policy', 'noeviction'],
  ]);
  outOfMemoryText: string | null = null;
  unavailableText: string | null = null;
  refuseWrites: string | null = null;
  /** What committed() returns next, and how often it was asked. */
  commit: () => Promise<void> | undefined = () => undefined;
  commits = 0;
  /** Other members that have everything. */
  durableMembers = 0;
  private readonly waiters: { members: number; resolve: (members: number) => void }[] = [];
  writtenUpto = 0;
  private writes = 0;
  private follower: KeyFollower | null = null;

  get(database: number, key: Bytes): Item | undefined {
    const item = this.bucket(database, key).get(bytesToId(key));
    return item !== undefined && this.isLive(item) ? item : undefined;
  }

  set(database: number, key: Bytes, value: Bytes, expiryMs: number): void {
    if (this.refuseWrites !== null) throw new RespError(this.refuseWrites);
    this.bucket(database, key).set(bytesToId(key), { key, value, expiryMs, version: String(++this.writes) });
  }

  setItem(database: number, key: Bytes, item: Item): void {
    if (!(item instanceof MemoryCollection)) return this.set(database, key, item.value, item.expiryMs);
    if (this.refuseWrites !== null) throw new RespError(this.refuseWrites);
    this.bucket(database, key).set(bytesToId(key), item.copy(key, ++this.writes));
  }

  add(database: number, key: Bytes, amount: bigint): void {
    const item = this.get(database, key);
    const sum = BigInt(item === undefined ? '0' : Buffer.from(item.value).toString()) + amount;
    this.set(database, new Uint8Array(key), new Uint8Array(Buffer.from(String(sum))), item?.expiryMs ?? 0);
  }

  collection(database: number, key: Bytes, kind: CollectionKind): MemoryCollection | undefined {
    const item = this.get(database, key);
    if (item === undefined) return undefined;
    if (!(item instanceof MemoryCollection) || item.kind !== kind)
      throw new RespError('WRONGTYPE Operation against a key holding the wrong kind of value');
    return item;
  }

  putPart(database: number, key: Bytes, kind: CollectionKind, name: Bytes, value: Bytes): void {
    if (this.refuseWrites !== null) throw new RespError(this.refuseWrites);
    let collection = this.collection(database, key, kind);
    if (collection === undefined) {
      collection = new MemoryCollection(new Uint8Array(key), kind, 0, ++this.writes);
      this.bucket(database, key).set(bytesToId(key), collection);
    }
    collection.put(name, value);
  }

  deletePart(database: number, key: Bytes, kind: CollectionKind, name: Bytes): boolean {
    if (this.refuseWrites !== null) throw new RespError(this.refuseWrites);
    const collection = this.collection(database, key, kind);
    const wasThere = collection?.delete(name) === true;
    if (collection?.size === 0) this.bucket(database, key).delete(bytesToId(key));
    return wasThere;
  }

  swap(one: number, other: number): void {
    const all = (database: number): Stored[] => {
      return Array.from({ length: BUCKETS }, (_, bucket) => this.keysOf(database, bucket))
        .flat()
        .map((key) => this.get(database, key) as Stored);
    };
    const [ofOne, ofOther] = [all(one), all(other)];
    for (const { key } of ofOne) this.delete(one, key);
    for (const { key } of ofOther) this.delete(other, key);
    for (const item of ofOne) this.setItem(other, item.key, item);
    for (const item of ofOther) this.setItem(one, item.key, item);
  }

  touch(database: number, key: Bytes, expiryMs: number): void {
    const item = this.get(database, key);
    if (item instanceof MemoryCollection) item.touch(expiryMs);
    else if (item !== undefined) this.set(database, new Uint8Array(key), item.value, expiryMs);
  }

  perform(): number {
    return 0;
  }

  expectShort(): void {}

  readShort(database: number, { bytes, keyStart, keyEnd }: ShortRequest, _nowMs: number, sink: ValueSink): boolean {
    const value = this.get(database, bytes.subarray(keyStart, keyEnd))?.value;
    if (value !== undefined) sink.value(Buffer.from(value), 0, value.length);
    return value !== undefined;
  }

  writeShort(database: number, { bytes, keyStart, keyEnd, valueStart, valueEnd }: ShortRequest): void {
    const copyOf = (start: number, end: number): Bytes => new Uint8Array(bytes.subarray(start, end));
    this.set(database, copyOf(keyStart, keyEnd), copyOf(valueStart, valueEnd), 0);
  }

  hasShort(database: number, { bytes, keyStart, keyEnd }: ShortRequest): boolean {
    return this.get(database, bytes.subarray(keyStart, keyEnd)) !== undefined;
  }

  findShort(database: number, request: ShortRequest, nowMs: number, sink: ValueSink): boolean {
    const { bytes, keyStart, keyEnd } = request;
    if (this.get(database, bytes.subarray(keyStart, keyEnd))?.type !== undefined) return false;
    return this.readShort(database, request, nowMs, sink);
  }

  admitWrites(): void {
    if (this.refuseWrites !== null) throw new RespError(this.refuseWrites);
  }

  writeAdmitted(database: number, request: ShortRequest): void {
    this.writeShort(database, request);
  }

  deleteShort(database: number, { bytes, keyStart, keyEnd }: ShortRequest): boolean {
    return this.delete(database, bytes.subarray(keyStart, keyEnd));
  }

  delete(database: number, key: Bytes): boolean {
    if (this.refuseWrites !== null) throw new RespError(this.refuseWrites);
    const existed = this.get(database, key) !== undefined;
    this.bucket(database, key).delete(bytesToId(key));
    return existed;
  }

  clear(databases: readonly number[], bucket: number): void {
    for (const database of databases) for (const key of this.keysOf(database, bucket)) this.delete(database, key);
  }

  unwritable(): string | null {
    return this.refuseWrites;
  }

  outOfMemory(): string | null {
    return this.outOfMemoryText;
  }

  count(database: number): number {
    let count = 0;
    for (const [name, bucket] of this.stored) {
      if (name.startsWith(`${database}/`)) count += [...bucket.values()].filter((item) => this.isLive(item)).length;
    }
    return count;
  }

  countExpired(): void {}

  countExpiring(database: number): number {
    let count = 0;
    for (const [name, bucket] of this.stored) {
      if (!name.startsWith(`${database}/`)) continue;
      count += [...bucket.values()].filter((item) => item.expiryMs !== 0 && this.isLive(item)).length;
    }
    return count;
  }

  keysOf(database: number, bucket: number): Bytes[] {
    const items = this.stored.get(`${database}/${bucket}`);
    return items === undefined ? [] : [...items.values()].filter((item) => this.isLive(item)).map((item) => item.key);
  }

  nowMs(): number {
    return this.fixedNowMs ?? Date.now();
  }

  unavailable(): string | null {
    return this.unavailableText;
  }

  committed(): Promise<void> | undefined {
    this.commits++;
    return this.commit();
  }

  waitDurable(members: number, _timeoutMs: number, _writtenUpto: number, abort?: AbortSignal): Promise<number> {
    if (this.durableMembers >= members) return Promise.resolve(this.durableMembers);
    return new Promise((resolve) => {
      this.waiters.push({ members, resolve });
      abort?.addEventListener('abort', () => resolve(this.durableMembers));
    });
  }

  /** A member has acknowledged everything: whoever waits for so many is told. */
  acknowledge(members: number): void {
    this.durableMembers = members;
    for (const waiter of this.waiters.splice(0)) {
      if (members >= waiter.members) waiter.resolve(members);
      else this.waiters.push(waiter);
    }
  }

  get waiting(): number {
    return this.waiters.length;
  }

  parameters(): Record<string, string> {
    return Object.fromEntries(this.parameterValues);
  }

  setParameters(values: ReadonlyMap<string, string>): void {
    for (const [name] of values)
      if (!this.parameterValues.has(name)) throw new RespError(`ERR Unknown option '${name}'`);
    for (const [name, value] of values) this.parameterValues.set(name, value);
  }

  info(): Record<string, Record<string, string | number>> {
    return { Mneme: { mneme_version: '0.1.0', node: 'a' }, server: { extra: 1 } };
  }

  follow(follower: KeyFollower | null): void {
    this.follower = follower;
  }

  /** As Redis: what has expired goes when somebody looks. */
  settle(database: number, key: Bytes): void {
    const bucket = this.bucket(database, key);
    const item = bucket.get(bytesToId(key));
    if (item === undefined || this.isLive(item)) return;
    bucket.delete(bytesToId(key));
    this.follower?.tell('expired', database, key);
  }

  told(): void {}

  private isLive(item: Item): boolean {
    return item.expiryMs === 0 || item.expiryMs > this.nowMs();
  }

  private bucket(database: number, key: Bytes): Map<string, Stored> {
    const name = `${database}/${bucketOf(key)}`;
    const bucket = this.stored.get(name) ?? new Map<string, Stored>();
    this.stored.set(name, bucket);
    return bucket;
  }
}
