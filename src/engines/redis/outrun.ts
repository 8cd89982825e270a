import { hlcFromMs, hlcToMs } from '../../core/model/hlc.js';
import { lastHlcOf } from '../../core/model/version.js';
import type { Connection } from './connection.js';
import { idToKey } from './ledger.js';
import type { Made, Site } from './site.js';
import type { Waited } from './waiting-keys.js';

/** What waits for less is versioned as it is read: between writes of two sites the one that was captured last wins. */
const LAG_MS = 2000;

/**
 * Of keys that were read, those that others have changed since, where the application's change is old: a scan found it, or its Redis
 * stood still for seconds before it could be read. Given a version now, it would override what was written later.
 *
 * What the application has written since the read is known to be dirty when this resolves: that is read anew, and is what counts.
 * @param isOld whether what was read may be old though it was reported: what is missing may have expired, and of a collection one element was
 */
export async function outrunOf(
  site: Site,
  connection: Connection,
  ids: readonly string[],
  waits: readonly Waited[],
  isOld: (index: number) => boolean,
): Promise<ReadonlySet<string>> {
  const areOld = waits.some(({ found, reportedMs }) => found !== null || site.dirty.agoMs(reportedMs) > LAG_MS);
  if (!areOld || site.ledger.wanted === 0) return NONE;
  await connection.fence();
  const nowMs = hlcToMs(site.port.now());
  return new Set(ids.filter((id, i) => isOutrun(site, id, waits[i]!, isOld(i), nowMs)));
}

/** When a change was made that is old, at the earliest: see {@link outrunOf}, also of `isOld`. null: just now. */
export function madeAt(site: Site, { found, reportedMs }: Waited, isOld: boolean): Made | null {
  if (found !== null && (isOld || !found.isReported)) return { after: found.after, isFound: true };
  const agoMs = site.dirty.agoMs(reportedMs);
  if (agoMs <= LAG_MS) return null;
  return { after: hlcFromMs(hlcToMs(site.port.now()) - agoMs), isFound: false };
}

// ---------------------------------------------------------------------------------------------------------------------

function isOutrun(site: Site, id: string, { found, reportedMs }: Waited, isOld: boolean, nowMs: number): boolean {
  if (found !== null && (isOld || !found.isReported)) return site.wasChangedSince(id, found.after);
  const entry = site.store.get(idToKey(id));
  if (entry === undefined || site.ledger.get(id)?.wanted !== true) return false;
  return nowMs - hlcToMs(lastHlcOf(entry)) + LAG_MS < site.dirty.agoMs(reportedMs);
}

const NONE: ReadonlySet<string> = new Set();
