import type { Bytes } from '../../../../src/core/model/bytes.js';
import type { Entry } from '../../../../src/core/model/entry.js';
import { fullKey } from '../../../../src/core/model/entry.js';
import { hlcToMs } from '../../../../src/core/model/hlc.js';
import { PART, partKey } from '../../../../src/core/model/parts.js';
import { replicaOf } from '../../../../src/core/model/version.js';
import {
  type CollectionReplica,
  type CollectionShape,
  Collections,
} from '../../../../src/core/replication/collections.js';
import type { Store } from '../../../../src/core/store/store.js';
import { expiryKeyOf, readExpiry } from '../../parts.js';
import { text } from '../model/resp.js';
import type { Change } from '../model/server.js';
import { elementsOf, type Occasion, type Wish } from '../part-book.js';
import type { SimSite } from '../sim-site.js';
import { isInDoubt } from '../wishes.js';

const SKEW_MS = 500;
/** A flush is heard of by so much later, and clocks are off. */
const FLUSH_LAG_MS = 500;

/**
 * Of collections each element is judged by itself: only what the application of a site did to it gets a version there, and once; and what it
 * did is not replaced in its Redis before it has one, or is set aside.
 */
export class PartChecker {
  /** When keys of Redis' expire, or were to. */
  private readonly expiries = new Set<number>();
  private readonly expiriesOf = new Map<string, Set<number>>();

  /** Something happened to a key in the Redis of a site. */
  changed(site: SimSite, { key, before, after, cause }: Change, occasion: Occasion): void {
    const [was, is] = [elementsOf(before), elementsOf(after)];
    const { order, atMs } = occasion;
    if (after !== null && after.expiryMs !== 0) this.noteExpiry(key, after.expiryMs);
    // What the application took away just before is gone either way.
    if (cause === 'expiry') this.hasExpiredAt(site, key, order, atMs);
    if (isLoss(cause)) for (const name of site.parts.namesOf(key)) site.parts.of(key, name).lastBy = cause;
    for (const name of new Set([...was.keys(), ...is.keys()])) {
      const [from, to] = [was.get(name) ?? null, is.get(name) ?? null];
      if (from === to) continue;
      const book = site.parts.of(key, name);
      if (cause === 'node') this.checkSeen(site, key, name, from, to);
      if (cause === 'application') {
        this.noteKnown(site, key, name, atMs);
        book.wishes.push({ ...occasion, value: to });
      }
      if (cause === 'node') book.know(to, atMs);
      if (cause === 'load' && to !== null) book.loaded.add(to);
      book.lastBy = cause;
    }
  }

  /** Nobody knows any of it to be there any more: the same written anew is a change. */
  private hasExpiredAt(site: SimSite, key: string, order: number, atMs: number): void {
    for (const name of site.parts.namesOf(key)) {
      const book = site.parts.of(key, name);
      book.lastBy = 'expiry';
      book.expiredOrder = order;
      book.know(null, atMs);
    }
  }

  /**
   * The node of a site has versioned an element.
   * @param before what it held of it
   */
  captured(
    site: SimSite,
    { key, name, value, before }: Readonly<Record<'key' | 'name', string>> & Record<'value' | 'before', string | null>,
    written: Entry,
  ): void {
    const { world } = site;
    const book = site.parts.of(key, name);
    const from = book.capturedOrder;
    const wish = book.wishes.findLast((one) => one.order > from && one.value === value);
    if (wish === undefined) {
      // Redis tells of what expires as of what is deleted, and the application may have gone on since it was read.
      if (value === null && book.expiredOrder > from) return;
      // It had expired in the node, and the application had moved the expiry in time.
      const isStill = value === book.known || value === book.wishes.at(-1)?.value;
      if (before === null && isStill && this.hasExpired(site, book.knownAtMs)) {
        if (value !== null) book.kept.add(value);
        return;
      }
      const once = book.wishes.findLast((one) => one.value === value);
      const how = once === undefined ? 'nobody there ever did that' : `that is #${once.order}, and was versioned since`;
      return world.fail('part-origin', `${site.name} ${key} ${name}: ${value ?? 'a delete'} got a version: ${how}`);
    }
    const isLost = () => world.book.of('data', written.origin)[written.seq - 1]?.lost === true;
    book.captures.push({ order: wish.order, isLost });
    book.know(value, world.schedule.nowMs);
  }

  /** All was deleted, also what had been evicted or lost. */
  flushed(site: SimSite, occasion: Occasion): void {
    for (const key of site.parts.keys()) {
      const there = elementsOf(site.redis.peek(site.target.database, key));
      for (const name of site.parts.namesOf(key)) {
        const book = site.parts.of(key, name);
        if (there.has(name) || !isLoss(book.lastBy)) continue;
        book.wishes.push({ ...occasion, value: null });
        book.lastBy = 'application';
        book.excusedOrder = occasion.order;
      }
    }
  }

  /** An operator decides about what a Redis may have lost. `confirms`: what it has now is what its application wants. */
  decided(site: SimSite, key: string, confirms: boolean, occasion: Occasion): void {
    const there = elementsOf(site.redis.find(site.target.database, key));
    for (const name of new Set([...site.parts.namesOf(key), ...there.keys()])) {
      const book = site.parts.of(key, name);
      // What others wrote meanwhile is later than what the operator decides about.
      book.excusedOrder = occasion.order;
      if (!confirms) continue;
      book.wishes.push({ ...occasion, value: there.get(name) ?? null });
      book.lastBy = 'operator';
    }
  }

  /** It has versioned the delete of a key. */
  capturedDelete(site: SimSite, key: string, written: Entry): void {
    const { world } = site;
    this.checkDelete(site, key);
    const isLost = () => world.book.of('data', written.origin)[written.seq - 1]?.lost === true;
    for (const name of site.parts.namesOf(key)) {
      const book = site.parts.of(key, name);
      const wish = book.wishes.at(-1);
      if (wish?.value === null) book.captures.push({ order: wish.order, isLost });
      book.know(null, world.schedule.nowMs);
    }
  }

  /** What a node sets aside of its Redis is what the application did, and has no version: all else it knows for what it is. */
  setAside(site: SimSite, key: string, name: string, value: string | null): void {
    const book = site.parts.of(key, name);
    const from = book.capturedOrder;
    // What a Redis came back with is set aside where an operator has the cluster's written back.
    if (value === null || book.loaded.has(value) || book.kept.has(value)) return;
    // What was versioned last may have been found, and be set aside when another takes its place.
    if (book.wishes.some((wish) => wish.order >= from && wish.value === value)) return;
    site.world.fail(
      'part-aside',
      `${site.name} ${key} ${name}: ${value} was set aside, which is no change of its application`,
    );
  }

  /** Of a key that was evicted, or lost, nothing was deleted. */
  private checkDelete(site: SimSite, key: string): void {
    const books = site.parts.namesOf(key).map((name) => site.parts.of(key, name));
    const isWished = books.some((book) =>
      book.wishes.some(({ order, value }) => value === null && order > book.capturedOrder),
    );
    const loss = books.find(({ lastBy }) => isLoss(lastBy))?.lastBy;
    if (loss !== undefined && !isWished)
      site.world.fail('part-origin', `${site.name} ${key}: a delete got a version: that was ${loss}`);
  }

  private noteExpiry(key: string, expiryMs: number): void {
    this.expiries.add(expiryMs);
    const ofKey = this.expiriesOf.get(key) ?? new Set();
    this.expiriesOf.set(key, ofKey.add(expiryMs));
  }

  /** What is missing when an expiry has passed that its key had, at any site, has expired as far as a node can know. */
  private mayHaveExpired({ world, nowMs }: SimSite, key: string, { atMs }: Wish): boolean {
    const skewMs = world.bridged.skewMaxMs;
    const wishMs = nowMs - (world.schedule.nowMs - atMs);
    return [...(this.expiriesOf.get(key) ?? [])].some((at) => at >= wishMs - skewMs && at <= nowMs + skewMs);
  }

  private hasExpired({ world, nowMs }: SimSite, sinceMs: number): boolean {
    const from = nowMs - (world.schedule.nowMs - sinceMs);
    return [...this.expiries].some((expiryMs) => expiryMs >= from - SKEW_MS && expiryMs <= nowMs + SKEW_MS);
  }

  /** The application is about to go on. What it did last its node may know to be there, if it had the same: to come back to it is no change. */
  private noteKnown(site: SimSite, key: string, name: string, atMs: number): void {
    const book = site.parts.of(key, name);
    const wish = book.wishes.at(-1);
    if (book.lastBy !== 'application' || wish === undefined) return;
    if (wish.value === heldBy(site, key, name) || book.wasHeld(wish.value, wish.atMs)) book.mayKnow(wish.value, atMs);
  }

  private checkSeen(site: SimSite, key: string, name: string, from: string | null, to: string | null): void {
    const { world } = site;
    const book = site.parts.of(key, name);
    const wish = book.wishes.at(-1);
    if (book.lastBy !== 'application' || wish === undefined) return;
    if (wish.order <= Math.max(book.capturedOrder, book.excusedOrder)) return;
    // It came back to what the node knew, or has from elsewhere: there was nothing to be told.
    if ([book.known, book.versioned, heldBy(site, key, name)].includes(wish.value)) return;
    if (wish.value === null && this.mayHaveExpired(site, key, wish)) return;
    if (book.wasHeld(wish.value, site.lostSince(book.knownAtMs) ? 0 : wish.atMs)) return;
    // Others have given the key an expiry, which ends what was there before it has passed, whoever did it.
    const wishMs = site.nowMs - (world.schedule.nowMs - wish.atMs);
    if (to === null && wishMs < endMs(site, key) && heldBy(site, key, name) === null) return;
    if (world.setAside.has(asideOf(key, name, wish.value))) return;
    if (wish.value === null && isDeleteInDoubt(site, key, name, wish)) return;
    const was = `${wish.value ?? 'a delete'} (#${wish.order}, ${world.schedule.nowMs - wish.atMs} ms old)`;
    const place = `${site.name} ${key} ${name}`;
    world.fail(
      'part-unseen',
      `${place}: the node wrote ${to ?? 'nothing'} over ${from ?? 'nothing'}, which was ${was}`,
    );
  }
}

export function asideOf(key: string, name: string, value: string | null): string {
  return `${key} ${name} ${value}`;
}

const SHAPES: readonly [string, CollectionShape][] = [
  ['part-hash', 'field'],
  ['part-set', 'member'],
  ['part-zset', 'score'],
];

function shapeOf(key: string): CollectionShape {
  return SHAPES.find(([start]) => key.startsWith(start))![1];
}

function isLoss(cause: string | null): boolean {
  return cause === 'eviction' || cause === 'load';
}

/**
 * A delete of which its node cannot tell what it was, or that others have changed since: it leaves nothing that could be set aside. See
 * {@link openWish} of whole keys.
 */
function isDeleteInDoubt(site: SimSite, key: string, name: string, wish: Wish): boolean {
  const { node, target, nowMs, world } = site;
  const full = fullKey(target.database, text(key));
  const held = node.disk.inner('data').get(partKey(PART[shapeOf(key)], full, text(name)));
  const wishMs = nowMs - (world.schedule.nowMs - wish.atMs);
  if (wish.isFlush && held !== undefined && hlcToMs(held.hlc) >= wishMs - FLUSH_LAG_MS) return true;
  if (site.evictions.length === 0 && site.runSinceMs === 0) return false;
  if (!wish.isAttended && held !== undefined && replicaOf(held.origin) !== node.replica) return true;
  return isInDoubt(site, wish) || (!wish.isAttended && wish.atMs <= site.unattachedMs);
}

/** What the node of a site holds of an element. */
export function heldBy({ node, target, nowMs }: SimSite, key: string, name: string): string | null {
  const shape = shapeOf(key);
  const full = fullKey(target.database, text(key));
  // What a node has sent arrives when it is down, too.
  const collections = node.core?.collections ?? collectionsOf(node.disk.inner('data'), nowMs);
  if (collections.shapeOf(full) !== shape) return null;
  return valueText(shape, collections.view(full, shape).get(text(name)) ?? null);
}

/** Up to when all parts of a key have expired, as the node of a site knows it. */
function endMs({ node, target, nowMs }: SimSite, key: string): number {
  const value = node.disk.inner('data').get(expiryKeyOf(fullKey(target.database, text(key))))?.value;
  if (value == null) return 0;
  const { expiryMs, floor } = readExpiry(value);
  return Math.max(expiryMs <= nowMs ? expiryMs : 0, hlcToMs(floor));
}

function collectionsOf(store: Store, nowMs: number): Collections {
  return new Collections({ store, origin: '' } as unknown as CollectionReplica, () => nowMs);
}

export function valueText(shape: CollectionShape, value: Bytes | null): string | null {
  if (value === null) return null;
  return shape === 'score' ? String(Buffer.from(value).readDoubleBE()) : Buffer.from(value).toString('latin1');
}
