import { hlcFromMs } from '../../src/core/model/hlc.js';
import { compareVersions } from '../../src/core/model/version.js';
import type { Evidence, Version, Write } from './history.js';

/** So far may the time of a write be from that of its client: two machines' steps of the clock, and the lead of a resolution. */
const SKEW_MS = 10_000;
/** After its end, by whichever clock. */
const EXPIRY_SLACK_MS = 10_000;
/** What lies in the socket of a node that stands still is executed when that fault ends, at the latest. */
const LATE_MS = 30_000;

/** What is known of the versions of the writes of one key, and what may have become of them. */
export class Bounds {
  private readonly asideIds: ReadonlySet<string>;
  private readonly asideVersions: readonly Version[];
  /** Until then deletes may have stood that an undo overrode. */
  private readonly undoneMs: number;

  constructor(
    private readonly writes: readonly Write[],
    private readonly evidence: Evidence,
  ) {
    const asides = evidence.asides.filter(({ key }) => key === writes[0]?.key);
    this.asideIds = new Set(asides.flatMap(({ id }) => (id === null ? [] : [id])));
    this.asideVersions = asides.filter(({ id }) => id === null).map(({ version }) => version);
    this.undoneMs = Math.max(0, ...asides.flatMap(({ id, undoneMs }) => (id === null ? (undoneMs ?? 0) : 0)));
  }

  /** The greatest version that what stands may have had when it was written; null: nobody wrote it. */
  latestOf(stands: string | null): Version | null {
    const explanations = this.writes.filter((write) =>
      stands === null ? this.isGone(write) : write.id === stands && write.kind !== 'del',
    );
    return explanations.map(greatest).reduce<Version | null>((a, b) => (a === null || isLess(a, b) ? b : a), null);
  }

  /** The one that was written last, as far as is known; null: there is none. */
  latestIn(writes: readonly Write[]): Write | null {
    return writes.reduce<Write | null>((a, b) => (a === null || isLess(least(a), least(b)) ? b : a), null);
  }

  isBelow(write: Write, last: Version | null): boolean {
    return last !== null && !isLess(last, least(write));
  }

  /** It was set aside, or overwritten where it was by what was set aside, or has expired. */
  isAccountedFor(write: Write): boolean {
    if (this.isAside(write) || this.isExpired(write)) return true;
    return this.writes.some(
      (other) => isLess(least(write), greatest(other)) && (this.isAside(other) || this.isExpired(other)),
    );
  }

  /**
   * Its node came back with an older directory, or with none, and nobody had said that he had the write; or all who had keep nothing
   * either, and ended too.
   */
  isExcused({ node, startMs, endMs, waited }: Write): boolean {
    const { setBacks } = this.evidence;
    const since = setBacks.filter((one) => endMs >= one.copiedMs && startMs <= one.putBackMs);
    const forgetful = new Set(since.filter((one) => one.isMemory && one.node !== node).map((one) => one.node));
    return (waited ?? 0) <= forgetful.size && since.some((one) => one.node === node);
  }

  isAside(write: Write): boolean {
    if (write.kind !== 'del') return this.asideIds.has(write.id);
    const { version } = write;
    if (write.startMs <= this.undoneMs + SKEW_MS) return true;
    return this.asideVersions.some((aside) =>
      version === null
        ? !isLess(aside, least(write)) && !isLess(greatest(write), aside)
        : compareVersions(aside, version) === 'equal',
    );
  }

  // -------------------------------------------------------------------------------------------------------------------

  private isGone(write: Write): boolean {
    return write.kind === 'del' ? write.hadEffect : this.isExpired(write);
  }

  private isExpired({ ttlMs, outcome, startMs, endMs }: Write): boolean {
    if (ttlMs === null) return false;
    return (outcome === 'done' ? endMs : startMs) + ttlMs <= this.evidence.finalMs + EXPIRY_SLACK_MS;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function least({ version, startMs }: Write): Version {
  return version ?? { hlc: hlcFromMs(startMs - SKEW_MS), origin: '' };
}

function greatest({ version, outcome, endMs }: Write): Version {
  if (version !== null) return version;
  const lateMs = outcome === 'done' ? 0 : LATE_MS;
  return { hlc: hlcFromMs(endMs + SKEW_MS + lateMs), origin: '~' };
}

function isLess(a: Version, b: Version): boolean {
  return compareVersions(a, b) === 'before';
}
