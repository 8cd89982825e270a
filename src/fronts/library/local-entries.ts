import { bytesToId } from '../../core/model/bytes.js';
import { isExpiry } from '../../core/model/expiry.js';
import { ANYTHING, COUNT, faultOf, type Kinds, NUMBER, SIGNAL } from '../../core/model/fields.js';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../../core/model/limits.js';
import type { ValueSink } from '../../engines/engine.js';
import type { Acknowledgement } from './acknowledgement.js';
import { type Codec, faultOfCodec } from './codec.js';
import type {
  BatchWrite,
  Change,
  Entries,
  Expiry,
  FoundEntry,
  FoundKey,
  IterationOptions,
  Key,
  WatchOptions,
} from './entries.js';
import { MnemeError, usage, type WriteRefusedError, writeRefused, wrongType } from './errors.js';
import type { LocalStore, StoredEntry, StoredKey } from './local-store.js';
import { Scratch } from './scratch.js';
import { Watch } from './watch.js';

/** What all views of one node share. */
export interface Local {
  /** Another one once the node is closed. */
  store: LocalStore;
  readonly writes: Acknowledgement;
  readonly keys: Scratch;
  readonly values: Scratch;
  readonly clock: TurnClock;
  onRefused(error: WriteRefusedError): void;
}

const DATABASE = 0;

export function newKeyScratch(): Scratch {
  return new Scratch(DATABASE);
}

/** The entries of a node, as values of a codec. */
export class LocalEntries<V> implements Entries<V>, ValueSink {
  private found: V | undefined;

  constructor(
    private readonly local: Local,
    private readonly codec: Codec<V>,
  ) {
    const fault = faultOfCodec(codec);
    if (fault !== null) throw usage(fault);
    if (codec.decodeAt === undefined) this.value = this.copied;
  }

  get(key: Key): V | undefined {
    const { store, keys, clock } = this.local;
    const full = keys.of(key);
    if (!store.read(full, clock.nowMs(store), this)) return this.noString(full);
    const { found } = this;
    this.found = undefined;
    return found;
  }

  has(key: Key): boolean {
    const { store, keys, clock } = this.local;
    const full = keys.of(key);
    return store.read(full, clock.nowMs(store), NO_SINK) || store.otherType(full) !== undefined;
  }

  expiresAtMs(key: Key): number | null | undefined {
    const { store, keys } = this.local;
    const expiryMs = store.expiryOf(keys.of(key));
    return expiryMs === 0 ? null : expiryMs;
  }

  set(key: Key, value: V, expiry?: Expiry): Promise<void> {
    const { store, writes, keys, values } = this.local;
    const nowMs = store.nowMs();
    const expiryMs = expiry === undefined ? 0 : expiryOf(expiry, nowMs);
    const bytes = checkedValue(values.of(this.codec.encode(value)));
    const refusal = store.refusal(false);
    if (refusal !== null) return this.refuse(refusal);
    store.write(checked(keys.of(key)), bytes, expiryMs, nowMs);
    return writes.done();
  }

  delete(key: Key): Promise<boolean> {
    const { store, writes, keys } = this.local;
    const refusal = store.refusal(true);
    if (refusal !== null) return this.refuse(refusal);
    return writes.answer(store.delete(keys.of(key)));
  }

  touch(key: Key, expiry: Expiry = {}): Promise<boolean> {
    const { store, writes, keys } = this.local;
    const expiryMs = expiryOf(expiry, store.nowMs());
    const refusal = store.refusal(false);
    if (refusal !== null) return this.refuse(refusal);
    return writes.answer(store.touch(keys.of(key), expiryMs));
  }

  async batch(list: readonly BatchWrite<V>[]): Promise<void> {
    const { store, writes } = this.local;
    const nowMs = store.nowMs();
    if (!Array.isArray(list)) throw usage(`a batch takes a list of writes, not ${typeof list}`);
    const ready = list.map((write) => this.prepare(write, nowMs));
    const refusal = store.refusal(ready.every(({ type }) => type === 'delete'));
    if (refusal !== null) return this.refuse(refusal);
    for (const { type, key, value, expiryMs } of ready) {
      if (type === 'set') store.write(key, value, expiryMs, nowMs);
      else if (type === 'delete') store.delete(key);
      else store.touch(key, expiryMs);
    }
    return writes.done();
  }

  entries(prefix: Key = '', options: IterationOptions = {}): AsyncGenerator<FoundEntry<V>, void, void> {
    const found = (store: LocalStore, bucket: number, start: Buffer): StoredEntry[] => store.entriesOf(bucket, start);
    return this.inSlices('entries', prefix, options, found, (entry) => this.foundEntry(entry));
  }

  keys(prefix: Key = '', options: IterationOptions = {}): AsyncGenerator<FoundKey, void, void> {
    const found = (store: LocalStore, bucket: number, start: Buffer): StoredKey[] => store.keysOf(bucket, start);
    return this.inSlices('keys', prefix, options, found, foundKey);
  }

  watch(prefix: Key = '', options: WatchOptions = {}): AsyncIterableIterator<Change<V>> {
    checkFields('watch', options, WATCH);
    const start = Buffer.from(this.local.keys.of(prefix));
    return new Watch<Change<V>>(this.local.store, start, (key) => this.changeOf(key), MISSED, options);
  }

  as<W>(codec: Codec<W>): Entries<W> {
    return new LocalEntries(this.local, codec);
  }

  /** All that a view holds is the node's own, down to its timers and sockets. */
  toJSON(): object {
    return {};
  }

  /** See ValueSink. */
  value(source: Buffer, start: number, length: number): void {
    this.found = this.codec.decodeAt!(source, start, start + length);
  }

  // ---

  /** Bucket by bucket, with a turn for the event loop between some of them. */
  private async *inSlices<S, T>(
    what: string,
    prefix: Key,
    options: IterationOptions,
    found: (store: LocalStore, bucket: number, start: Buffer) => S[],
    told: (one: S) => T,
  ): AsyncGenerator<T, void, void> {
    checkFields(what, options, ITERATION);
    const { signal } = options;
    const { store } = this.local;
    const start = Buffer.from(this.local.keys.of(prefix));
    let sliceEndsMs = performance.now() + SLICE_MS;
    // Once the node has ended there is another store, which throws.
    for (let bucket = 0; bucket < this.local.store.buckets; bucket++) {
      for (const one of found(this.local.store, bucket, start)) {
        signal?.throwIfAborted();
        if (this.local.store !== store) break;
        yield told(one);
      }
      if (performance.now() < sliceEndsMs) continue;
      await nextTurn();
      signal?.throwIfAborted();
      sliceEndsMs = performance.now() + SLICE_MS;
    }
  }

  /** @throws MnemeError `wrong-type` */
  private noString(full: Uint8Array): undefined {
    const type = this.local.store.otherType(full);
    if (type !== undefined) throw wrongType(asBuffer(full.subarray(1)), type);
    return undefined;
  }

  private copied(source: Buffer, start: number, length: number): void {
    const copy = Buffer.allocUnsafe(length);
    source.copy(copy, 0, start, start + length);
    this.found = this.codec.decode(copy);
  }

  private foundEntry({ key, value, expiryMs }: StoredEntry): FoundEntry<V> {
    const keyBytes = asBuffer(key.subarray(1));
    const expiresAtMs = expiryMs === 0 ? null : expiryMs;
    const decoded = readable(keyBytes, () => this.codec.decode(asBuffer(value)));
    return { key: keyBytes.toString('utf8'), keyBytes, value: decoded, expiresAtMs };
  }

  /** What a key has by now. */
  private changeOf(fullKey: Buffer): Change<V> {
    const { store } = this.local;
    const keyBytes = fullKey.subarray(1);
    const key = keyBytes.toString('utf8');
    const expiryMs = store.expiryOf(fullKey);
    if (expiryMs === undefined) return { type: 'delete', key, keyBytes };
    const expiresAtMs = expiryMs === 0 ? null : expiryMs;
    if (!readable(keyBytes, () => store.read(fullKey, store.nowMs(), this))) {
      const kind = store.otherType(fullKey);
      return kind === undefined
        ? { type: 'delete', key, keyBytes }
        : { type: 'other', kind, key, keyBytes, expiresAtMs };
    }
    const value = this.found as V;
    this.found = undefined;
    return { type: 'set', key, keyBytes, value, expiresAtMs };
  }

  private prepare(write: BatchWrite<V>, nowMs: number): ReadyWrite {
    if (!isFit(write, true)) checkFields('a write of a batch', write, WRITE);
    const key = Buffer.from(checked(this.local.keys.of(write.key)));
    switch (write.type) {
      case 'delete':
        return { type: 'delete', key, value: NOTHING, expiryMs: 0 };
      case 'touch':
        return { type: 'touch', key, value: NOTHING, expiryMs: endOf(write, nowMs) };
      case 'set': {
        const encoded = this.codec.encode(write.value);
        const value = checkedValue(
          typeof encoded === 'string' ? Buffer.from(encoded, 'utf8') : this.local.values.of(encoded),
        );
        return { type: 'set', key, value, expiryMs: endOf(write, nowMs) };
      }
      default:
        throw usage(`a batch writes by set, delete or touch, not by ${String((write as { type?: unknown }).type)}`);
    }
  }

  private refuse(refusal: string): Promise<never> {
    const error = writeRefused(refusal);
    this.local.onRefused(error);
    const refused = Promise.reject(error);
    // Whoever does not await it is told by the event.
    refused.catch(() => {});
    return refused;
  }
}

/** The node's time for reads. To ask costs as much as a third of one, so it is asked once for some of those of one turn of the event loop. */
export class TurnClock {
  private atMs = 0;
  private left = 0;
  private readonly expire = (): void => {
    this.left = 0;
  };

  nowMs(store: LocalStore): number {
    if (this.left > 0) {
      this.left--;
      return this.atMs;
    }
    this.left = READS_PER_LOOK;
    this.atMs = store.nowMs();
    setImmediate(this.expire);
    return this.atMs;
  }
}

// ---

/** So many reads take some hundredths of a millisecond. */
const READS_PER_LOOK = 64;
const SLICE_MS = 8;
const NOTHING = Buffer.alloc(0);
const MISSED = { type: 'missed' } as const;
const NO_SINK: ValueSink = { value: () => {} };

interface ReadyWrite {
  readonly type: 'set' | 'delete' | 'touch';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly expiryMs: number;
}

const EXPIRY: Kinds = { ttlMs: NUMBER, expiresAtMs: NUMBER };
const WRITE: Kinds = { type: ANYTHING, key: ANYTHING, value: ANYTHING, ...EXPIRY };
const ITERATION: Kinds = { signal: SIGNAL };
const WATCH: Kinds = { signal: SIGNAL, keysMax: COUNT };

function checkFields(what: string, given: unknown, kinds: Kinds): void {
  const fault = faultOf(what, given, kinds);
  if (fault !== null) throw usage(fault);
}

/** Whether there is nothing to complain of: as `checkFields`, which is too slow for each write. */
function isFit(given: object, isWrite: boolean): boolean {
  if (typeof given !== 'object' || given === null || given instanceof Date) return false;
  for (const name in given) {
    if (name === 'ttlMs' || name === 'expiresAtMs') {
      const value = (given as Expiry)[name];
      if (value !== undefined && typeof value !== 'number') return false;
    } else if (!isWrite || (name !== 'type' && name !== 'key' && name !== 'value')) return false;
  }
  return true;
}

function foundKey({ key, type, expiryMs }: StoredKey): FoundKey {
  // What lies in the slabs is moved.
  const keyBytes = Buffer.from(key.subarray(1));
  return { key: keyBytes.toString('utf8'), keyBytes, kind: type, expiresAtMs: expiryMs === 0 ? null : expiryMs };
}

function expiryOf(expiry: Expiry, nowMs: number): number {
  if (!isFit(expiry, false)) checkFields('an expiry', expiry, EXPIRY);
  return endOf(expiry, nowMs);
}

/** Unix milliseconds; 0: never. */
function endOf({ ttlMs, expiresAtMs }: Expiry, nowMs: number): number {
  if (ttlMs === undefined && expiresAtMs === undefined) return 0;
  if (ttlMs !== undefined && expiresAtMs !== undefined) throw usage('give ttlMs or expiresAtMs, not both');
  if (ttlMs !== undefined && !(ttlMs >= 1)) throw usage(`ttlMs is ${ttlMs}: it takes 1 ms at least`);
  const atMs = Math.ceil(expiresAtMs ?? nowMs + ttlMs!);
  // 0 would say that there is no end.
  const expiryMs = Math.max(1, atMs);
  if (isExpiry(expiryMs)) return expiryMs;
  throw usage(
    `${ttlMs === undefined ? `expiresAtMs is ${expiresAtMs}` : `ttlMs is ${ttlMs}`}: no time that can be kept`,
  );
}

function checked(key: Uint8Array): Uint8Array {
  if (key.length - 1 <= KEY_BYTES_MAX) return key;
  const shown = bytesToId(key.subarray(1, 33));
  throw usage(`the key "${shown}…" is ${key.length - 1} bytes long, and ${KEY_BYTES_MAX} are the most`);
}

function checkedValue(value: Uint8Array): Uint8Array {
  if (value.length <= VALUE_BYTES_MAX) return value;
  throw usage(`a value is ${value.length} bytes long, and ${VALUE_BYTES_MAX} are the most`);
}

/** @throws MnemeError `unreadable`, which names the key: who goes through many does not know at which one it was */
function readable<T>(key: Buffer, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MnemeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the value of "${key.toString('utf8', 0, 200)}" is none of the codec's: ${reason}`;
    throw new MnemeError('unreadable', message, { cause: error });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
