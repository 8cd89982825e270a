import { type Entry, lastWriteOf } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import { lastHlcOf } from '../../core/model/version.js';
import type { Storage } from '../../core/store/store.js';

/** A write that was made at some time after `since`. */
export interface FoundWrite {
  readonly entry: Entry;
  readonly since: Hlc;
}

/** So many are kept apart; beyond, two neighbours are one. */
const SPANS_MAX = 32;

/** Writes of this node that follow each other, among which are such that were found. */
interface Span {
  readonly origin: string;
  readonly from: number;
  readonly upto: number;
  /** After it all of them were made, as far as is known. */
  readonly since: Hlc;
  /** Before it all of them had been read from Redis. */
  readonly readHlc: Hlc;
}

/**
 * What a scan finds was written at some time since the node last heard of its Redis, and is dated back to then: what another site has
 * written since, and is still under way, stands, as far as a date that early can be given. Either may be the earlier one, so what is
 * overridden is set aside: this remembers, also over a restart, which of the node's writes were found, and when.
 */
export class FoundWrites {
  private spans: Span[];

  constructor(private readonly storage: Storage) {
    this.spans = (storage.getMeta(FOUND) as Span[] | undefined) ?? [];
  }

  get areAny(): boolean {
    return this.spans.length > 0;
  }

  /** To be called in the turn in which they were written. */
  note(writes: readonly FoundWrite[], readHlc: Hlc): void {
    const { origin } = lastWriteOf(writes[0]!.entry);
    const seqs = writes.map(({ entry }) => lastWriteOf(entry).seq);
    const since = Math.min(...writes.map((write) => write.since));
    const span = { origin, from: Math.min(...seqs), upto: Math.max(...seqs), since, readHlc };
    this.spans = [...this.spans, span];
    if (this.spans.length > SPANS_MAX) this.spans = merged(this.spans);
    this.storage.setMeta(FOUND, this.spans);
  }

  /** Whether another site's write, which overrides one that was found, may be earlier than that. */
  mayBeLater(found: Entry, than: Entry): boolean {
    const span = this.spanOf(found);
    return span !== undefined && lastHlcOf(than) < span.readHlc;
  }

  /** Whether one that was found, and overrides another site's write, may be older than that. */
  mayBeOlder(found: Entry, than: Entry): boolean {
    const span = this.spanOf(found);
    return span !== undefined && lastHlcOf(than) > span.since;
  }

  private spanOf(entry: Entry): Span | undefined {
    if (this.spans.length === 0) return undefined;
    const { origin, seq } = lastWriteOf(entry);
    const span = this.spans.find((one) => one.origin === origin && one.from <= seq && seq <= one.upto);
    return span !== undefined && lastHlcOf(entry) < span.readHlc ? span : undefined;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const FOUND = 'redis/found';

/** The two oldest of one start of the node become one, which says of a few writes that they may have been found; or the oldest goes. */
function merged([first, second, ...others]: readonly Span[]): Span[] {
  if (first!.origin !== second!.origin) return [second!, ...others];
  return [
    { ...first!, upto: second!.upto, since: Math.min(first!.since, second!.since), readHlc: second!.readHlc },
    ...others,
  ];
}
