import { type Entry, lastWriteOf } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import { lastHlcOf } from '../../core/model/version.js';
import type { Storage } from '../../core/store/store.js';

/** So many are kept apart; beyond, two neighbours are one. */
const SPANS_MAX = 32;

/** Writes of this node that follow each other, among which are such that were found. */
interface Span {
  readonly origin: string;
  readonly from: number;
  readonly upto: number;
  /** Before it all of them had been read from Redis. */
  readonly readHlc: Hlc;
}

/**
 * What a scan finds was written at some time since the node last heard of its Redis, and is dated back to then: what another site has
 * written since, and is still under way, stands. It may be the earlier one all the same, so what it overrides is set aside: this
 * remembers, also over a restart, which of the node's writes were found, and when.
 */
export class FoundWrites {
  private spans: Span[];

  constructor(private readonly storage: Storage) {
    this.spans = (storage.getMeta(FOUND) as Span[] | undefined) ?? [];
  }

  /** To be called in the turn in which they were written. */
  note(entries: readonly Entry[], readHlc: Hlc): void {
    const { origin } = lastWriteOf(entries[0]!);
    const seqs = entries.map((entry) => lastWriteOf(entry).seq);
    const span = { origin, from: Math.min(...seqs), upto: Math.max(...seqs), readHlc };
    this.spans = [...this.spans, span];
    if (this.spans.length > SPANS_MAX) this.spans = merged(this.spans);
    this.storage.setMeta(FOUND, this.spans);
  }

  /** Whether another site's write, which overrides one that was found, may be earlier than that. */
  mayBeLater(found: Entry, than: Entry): boolean {
    if (this.spans.length === 0) return false;
    const { origin, seq } = lastWriteOf(found);
    const hlc = lastHlcOf(found);
    const span = this.spans.find((one) => one.origin === origin && one.from <= seq && seq <= one.upto);
    return span !== undefined && hlc < span.readHlc && lastHlcOf(than) < span.readHlc;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const FOUND = 'redis/found';

/** The two oldest of one start of the node become one, which says of a few writes that they may have been found; or the oldest goes. */
function merged([first, second, ...others]: readonly Span[]): Span[] {
  if (first!.origin !== second!.origin) return [second!, ...others];
  return [{ ...first!, upto: second!.upto, readHlc: second!.readHlc }, ...others];
}
