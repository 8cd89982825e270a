import { BUCKETS, type Bytes } from '../core/model/bytes.js';
import { type OtherType, typeName } from '../core/model/entry.js';
import { isPartKey, wholeKeyOf } from '../core/model/parts.js';
import type { ValueSink } from '../engines/engine.js';
import type { LocalStore, Seen, StoredEntry, StoredKey } from '../fronts/library/local-store.js';
import { Commit } from './commit.js';
import { deleteKey } from './delete-key.js';
import { itemAt } from './items.js';
import { beginsWith, keysIn } from './keys-in.js';
import type { Node } from './node.js';
import { refusalOfWrites } from './writable.js';

/** Rows of the change log that are read at a time. */
const ROWS = 256;
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";

/** The node's data group as the front in its own process sees it. */
export class LocalData implements LocalStore {
  readonly buckets = BUCKETS;
  private readonly commits: Commit;
  private readonly followers = new Map<() => void, () => void>();

  constructor(private readonly node: Node) {
    this.commits = new Commit(() => node);
    node.onDataChange.push(() => {
      for (const onChange of this.followers.keys()) onChange();
    });
    void node.stopped.then(() => {
      for (const onEnd of [...this.followers.values()]) onEnd();
    });
  }

  nowMs(): number {
    return this.node.core.nowMs;
  }

  read(key: Bytes, nowMs: number, sink: ValueSink): boolean {
    const { core, engine } = this.node;
    if (engine.readValue(key, nowMs, sink)) return true;
    if (core.status.data.store.owners.get(key) === undefined) return false;
    const number = core.get(key);
    if (number === undefined || number.type !== undefined) return false;
    const { value } = number;
    sink.value(Buffer.from(value.buffer, value.byteOffset, value.length), 0, value.length);
    return true;
  }

  otherType(key: Bytes): OtherType | undefined {
    const type = itemAt(this.node, key)?.type;
    return type === 'string' ? undefined : type;
  }

  expiryOf(key: Bytes): number | undefined {
    return itemAt(this.node, key)?.expiryMs;
  }

  refusal(deletes: boolean): string | null {
    const { core } = this.node;
    // Nearly always it serves, and has room.
    if (core.state === 'serving') return deletes || core.eviction.makeRoom() ? null : OUT_OF_MEMORY;
    return refusalOfWrites(this.node, deletes);
  }

  write(key: Bytes, value: Bytes, expiryMs: number, nowMs: number): void {
    this.node.core.write(key, value, expiryMs, undefined, nowMs);
    this.commits.isDue = true;
  }

  delete(key: Bytes): boolean {
    const wasThere = deleteKey(this.node.core, key);
    if (wasThere !== null) this.commits.isDue = true;
    return wasThere === true;
  }

  touch(key: Bytes, expiryMs: number): boolean {
    const isThere = this.node.core.touch(key, expiryMs);
    if (isThere) this.commits.isDue = true;
    return isThere;
  }

  commit(): Promise<void> | undefined {
    this.node.served();
    return this.commits.run();
  }

  entriesOf(bucket: number, prefix: Bytes): StoredEntry[] {
    return keysIn(this.node.core, bucket, (key) => beginsWith(key, prefix)).flatMap((found) =>
      'value' in found && found.value.type === undefined ? found.value : [],
    );
  }

  keysOf(bucket: number, prefix: Bytes): StoredKey[] {
    return keysIn(this.node.core, bucket, (key) => beginsWith(key, prefix)).map((found) => {
      if (!('value' in found)) {
        const { key, collection } = found;
        return { key, type: collection.type, expiryMs: collection.expiryMs };
      }
      const { key, type, expiryMs } = found.value;
      return { key, type: typeName(type), expiryMs };
    });
  }

  seen(): Seen {
    return new Map(this.node.core.status.data.vector.seqs);
  }

  changesSince(seen: Seen, tell: (key: Bytes) => void): boolean {
    const { store, vector } = this.node.core.status.data;
    let areKnown = true;
    for (const [origin, upto] of vector.seqs) {
      const from = seen.get(origin) ?? 0;
      if (from >= upto) continue;
      if (from < store.floor(origin)) areKnown = false;
      for (let after = from; after < upto; ) {
        const rows = store.rows(origin, after, upto, ROWS);
        for (const { key } of rows) tell(isPartKey(key) ? wholeKeyOf(key) : key);
        after = rows.length < ROWS ? upto : rows[rows.length - 1]!.seq;
      }
      seen.set(origin, upto);
    }
    return areKnown;
  }

  follow(onChange: () => void, onEnd: () => void): () => void {
    this.followers.set(onChange, onEnd);
    return () => this.followers.delete(onChange);
  }
}
