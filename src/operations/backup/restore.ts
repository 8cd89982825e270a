import { type AdminClient, withClient } from '../../admin/client/client.js';
import type { RestoreEntry } from '../../admin/protocol/api.js';
import { BUCKETS } from '../../core/model/bytes.js';
import { clientKeyOf, type Entry, isTombstone } from '../../core/model/entry.js';
import { OperatorError } from '../../core/model/errors.js';
import { HybridClock } from '../../core/model/hlc.js';
import { isPartKey, PART, partPrefix, wholeKeyOf } from '../../core/model/parts.js';
import { Collections } from '../../core/replication/collections.js';
import { Replica } from '../../core/replication/replica.js';
import type { Store } from '../../core/store/store.js';
import { advice } from '../../hints/advice.js';

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
  try {
    return await withClient(address, async (client) => {
      const run = new Run(client, options);
      const store = engine.store('data');
      await run.begin();
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (const entry of restorable(store, bucket, options.nowMs)) await run.take(entry);
        options.onProgress?.(bucket + 1, BUCKETS);
      }
      await run.send();
      return run.result;
    });
  } finally {
    await engine.close();
  }
}

// ---

/** What a bucket has, as it is to be written anew: a number that several added to as one value, and then the parts of keys, one by one. */
function* restorable(store: Store, bucket: number, nowMs: number): Generator<Entry> {
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
    const expiryMs = collections.expiryOf(owner.key);
    const key = partPrefix(PART.expiry, owner.key);
    if (expiryMs !== 0) yield { key, value: new Uint8Array(0), hlc: 1, origin: '', seq: 1, expiryMs };
  }
}

class Run {
  readonly result = {
    created: 0,
    overridden: 0,
    same: 0,
    expired: 0,
    evicted: 0,
    incident: null as string | null,
    sample: [] as { keyBase64: string }[],
  };
  private batch: RestoreEntry[] = [];
  private bytes = 0;

  constructor(
    private readonly client: AdminClient,
    private readonly options: RestoreOptions,
  ) {}

  /** The node tells who restores. */
  async begin(): Promise<void> {
    const { id, dryRun } = this.options;
    await this.client.call('RESTORE', { id, dryRun, entries: [] });
  }

  async take(entry: Entry): Promise<void> {
    const { prefix, nowMs } = this.options;
    const { key, value, expiryMs, type } = entry;
    const whole = isPartKey(key) ? wholeKeyOf(key) : key;
    if (prefix !== undefined && !startsWith(clientKeyOf(whole), prefix)) return;
    if (value === null && !isTombstone(entry, 0)) {
      this.result.evicted++;
      return;
    }
    if (value === null) return;
    if (isTombstone(entry, nowMs)) {
      this.result.expired++;
      return;
    }
    const row = { keyBase64: base64(key), expiryMs, ...(type === undefined ? {} : { type }) };
    if (value.length > PIECE_BYTES) return this.takeLong(row, value);
    this.batch.push({ ...row, valueBase64: base64(value) });
    this.bytes += key.length + value.length;
    if (this.batch.length >= ENTRIES || this.bytes >= BYTES) await this.send();
  }

  async send(entries = this.batch, stage?: string): Promise<void> {
    if (entries === this.batch) {
      this.batch = [];
      this.bytes = 0;
    }
    if (entries.length === 0 && stage === undefined) return;
    const { id, dryRun } = this.options;
    const more = stage === undefined ? {} : { stage };
    const reply = await this.client.call('RESTORE', { id, dryRun, entries, ...more }).catch((error: unknown) => {
      throw this.interrupted(error);
    });
    const { result } = this;
    for (const count of ['created', 'overridden', 'same'] as const) result[count] += reply[count];
    result.incident = reply.incident ?? result.incident;
    result.sample = [...result.sample, ...reply.sample].slice(0, SAMPLE);
  }

  private async takeLong(row: RestoreEntry, value: Uint8Array): Promise<void> {
    await this.send();
    for (let at = 0; at < value.length; at += PIECE_BYTES) {
      const isLast = at + PIECE_BYTES >= value.length;
      await this.send(isLast ? [row] : [], base64(value.subarray(at, at + PIECE_BYTES)));
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
