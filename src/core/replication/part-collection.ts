import type { Context } from '../context.js';
import { type Entry, isTombstone } from '../model/entry.js';
import { hlcFromMs, hlcToMs } from '../model/hlc.js';
import { PART, partPrefix, standsOn } from '../model/parts.js';
import type { ReplicaId } from '../model/version.js';
import type { Owner, PartList } from '../store/owner.js';

/** So long after the members' clocks have passed a moment, whatever any of them wrote before it has arrived: no clock is further behind. */
const MARGIN_MS = 15_000;
/** Parts forgotten of one key in a turn. */
const PARTS_PER_TURN = 256;

/**
 * What has expired of keys with parts leaves the store (R7). An expiry says nothing for ever: a member that has not been heard since may have
 * moved it in time. So the parts wait, unseen, until all members are known to have gone on beyond it, and have them: one that takes nothing, as
 * with a full disk, goes on in time all the same.
 */
export class PartCollection {
  constructor(private readonly context: Context) {}

  /** Of the keys in a bucket. `members`: all of them. */
  collect(bucket: number, members: readonly ReplicaId[]): void {
    const { ports, replicas } = this.context;
    const { owners } = replicas.data.store;
    if (owners.size === 0) return;
    const stableMs = this.stableMs();
    for (const owner of owners.endingIn(bucket, ports.wallMs())) {
      owners.settle(owner, ports.wallMs());
      if (owner.settledAt !== 0 && hlcToMs(owner.settledAt) + MARGIN_MS < stableMs) this.forgetHidden(owner, members);
      if (owner.expiry !== null) this.forgetExpiry(owner, stableMs, members);
    }
  }

  /**
   * Whether the whole of a key, which is garbage, may leave the store: not before its parts, since nothing would tell any more that they have
   * ended.
   */
  mayDrop(whole: Entry): boolean {
    const { replicas, ports } = this.context;
    const owner = replicas.data.store.owners.get(whole.key);
    if (owner === undefined) return true;
    if (owner.ended.length > 0) return false;
    const counts = [owner.lists[PART.count], ...owner.evicted].filter(
      (list) => list?.kind === PART.count && list.size > 0,
    );
    if (isTombstone({ ...whole, expiryMs: 0 }, ports.wallMs()) || counts.length === 0) return true;
    if (whole.expiryMs + MARGIN_MS >= this.stableMs()) return false;
    for (const list of counts) this.forgetCounts(list!, whole.expiryMs);
    return true;
  }

  private stableMs(): number {
    const { acks, records, self } = this.context;
    return acks.stableMs(
      records
        .active()
        .map(({ replica }) => replica)
        .filter((replica) => replica !== self.replica),
    );
  }

  private forgetHidden(owner: Owner, members: readonly ReplicaId[]): void {
    const { data } = this.context.replicas;
    let left = PARTS_PER_TURN;
    for (const list of [...owner.hidden, ...owner.evicted]) {
      if (list === undefined || list.oldest >= owner.settledAt) continue;
      const parts: Entry[] = [];
      let oldest = Number.POSITIVE_INFINITY;
      for (const part of data.store.owners.partsOf(list)) {
        const { hlc } = standsOn(part);
        if (hlc >= owner.settledAt) oldest = Math.min(oldest, hlc);
        else if (left-- > 0) {
          if (this.allHave(part, members)) parts.push(part);
          else oldest = Math.min(oldest, hlc);
        } else {
          oldest = list.oldest;
          break;
        }
      }
      for (const part of parts) data.drop(part);
      list.oldest = oldest;
    }
  }

  /** Once it says nothing any more that others have not heard. */
  private forgetExpiry(owner: Owner, stableMs: number, members: readonly ReplicaId[]): void {
    const { replicas, ports } = this.context;
    const { expiryMs } = owner.expiry!;
    if (expiryMs > ports.wallMs() || hasExpired(owner)) return;
    const part = replicas.data.store.get(partPrefix(PART.expiry, owner.key));
    if (part === undefined || Math.max(hlcToMs(part.hlc), expiryMs) + MARGIN_MS >= stableMs) return;
    if (this.allHave(part, members)) replicas.data.drop(part);
  }

  /** Durably. */
  private allHave({ origin, seq }: Entry, members: readonly ReplicaId[]): boolean {
    return seq <= this.context.acks.stable('data', origin, members);
  }

  private forgetCounts(counts: PartList, expiryMs: number): void {
    const { data } = this.context.replicas;
    const parts = [...data.store.owners.partsOf(counts)];
    for (const part of parts) if (standsOn(part).hlc < hlcFromMs(expiryMs)) data.drop(part);
  }
}

// ---

/** Whether there are parts here that have expired, those that were evicted among them. */
function hasExpired({ hidden, evicted, settledAt }: Owner): boolean {
  return hidden.some((list) => list !== undefined && list.size > 0) || evicted.some(({ oldest }) => oldest < settledAt);
}
