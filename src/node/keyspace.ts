import { BUCKETS, type Bytes, bytesToId, hashPart, seedAfter } from '../core/model/bytes.js';
import { clientKeyOf, databaseOf, type Entry, fullKey, isLive, isTombstone } from '../core/model/entry.js';
import { InvariantError } from '../core/model/errors.js';
import { KEY_BYTES_MAX } from '../core/model/limits.js';
import { isPartKey } from '../core/model/parts.js';
import { bytesOfSize } from '../core/model/sizes.js';
import type { NodeCore } from '../core/node.js';
import { EVICTION_POLICIES, type EvictionPolicy } from '../core/store/eviction.js';
import { keyCount } from '../core/store/store-digest.js';
import { BATCH_WRITES_MAX, type Batch } from '../engines/batch.js';
import type { Engine } from '../engines/engine.js';
import { SHORT_BATCH, type ShortRequest, type ValueSink } from '../fronts/resp/codec/short-request.js';
import type { Collection, CollectionKind, SortedCollection } from '../fronts/resp/collection.js';
import { type Item, type KeyFollower, type Keyspace, RespError } from '../fronts/resp/keyspace.js';
import { Commit } from './commit.js';
import { deleteKey } from './delete-key.js';
import { FollowedKeys } from './followed-keys.js';
import { CollectionItem, EntryItem, itemAt, keptItem, SHAPES, WRONG_TYPE } from './items.js';
import { KeyScratch } from './key-scratch.js';
import { notYetThere, refusalOfWrites } from './writable.js';

export interface KeyspaceHost {
  readonly core: NodeCore;
  readonly engine: Engine;
  readonly fsyncAlways: boolean;
  readonly options: { readonly dir: string | null; readonly redis?: unknown };
  /** What a node without a cluster waits for, as in "this node …". */
  readonly waitsFor: string;
  /** Clients were served. */
  served(): void;
  /** Something was written: see to it that it is replicated. */
  changed(): void;
  info(): Record<string, Record<string, string | number>>;
}

/** The node's data group as the data commands see it. */
export class NodeKeyspace implements Keyspace {
  readonly buckets = BUCKETS;
  private readonly waits = new Set<() => void>();
  private readonly scratch = new KeyScratch();
  private readonly hashes = new Int32Array(SHORT_BATCH);
  private readonly commit = new Commit(() => this.host);
  private readonly followed = new FollowedKeys(() => this.host.core);

  constructor(
    /** The host comes into being after the port is open, and before anybody has connected. */
    private readonly hostOf: () => KeyspaceHost,
    /** Why clients may not have the data, as an error text; null: they may. */
    private readonly closed: string | null = null,
  ) {}

  private get host(): KeyspaceHost {
    return this.hostOf();
  }

  get(database: number, key: Bytes): Item | undefined {
    return itemAt(this.host, fullKey(database, key));
  }

  set(database: number, key: Bytes, value: Bytes, expiryMs: number): void {
    this.checkWritable();
    this.checkKey(key.length);
    this.host.core.write(fullKey(database, key), value, expiryMs);
    this.commit.isDue = true;
  }

  setItem(database: number, key: Bytes, item: Item): void {
    this.checkWritable();
    this.checkKey(key.length);
    this.place(fullKey(database, key), item);
  }

  collection(database: number, key: Bytes, kind: 'hash' | 'set'): Collection | undefined;
  collection(database: number, key: Bytes, kind: 'zset'): SortedCollection | undefined;
  collection(database: number, key: Bytes, kind: CollectionKind): Collection | undefined {
    const full = fullKey(database, key);
    const { collections } = this.host.core;
    const shape = collections.shapeOf(full);
    if (shape === undefined) return undefined;
    if (shape !== SHAPES[kind]) throw new RespError(WRONG_TYPE);
    return collections.view(full, shape);
  }

  putPart(database: number, key: Bytes, kind: CollectionKind, name: Bytes, value: Bytes): void {
    this.checkWritable();
    this.checkPart(key.length, name.length);
    const fault = this.host.core.partsFault();
    if (fault !== null) throw new RespError(`ERR the members take no hashes, sets and sorted sets yet: ${fault}`);
    this.host.core.collections.put(fullKey(database, key), SHAPES[kind], name, value);
    this.commit.isDue = true;
  }

  deletePart(database: number, key: Bytes, kind: CollectionKind, name: Bytes): boolean {
    this.checkWritable(true);
    this.commit.isDue = true;
    return this.host.core.collections.delete(fullKey(database, key), SHAPES[kind], name);
  }

  add(database: number, key: Bytes, amount: bigint): void {
    this.checkWritable();
    this.checkKey(key.length);
    const { core } = this.host;
    const full = fullKey(database, key);
    this.commit.isDue = true;
    if (core.countsInParts) return void core.collections.add(full, amount);
    const entry = core.get(full);
    const sum = BigInt(entry === undefined ? '0' : Buffer.from(entry.value).toString()) + amount;
    core.write(full, Buffer.from(String(sum)), entry?.expiryMs ?? 0);
  }

  touch(database: number, key: Bytes, expiryMs: number): void {
    this.checkWritable();
    if (this.host.core.touch(fullKey(database, key), expiryMs)) this.commit.isDue = true;
  }

  perform(batch: Batch, nowMs: number): number {
    const { core, engine } = this.host;
    batch.takesParts = batch.wantsParts && core.partsFault() === null;
    const writes = engine.perform(batch, core.reserve(BATCH_WRITES_MAX, nowMs));
    core.wrote(writes);
    if (writes > 0) this.commit.isDue = true;
    return writes;
  }

  expectShort(database: number, requests: readonly ShortRequest[], count: number): void {
    const { hashes } = this;
    const seed = seedAfter(database);
    for (let i = 0; i < count; i++) {
      const { bytes, keyStart, keyEnd } = requests[i]!;
      hashes[i] = hashPart(bytes, keyStart, keyEnd, seed);
    }
    this.host.engine.warm(hashes, count);
  }

  readShort(database: number, request: ShortRequest, nowMs: number, sink: ValueSink): boolean {
    const key = this.scratch.fullKey(database, request);
    if (this.host.engine.readValue(key, nowMs, sink)) return true;
    // Not there as a rule; or it is a number that several have added to, or of another type.
    const item = itemAt(this.host, key);
    if (item === undefined) return false;
    const { value } = item;
    sink.value(bufferOf(value), 0, value.length);
    return true;
  }

  writeShort(database: number, request: ShortRequest, nowMs: number): void {
    this.checkWritable();
    if (!this.host.core.eviction.makeRoom()) throw new RespError(OUT_OF_MEMORY);
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = request;
    this.checkKey(keyEnd - keyStart);
    const value = bytes.subarray(valueStart, valueEnd);
    this.host.core.write(this.scratch.fullKey(database, request), value, 0, undefined, nowMs);
    this.commit.isDue = true;
  }

  hasShort(database: number, request: ShortRequest, nowMs: number): boolean {
    const key = this.scratch.fullKey(database, request);
    // Not there as a rule, or a value of another kind.
    return this.host.engine.readValue(key, nowMs, NO_SINK) || itemAt(this.host, key) !== undefined;
  }

  findShort(database: number, request: ShortRequest, nowMs: number, sink: ValueSink): boolean {
    const key = this.scratch.fullKey(database, request);
    if (this.host.engine.readValue(key, nowMs, sink)) return true;
    const entry = this.host.core.get(key);
    if (entry === undefined || entry.type !== undefined) return false;
    sink.value(bufferOf(entry.value), 0, entry.value.length);
    return true;
  }

  admitWrites(keyBytes: number, deletes = false): void {
    this.checkWritable(deletes);
    this.checkKey(keyBytes);
  }

  writeAdmitted(database: number, request: ShortRequest, nowMs: number): void {
    const { core } = this.host;
    core.eviction.makeRoom();
    const { bytes, valueStart, valueEnd } = request;
    const key = this.scratch.fullKey(database, request);
    core.write(key, bytes.subarray(valueStart, valueEnd), 0, undefined, nowMs);
    this.commit.isDue = true;
  }

  deleteShort(database: number, request: ShortRequest, nowMs: number): boolean {
    const key = this.scratch.fullKey(database, request);
    const { core, engine } = this.host;
    const wasThere = engine.readValue(key, nowMs, NO_SINK) || itemAt(this.host, key) !== undefined;
    // What was evicted here was not there for a reader, but others still have it.
    if (!wasThere && !core.canDelete(key)) return false;
    core.write(key, null, 0, undefined, nowMs);
    this.commit.isDue = true;
    return wasThere;
  }

  delete(database: number, key: Bytes): boolean {
    this.checkWritable(true);
    const wasThere = deleteKey(this.host.core, fullKey(database, key));
    if (wasThere !== null) this.commit.isDue = true;
    return wasThere === true;
  }

  clear(databases: readonly number[], bucket: number): void {
    this.checkWritable(true);
    const { core } = this.host;
    for (const key of this.fullKeysIn(bucket, (database) => databases.includes(database), true)) {
      core.write(key, null, 0);
      this.commit.isDue = true;
    }
  }

  swap(one: number, other: number): void {
    this.checkWritable();
    const { store } = this.host.core.status.data;
    if (keyCount(store) > SWAP_KEYS_MAX || store.byteCount > SWAP_BYTES_MAX) throw new RespError(SWAP_TOO_LARGE);
    const found: { readonly key: Bytes; readonly item: Item }[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const key of this.fullKeysIn(bucket, (database) => database === one || database === other)) {
        const item = itemAt(this.host, key);
        if (item !== undefined) found.push({ key, item: keptItem(item) });
      }
    }
    const placeOf = (key: Bytes): Bytes => fullKey(databaseOf(key) === one ? other : one, clientKeyOf(key));
    const written = new Set<string>();
    for (const { key, item } of found) {
      const place = placeOf(key);
      written.add(bytesToId(place));
      this.place(place, item);
    }
    for (const { key } of found) if (!written.has(bytesToId(key))) this.host.core.write(key, null, 0);
  }

  unwritable(deletes: boolean): string | null {
    return refusalOfWrites(this.host, deletes);
  }

  outOfMemory(): string | null {
    return this.host.core.eviction.makeRoom() ? null : OUT_OF_MEMORY;
  }

  count(database: number): number {
    return this.host.core.status.data.store.liveCount(database);
  }

  countExpired(from: number, upto: number, expired: number[]): void {
    this.host.core.status.data.store.countExpired(from, upto, this.nowMs(), expired);
  }

  countExpiring(database: number): number {
    return this.host.core.status.data.store.endingCount(database);
  }

  keysOf(database: number, bucket: number): Bytes[] {
    return this.fullKeysIn(bucket, (one) => one === database).map(clientKeyOf);
  }

  /** The node's own time, so that a step of the machine's clock ends no key (R15). */
  nowMs(): number {
    return this.host.core.nowMs;
  }

  unavailable(): string | null {
    return this.closed ?? notYetThere(this.host);
  }

  committed(): Promise<void> | undefined {
    this.host.served();
    return this.commit.run();
  }

  get writtenUpto(): number {
    const { data } = this.host.core.status;
    return data.vector.get(data.origin);
  }

  waitDurable(members: number, timeoutMs: number, writtenUpto: number, abort?: AbortSignal): Promise<number> {
    const { core } = this.host;
    const seq = this.writtenUpto;
    const isVain = (): boolean => core.isSetAside(writtenUpto);
    const reached = (): number => (isVain() ? 0 : core.durableAt(seq));
    if (isVain() || reached() >= members) return Promise.resolve(reached());
    this.committed();
    return new Promise((resolve) => {
      const timer = timeoutMs > 0 ? setTimeout(() => done(), timeoutMs) : undefined;
      const check = (): void => {
        if (isVain() || reached() >= members) done();
      };
      const done = (): void => {
        clearTimeout(timer);
        this.waits.delete(check);
        abort?.removeEventListener('abort', done);
        resolve(reached());
      };
      abort?.addEventListener('abort', done);
      this.waits.add(check);
    });
  }

  /** A peer has acknowledged something. */
  acknowledged(): void {
    for (const check of this.waits) check();
  }

  parameters(): Record<string, string> {
    const { bytesMax, policy } = this.host.core.eviction.limit;
    const { options, fsyncAlways } = this.host;
    return {
      maxmemory: String(bytesMax),
      'maxmemory-policy': policy,
      // To a client of Redis the journal is an append-only file.
      appendonly: options.dir === null ? 'no' : 'yes',
      appendfsync: fsyncAlways ? 'always' : 'everysec',
      dir: options.dir ?? '',
    };
  }

  setParameters(values: ReadonlyMap<string, string>): void {
    const { core, options } = this.host;
    let { bytesMax, policy } = core.eviction.limit;
    for (const [name, value] of values) {
      if (IMMUTABLE.has(name)) throw refused(name, "can't set immutable config");
      if (options.redis !== undefined) throw refused(name, 'this node is attached to a Redis, which has its own');
      if (name === 'maxmemory') bytesMax = sizeOf(name, value);
      else if (name === 'maxmemory-policy') policy = policyOf(name, value);
      else throw new RespError(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`);
    }
    core.eviction.limit = { bytesMax, policy };
    this.host.changed();
  }

  info(): Record<string, Record<string, string | number>> {
    return this.host.info();
  }

  follow(follower: KeyFollower | null): void {
    this.followed.follow(follower);
  }

  settle(database: number, key: Bytes): void {
    this.followed.settle(database, key);
  }

  told(): void {
    this.followed.told();
  }

  /** Data of the node may have changed, or time has passed. */
  dataChanged(): void {
    this.followed.dataChanged();
  }

  /** The keys of a bucket that a reader finds; `withStubs`: and those that were evicted here. */
  private fullKeysIn(bucket: number, isWanted: (database: number) => boolean, withStubs = false): Bytes[] {
    const { core } = this.host;
    const { store } = core.status.data;
    const nowMs = this.nowMs();
    const keys: Bytes[] = [];
    const isThere = (entry: Entry): boolean => (withStubs ? !isTombstone(entry, nowMs) : isLive(entry, nowMs));
    for (const entry of store.bucket(bucket)) {
      if (!isPartKey(entry.key) && isWanted(databaseOf(entry.key)) && isThere(entry)) keys.push(entry.key);
    }
    for (const { key } of store.owners.inBucket(bucket)) {
      const whole = store.get(key);
      if (!isWanted(databaseOf(key)) || (whole !== undefined && isThere(whole))) continue;
      const hasParts = core.collections.shapeOf(key) !== undefined;
      if (hasParts || (withStubs && core.collections.hasEvicted(key))) keys.push(key);
    }
    return keys;
  }

  /** Writes what was found elsewhere under this full key. */
  private place(key: Bytes, item: Item): void {
    const { core } = this.host;
    this.commit.isDue = true;
    if (item instanceof EntryItem) {
      core.write(key, item.entry.value, item.entry.expiryMs, item.entry.type);
      return;
    }
    if (!(item instanceof CollectionItem)) throw new InvariantError('an item of another keyspace');
    const { shape, view, expiryMs } = keptItem(item);
    for (let i = 0; i < view.size; i++) this.checkPart(key.length - 1, view.at(i).name.length);
    deleteKey(core, key);
    for (let i = 0; i < view.size; i++) {
      const { name, value } = view.at(i);
      core.collections.put(key, shape, name, value);
    }
    if (expiryMs !== 0) core.collections.expire(key, expiryMs);
  }

  private checkKey(length: number): void {
    if (length > KEY_BYTES_MAX) throw new RespError(`ERR key of ${length} bytes is longer than ${KEY_BYTES_MAX}`);
  }

  /** A part is an entry of its own, whose key holds both. */
  private checkPart(keyBytes: number, nameBytes: number): void {
    if (keyBytes + nameBytes <= KEY_BYTES_MAX) return;
    throw new RespError(
      `ERR field or member of ${nameBytes} bytes is longer than ${KEY_BYTES_MAX} together with its key of ${keyBytes}`,
    );
  }

  private checkWritable(deletes = false): void {
    const refusal = this.unwritable(deletes);
    if (refusal !== null) throw new RespError(refusal);
  }
}

const IMMUTABLE: ReadonlySet<string> = new Set(['appendonly', 'appendfsync', 'dir']);
/** For who wants to know only that there is a value. */
const NO_SINK: ValueSink = { value: () => {} };
/** SWAPDB happens at once, and looks at every key of the node: more of them would hold it for too long. */
const SWAP_KEYS_MAX = 50_000;
const SWAP_BYTES_MAX = 64 * 1024 * 1024;
const SWAP_TOO_LARGE = `ERR SWAPDB is refused on a node that holds more than ${SWAP_KEYS_MAX} keys or ${SWAP_BYTES_MAX} bytes, since it would stand still; MOVE or COPY the keys one by one`;
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";

function bufferOf(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function refused(name: string, reason: string): RespError {
  return new RespError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
}

function sizeOf(name: string, value: string): number {
  const bytes = bytesOfSize(value);
  if (bytes === undefined) throw refused(name, 'argument must be a memory value');
  return bytes;
}

function policyOf(name: string, value: string): EvictionPolicy {
  const policy = EVICTION_POLICIES.find((one) => one === value.toLowerCase());
  if (policy === undefined)
    throw refused(name, `argument must be one of the following: ${EVICTION_POLICIES.join(', ')}`);
  return policy;
}
