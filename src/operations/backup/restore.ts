import { type AdminClient, withClient } from '../../admin/client/client.js';
import type { RestoreEntry, RestoreOutcome } from '../../admin/protocol/api.js';
import { BUCKETS, type Bytes } from '../../core/model/bytes.js';
import { clientKeyOf, databaseOf, type Entry, isTombstone } from '../../core/model/entry.js';
import { OperatorError } from '../../core/model/errors.js';
import { HybridClock } from '../../core/model/hlc.js';
import { isPartKey, PART, partKey, partKindOf, partPrefix, wholeKeyOf } from '../../core/model/parts.js';
import { Collections } from '../../core/replication/collections.js';
import { Replica } from '../../core/replication/replica.js';
import type { Owner } from '../../core/store/owner.js';
import type { Store } from '../../core/store/store.js';
import { advice } from '../../hints/advice.js';
import { LongValues } from '../entry/long-values.js';

export interface RestoreOptions {
  /** Of this restore: what it overrides is one incident. */
  readonly id: string;
  readonly dryRun: boolean;
  readonly prefix?: Buffer;
  readonly nowMs: number;
  readonly onProgress?: (done: number, of: number) => void;
}

export interface Restored {
  /** Keys that were not there; keys that had something else; keys that are as in the backup. */
  readonly created: number;
  readonly overridden: number;
  readonly same: number;
  /** Fields and members that the backup has not, of keys that it has. */
  readonly removed: number;
  /** In the backup, but expired since, or without their values. */
  readonly expired: number;
  readonly evicted: number;
  /** Where what was overridden is. */
  readonly incident: string | null;
  /** Some keys that are overridden. */
  readonly sample: readonly { readonly keyBase64: string }[];
}

const ENTRIES = 500;
const BYTES = 1024 * 1024;
/** Of a value that is sent in pieces. */
const PIECE_BYTES = 2 * 1024 * 1024;
const SAMPLE = 10;

/**
 * Writes the entries in the files of a backup to a node, as new writes, or only says what that would do.
 * @param dir where they were unpacked; they take as much memory here as they do in a node
 */
export async function backupRestore(address: string, dir: string, options: RestoreOptions): Promise<Restored> {
  const { openEmbeddedEngine } = await import('../../engines/embedded/embedded-engine.js');
  const engine = await openEmbeddedEngine({ dir, reserveBytes: 0 });
  const reader = new LongValues(address);
  try {
    return await withClient(address, async (client) => {
      const run = new Run(client, reader, options);
      const store = engine.store('data');
      await run.begin();
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (const item of restorable(store, bucket, options.nowMs)) await run.take(item);
        options.onProgress?.(bucket + 1, BUCKETS);
      }
      await run.end();
      return run.result;
    });
  } finally {
    reader.close();
    await engine.close();
  }
}

// ---

/** That all parts of a key were told: so many there are, and whether a part is one of them. */
interface EndOfParts {
  readonly whole: Bytes;
  readonly count: number;
  has(key: Bytes): boolean;
}

/** The key that an entry is sent for. */
type Named = Bytes | EndOfParts | { readonly expiryOf: Bytes };

/**
 * What a bucket has, as it is to be written anew: a number that several added to as one value, and then keys with parts: the parts, that
 * these were all, and the expiry.
 */
function* restorable(store: Store, bucket: number, nowMs: number): Generator<Entry | EndOfParts> {
  const replica = new Replica('data', '', store, new HybridClock(() => nowMs));
  const collections = new Collections(replica, () => nowMs);
  for (const entry of store.bucket(bucket)) {
    if (!isPartKey(entry.key)) yield collections.numberAt(entry.key, entry) ?? entry;
  }
  for (const owner of store.owners.inBucket(bucket)) {
    const shape = collections.shapeOf(owner.key);
    if (shape === undefined || shape === 'value') continue;
    if (shape === 'count') {
      if (store.get(owner.key) === undefined) yield collections.numberAt(owner.key, undefined)!;
      continue;
    }
    for (const { key, value, hlc, origin, seq } of store.owners.partsOf(owner.list(PART[shape])))
      yield { key, value, hlc, origin, seq, expiryMs: 0 };
    const has = (key: Bytes): boolean => partKindOf(key) === PART[shape] && isFound(store, owner, key);
    yield { whole: owner.key, count: owner.sizeOf(PART[shape]), has };
    const expiryMs = collections.expiryOf(owner.key);
    const key = partPrefix(PART.expiry, owner.key);
    yield { key, value: new Uint8Array(0), hlc: 1, origin: '', seq: 1, expiryMs };
  }
}

function isFound(store: Store, owner: Owner, key: Bytes): boolean {
  const part = store.get(key);
  return part !== undefined && store.owners.lives(owner, part);
}

/** What became of the parts of a key so far. */
class KeyTally {
  private readonly seen = new Set<RestoreOutcome>();
  /** Parts that the node had not. */
  created = 0;

  constructor(readonly whole: Bytes) {}

  note(outcome: RestoreOutcome): void {
    this.seen.add(outcome);
    if (outcome === 'created') this.created++;
  }

  /** Of a key that was not there an expiry is nothing that is overridden. */
  noteExpiry(outcome: RestoreOutcome): void {
    if (outcome === 'overridden' && this.seen.has('same')) this.seen.add(outcome);
  }

  get outcome(): 'created' | 'overridden' | 'same' {
    if (this.seen.has('overridden') || (this.seen.has('created') && this.seen.has('same'))) return 'overridden';
    return this.seen.has('created') ? 'created' : 'same';
  }
}

const KINDS = { hash: PART.field, set: PART.member, zset: PART.score } as const;

class Run {
  readonly result = {
    created: 0,
    overridden: 0,
    same: 0,
    removed: 0,
    expired: 0,
    evicted: 0,
    incident: null as string | null,
    sample: [] as { keyBase64: string }[],
  };
  private batch: RestoreEntry[] = [];
  /** Of each entry of the batch. */
  private batchKeys: Named[] = [];
  private tally: KeyTally | null = null;
  private bytes = 0;

  constructor(
    private readonly client: AdminClient,
    private readonly reader: LongValues,
    private readonly options: RestoreOptions,
  ) {}

  /** The node tells who restores. */
  async begin(): Promise<void> {
    const { id, dryRun } = this.options;
    await this.client.call('RESTORE', { id, dryRun, entries: [] });
  }

  async take(item: Entry | EndOfParts): Promise<void> {
    const { prefix, nowMs } = this.options;
    const whole = 'whole' in item ? item.whole : isPartKey(item.key) ? wholeKeyOf(item.key) : item.key;
    if (prefix !== undefined && !startsWith(clientKeyOf(whole), prefix)) return;
    if ('whole' in item) return this.add({ keyBase64: base64(whole), expiryMs: 0, asks: 'counted' }, item, 0);
    const { key, value, expiryMs, type } = item;
    if (value === null && !isTombstone(item, 0)) {
      this.result.evicted++;
      return;
    }
    if (value === null) return;
    if (isTombstone(item, nowMs)) {
      this.result.expired++;
      return;
    }
    const row = { keyBase64: base64(key), expiryMs, ...(type === undefined ? {} : { type }) };
    if (value.length > PIECE_BYTES) return this.takeLong(row, value, whole);
    const isExpiry = isPartKey(key) && partKindOf(key) === PART.expiry;
    await this.add(
      { ...row, valueBase64: base64(value) },
      isExpiry ? { expiryOf: whole } : whole,
      key.length + value.length,
    );
  }

  private async add(row: RestoreEntry, key: Named, bytes: number): Promise<void> {
    this.batch.push(row);
    this.batchKeys.push(key);
    this.bytes += bytes;
    if (this.batch.length >= ENTRIES || this.bytes >= BYTES) await this.send();
  }

  private async send(): Promise<void> {
    const [entries, keys] = [this.batch, this.batchKeys];
    this.batch = [];
    this.batchKeys = [];
    this.bytes = 0;
    if (entries.length > 0) await this.note(await this.write(entries), keys);
  }

  /** That was all. */
  async end(): Promise<void> {
    await this.send();
    this.close();
  }

  private async write(entries: RestoreEntry[], stage?: string): Promise<RestoreOutcome[]> {
    const { id, dryRun } = this.options;
    const more = stage === undefined ? {} : { stage };
    const reply = await this.client.call('RESTORE', { id, dryRun, entries, ...more }).catch((error: unknown) => {
      throw this.interrupted(error);
    });
    this.result.incident = reply.incident ?? this.result.incident;
    return reply.outcomes;
  }

  private async note(outcomes: readonly RestoreOutcome[], keys: readonly Named[]): Promise<void> {
    for (const [i, outcome] of outcomes.entries()) {
      const key = keys[i]!;
      if ('expiryOf' in key) this.tallyOf(key.expiryOf).noteExpiry(outcome);
      else if (!('whole' in key)) this.tallyOf(key).note(outcome);
      else if (typeof outcome === 'number') {
        const { dryRun } = this.options;
        const tally = this.tallyOf(key.whole);
        if (outcome > key.count - (dryRun ? tally.created : 0)) await this.removeOthers(key, tally);
      }
    }
  }

  private tallyOf(whole: Bytes): KeyTally {
    if (this.tally !== null && Buffer.compare(this.tally.whole, whole) === 0) return this.tally;
    this.close();
    this.tally = new KeyTally(whole);
    return this.tally;
  }

  /** Nothing more of the key comes. */
  private close(): void {
    const { result, tally } = this;
    if (tally === null) return;
    result[tally.outcome]++;
    if (tally.outcome === 'overridden' && result.sample.length < SAMPLE)
      result.sample.push({ keyBase64: base64(clientKeyOf(tally.whole)) });
    this.tally = null;
  }

  /** Parts that the node has, and the backup has not. */
  private async removeOthers({ whole, has }: EndOfParts, tally: KeyTally): Promise<void> {
    const [database, key] = [databaseOf(whole), Buffer.from(clientKeyOf(whole))];
    const type = await this.reader.type(database, key);
    if (type !== 'hash' && type !== 'set' && type !== 'zset') return;
    for await (const parts of this.reader.parts(database, key, type)) {
      const gone = parts.map(({ name }) => partKey(KINDS[type], whole, name)).filter((part) => !has(part));
      if (gone.length === 0) continue;
      const rows = gone.map((key) => ({ keyBase64: base64(key), expiryMs: 0, asks: 'gone' as const }));
      for (const outcome of await this.write(rows)) {
        tally.note(outcome);
        if (outcome === 'overridden') this.result.removed++;
      }
    }
  }

  private async takeLong(row: RestoreEntry, value: Uint8Array, whole: Bytes): Promise<void> {
    await this.send();
    for (let at = 0; at < value.length; at += PIECE_BYTES) {
      const isLast = at + PIECE_BYTES >= value.length;
      const outcomes = await this.write(isLast ? [row] : [], base64(value.subarray(at, at + PIECE_BYTES)));
      await this.note(outcomes, [whole]);
    }
  }

  /** What stands, and how to go on. */
  private interrupted(error: unknown): unknown {
    if (!(error instanceof OperatorError) || this.options.dryRun) return error;
    const { created, overridden, incident } = this.result;
    const message = `${error.message}; ${created + overridden} keys were written before that`;
    const again = 'Restore again to go on: keys that are as in the backup are left alone.';
    const hint =
      incident === null ? again : advice(`mneme split-brain undo ${incident}`, `That takes it back. ${again}`);
    return new OperatorError(error.code, message, hint, { cause: error });
  }
}

function startsWith(key: Uint8Array, prefix: Buffer): boolean {
  return key.length >= prefix.length && Buffer.compare(key.subarray(0, prefix.length), prefix) === 0;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
