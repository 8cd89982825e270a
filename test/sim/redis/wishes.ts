import { type Entry, fullKey } from '../../../src/core/model/entry.js';
import type { Deed } from './book.js';
import { stateOfEntry } from './content.js';
import { text } from './model/resp.js';
import type { SimSite } from './sim-site.js';
import { versionOf } from './world.js';

/** How long after an eviction a missing key may be an evicted one, where no events tell. */
const DOUBT_MS = 15_000;
/** Clocks are off by so much at most, and a flush is heard of by so much later. */
const FLUSH_LAG_MS = 500;

/** What the application did last to a key that stands in Redis, if its node has yet to learn of it, or to set it aside. */
export function openWish(site: SimSite, key: string): Deed | null {
  const book = site.book.of(key);
  const unseen = book.unseen(site.nowMs);
  if (unseen === null || site.world.setAside.has(`${key} ${unseen.state}`)) return null;
  if (isHeldAnyway(site, key, unseen) || isTouchInVain(site, key, unseen)) return null;
  if (unseen.state === null && hasExpiredInVain(site, key, unseen)) return null;
  // A delete leaves nothing that could be set aside, where what another site wrote stands.
  const isOfOthers = !unseen.isAttended && !isOfHere(site, key);
  if (unseen.state === null && (isOfOthers || isInDoubt(site, unseen) || mayBeLost(site, key, unseen))) return null;
  return unseen.isFlush && isLater(site, key, unseen) ? null : unseen;
}

/** Whether the node had the same already, from elsewhere: there was nothing to be told. */
export function isHeldAnyway(site: SimSite, key: string, { state, atMs }: Deed): boolean {
  return holdsNow(site, key) === state || site.book.of(key).wasHeld(state, atMs);
}

/**
 * Whether it is another expiry for what its node knew to be there, or has set aside, and others have replaced since: nothing comes of that,
 * as a touch lives on the very value that it was made on.
 */
function isTouchInVain(site: SimSite, key: string, { state, by }: Deed): boolean {
  if (by !== 'application' || state === null) return false;
  const held = holdsNow(site, key);
  if (held !== null && contentOf(held) === contentOf(state)) return false;
  const overridden = [...site.world.setAside].filter((one) => one.startsWith(`${key} `));
  const known = [site.book.of(key).lastKnown, ...overridden.map((one) => one.slice(key.length + 1))];
  return known.some((one) => one !== null && contentOf(one) === contentOf(state));
}

/** A delete of what would have expired by now, by an expiry in vain: its node may know of that, and finds what was to be expected. */
function hasExpiredInVain(site: SimSite, key: string, { order }: Deed): boolean {
  const before = site.book.of(key).wishes.findLast((deed) => deed.order < order);
  if (before === undefined || before.expiryMs === 0 || before.expiryMs > site.nowMs) return false;
  return isTouchInVain(site, key, before);
}

/** Of a state: what is there, without the expiry. */
function contentOf(state: string): string {
  return state.slice(0, state.lastIndexOf('@'));
}

// ---------------------------------------------------------------------------------------------------------------------

function holdsNow(site: SimSite, key: string): string | null {
  const entry = entryOf(site, key);
  return entry === undefined ? null : stateOfEntry(entry, site.nowMs);
}

/** Whether what its node holds is what the application of this site did. */
function isOfHere(site: SimSite, key: string): boolean {
  const deed = deedHeld(site, key);
  return deed !== undefined && site.book.of(key).wishes.includes(deed);
}

/** It was deleted with all others, at one time: what is later stands. */
function isLater(site: SimSite, key: string, { atMs }: Deed): boolean {
  const deed = deedHeld(site, key);
  return deed !== undefined && deed.atMs >= atMs - FLUSH_LAG_MS;
}

/** Nobody can tell whether it was deleted or evicted: no event told, or the node was away since, and knows a count alone. */
export function isInDoubt({ evictions, awayMs }: SimSite, { atMs }: Pick<Deed, 'atMs'>): boolean {
  return evictions.some(
    (eviction) => (!eviction.isTold || eviction.atMs <= awayMs) && eviction.atMs >= atMs - DOUBT_MS,
  );
}

/**
 * Nobody can tell whether it was deleted, or lost: its node had it from an earlier run of a server to which it was not attached by then, and
 * was away.
 */
function mayBeLost(site: SimSite, key: string, { isAttended, atMs }: Deed): boolean {
  const { runSinceMs, unattachedMs } = site;
  if (isAttended || atMs > unattachedMs) return false;
  const deed = deedHeld(site, key);
  return deed !== undefined && deed.atMs < runSinceMs;
}

/** Of which the node holds the version. */
function deedHeld(site: SimSite, key: string): Deed | undefined {
  const entry = entryOf(site, key);
  return entry === undefined ? undefined : site.world.deedOf.get(versionOf(entry));
}

function entryOf({ node, target }: SimSite, key: string): Entry | undefined {
  return node.disk.inner('data').get(fullKey(target.database, text(key)));
}
