import type { Context } from '../context.js';
import type { Bytes } from '../model/bytes.js';
import type { Entry, ValueType } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { isAfter, lastHlcOf } from '../model/version.js';

/**
 * Writes that were made before this node came to know of them, in a store beside it. `after` is a timestamp of this node's clock from
 * before: what other members have written since stands.
 */
export class EarlierWrites {
  constructor(private readonly context: Context) {}

  /** A delete that was made at `time`, together with many others. Null: the key was changed since, and that stands. */
  deleteAt(time: Hlc, key: Bytes): Entry | null {
    const { data } = this.context.replicas;
    const current = data.store.get(key);
    if (current !== undefined && !isAfter({ hlc: time, origin: data.origin }, current)) return null;
    return data.writeAt(this.within(time), key, null, 0);
  }

  /** A write that was made at some time after that one; null: just now. */
  write(after: Hlc | null, key: Bytes, value: Bytes | null, expiryMs: number, type?: ValueType): Entry {
    const { data } = this.context.replicas;
    if (after === null) return data.write(key, value, expiryMs, type);
    return data.writeAt(this.next(after, data.store.get(key)), key, value, expiryMs, type);
  }

  /** The same of a touch of what the store holds. */
  touch(after: Hlc | null, entry: Entry, expiryMs: number): Entry {
    return this.context.replicas.data.touch(entry, expiryMs, after === null ? undefined : this.next(after, entry));
  }

  /** The first time after that one which lies beyond what is replaced, or may have been dropped. */
  private next(after: Hlc, current: Entry | undefined): Hlc {
    const { droppedHlc } = this.context.replicas.data;
    return this.within(Math.max(after, current === undefined ? droppedHlc : lastHlcOf(current)) + 1);
  }

  /** What is below the fence of a resolution was known when its plan was made (R12). */
  private within(hlc: Hlc): Hlc {
    const { clock, fences } = this.context;
    const bounded = Math.max(hlc, ...[...fences.values()].map(({ fence }) => fence + 1));
    clock.observe(bounded);
    return bounded;
  }
}
