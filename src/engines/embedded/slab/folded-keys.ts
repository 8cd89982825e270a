import { BUCKETS } from '../../../core/model/bytes.js';

/** Of the keys whose parts are folded, by the bucket of each part: the hashes of the keys' wholes. Some bytes a part, outside of the heap. */
export class FoldedKeys {
  private readonly lists: (Uint32Array | undefined)[] = new Array(BUCKETS).fill(undefined);
  private readonly counts = new Uint32Array(BUCKETS);
  /** Of memory. */
  bytes = 0;
  /** Parts. */
  size = 0;

  add(bucket: number, whole: number): void {
    const count = this.counts[bucket]!;
    let list = this.lists[bucket];
    if (list === undefined || count === list.length) list = this.resize(bucket, Math.ceil(count * GROWTH) + LENGTH_MIN);
    list[count] = whole;
    this.counts[bucket] = count + 1;
    this.size++;
  }

  remove(bucket: number, whole: number): void {
    const list = this.lists[bucket]!;
    const last = --this.counts[bucket]!;
    list[list.indexOf(whole)] = list[last]!;
    this.size--;
    if (last * SHRINK < list.length && list.length > LENGTH_MIN) this.resize(bucket, last + LENGTH_MIN);
  }

  /** Each of them once. */
  in(bucket: number): Iterable<number> {
    const list = this.lists[bucket];
    return list === undefined ? [] : new Set(list.subarray(0, this.counts[bucket]));
  }

  private resize(bucket: number, length: number): Uint32Array {
    const former = this.lists[bucket];
    const list = new Uint32Array(length);
    if (former !== undefined) list.set(former.subarray(0, this.counts[bucket]));
    this.lists[bucket] = list;
    this.bytes += list.byteLength - (former?.byteLength ?? 0);
    return list;
  }
}

// ---

const LENGTH_MIN = 2;
const GROWTH = 1.1;
/** A list is made shorter when it is so many times as long as need be. */
const SHRINK = 2;
