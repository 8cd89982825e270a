import { type Bytes, bytesToId } from '../../../core/model/bytes.js';

/**
 * The keys of which a command tells that they are missing: each as often as its arguments name it, and in that order, however often the
 * command looks.
 */
export class Misses {
  static readonly NONE = new Misses([], false);

  /** How often each may still be told. */
  private readonly left = new Map<string, number>();

  /** `others`: it also tells of keys that its arguments do not name, each time. */
  constructor(
    keys: readonly Bytes[],
    private readonly others: boolean,
  ) {
    for (const key of keys) {
      const id = bytesToId(key);
      this.left.set(id, (this.left.get(id) ?? 0) + 1);
    }
  }

  /** Now that it looks for this key: whether it tells if it is missing. */
  counts(key: Bytes): boolean {
    const { left, others } = this;
    if (left.size === 0) return others;
    const id = bytesToId(key);
    const times = left.get(id);
    if (times === undefined) return others;
    left.set(id, Math.max(0, times - 1));
    return times > 0;
  }
}
