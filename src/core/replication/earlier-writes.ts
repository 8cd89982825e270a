import type { Context } from '../context.js';
import type { Bytes } from '../model/bytes.js';
import type { Entry, ValueType } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { PART, partKey } from '../model/parts.js';
import { isAfter, lastHlcOf } from '../model/version.js';
import type { CollectionShape, Collections } from './collections.js';

/**
 * Writes that were made before this node came to know of them, in a store beside it. `after` is a timestamp of this node's clock from
 * before: what other members have written since stands. null: they were made just now.
 */
export class EarlierWrites {
  constructor(
    private readonly context: Context,
    private readonly collections: Collections,
  ) {}

  /**
   * Whether a write of then would get a time beyond that of others which have yet to come: those of other islands, up to the fence of a
   * resolution that is under way.
   */
  isFenced(after: Hlc): boolean {
    for (const { fence } of this.context.fences.values()) if (fence >= after) return true;
    return false;
  }

  /** A delete that was made at `time`, together with many others. Null: the key was changed since, and that stands. */
  deleteAt(time: Hlc, key: Bytes): Entry | null {
    const { data } = this.context.replicas;
    const current = data.store.get(key);
    if (current !== undefined && !isAfter({ hlc: time, origin: data.origin }, current)) return null;
    return data.writeAt(this.within(time), key, null, 0);
  }

  /** A write of a whole, which ends all parts of its key. */
  write(after: Hlc | null, key: Bytes, value: Bytes | null, expiryMs: number, type?: ValueType): Entry {
    const { data } = this.context.replicas;
    if (after === null) return data.write(key, value, expiryMs, type);
    return data.writeAt(this.next(after, key, this.collections.lastOf(key)), key, value, expiryMs, type);
  }

  /** The same of a touch of what the store holds. */
  touch(after: Hlc | null, entry: Entry, expiryMs: number): Entry {
    const { data } = this.context.replicas;
    return data.touch(entry, expiryMs, after === null ? undefined : this.next(after, entry.key, lastHlcOf(entry)));
  }

  /** A part of a collection; `value` null: it was taken away. Returns its entry. */
  part(after: Hlc | null, key: Bytes, shape: CollectionShape, name: Bytes, value: Bytes | null): Entry {
    const { collections } = this;
    const place = partKey(PART[shape], key, name);
    const at = after === null ? undefined : this.next(after, place, collections.lastOf(key, place));
    if (value !== null) return collections.put(key, shape, name, value, at);
    collections.delete(key, shape, name, at);
    return this.context.replicas.data.store.get(place)!;
  }

  /** The expiry of a key with parts; 0: it has none any more. */
  expire(after: Hlc | null, key: Bytes, expiryMs: number): void {
    const place = partKey(PART.expiry, key, NO_NAME);
    const at = after === null ? undefined : this.next(after, place, this.collections.lastOf(key, place));
    this.collections.expire(key, expiryMs, at);
  }

  /** The first time after that one which lies beyond what is replaced, the latest of which is `last`, or may have been dropped. */
  private next(after: Hlc, key: Bytes, last: Hlc): Hlc {
    const { store, droppedHlc } = this.context.replicas.data;
    return this.within(Math.max(after, last, store.get(key) === undefined ? droppedHlc : 0) + 1);
  }

  /** What is below the fence of a resolution was known when its plan was made (R12). */
  private within(hlc: Hlc): Hlc {
    const { clock, fences } = this.context;
    const bounded = Math.max(hlc, ...[...fences.values()].map(({ fence }) => fence + 1));
    clock.observe(bounded);
    return bounded;
  }
}

const NO_NAME = new Uint8Array(0);
