import type { Bytes } from '../../core/model/bytes.js';
import { type Entry, typeName } from '../../core/model/entry.js';
import { isNearest } from '../../core/model/expiry.js';
import { hlcFromMs } from '../../core/model/hlc.js';
import { KEY_BYTES_MAX } from '../../core/model/limits.js';
import { PART, partKey } from '../../core/model/parts.js';
import { lastHlcOf } from '../../core/model/version.js';
import { APART_BYTES_MAX, apartAlready, COLLECTION_TYPES, type Collection, partValueOf } from './collection-dump.js';
import { ElementMap, type Elements } from './element-map.js';
import type { FateBefore } from './evictions.js';
import { isLarge, isThere, LargeRead } from './large-entry.js';
import { idToKey } from './ledger.js';
import { setAsidePart } from './part-asides.js';
import { bufferOf, type Made, type Site } from './site.js';
import { Slice, someInSlices } from './slices.js';
import { asBaseOfRead, collectionIn, collectionOf, type ReadValue, type State, stateOfRead } from './state.js';
import { areEqual, type Change, changesOf, lacks, namesUnlike } from './three-way.js';

/** What was read as a collection whose elements are versioned one by one; null: it travels whole. */
export function apartOf(site: Site, id: string, read: Pick<ReadValue, 'value' | 'type'>): Collection | null {
  if (read.type === undefined || !COLLECTION_TYPES.includes(read.type) || !site.port.takesParts()) return null;
  if (!(read instanceof LargeRead) && read.value.length > APART_BYTES_MAX && apartAlready(read.value) === undefined)
    return null;
  const collection = collectionOf(read);
  return collection !== null && longestIn(collection.elements) <= KEY_BYTES_MAX - id.length ? collection : null;
}

/** Of a change that was read. */
interface News {
  readonly made: Made | null;
  readonly fate: FateBefore;
}

/**
 * Versions what the application has changed in a collection since its Redis was last known to hold something else. What others have
 * changed meanwhile stays, and is written to Redis next.
 */
export function captureParts(site: Site, id: string, read: ReadValue, now: Collection, { made, fate }: News): void {
  // By the server's clock it is there for another moment. It is told of when it is gone.
  if (read.expiryMs !== 0 && read.expiryMs <= site.nowMs()) return;
  if (staysHeld(site, id, read)) return;
  takeWholeApart(site, id);
  const key = idToKey(id);
  const entry = site.store.get(key);
  const before = isThere(entry, site.nowMs()) ? entry : undefined;
  const own = site.store.collectionAt(key);
  // It was of another kind: none of that is left.
  if (before !== undefined && own?.shape !== now.shape) return replace(site, id, before, read, now, made);
  if (site.conflicts.get(id) === 'restore') return restore(site, id, read, now);
  const bases = basesAfter(fate, basesOf(site, id, now.shape));
  const known = {
    bases: bases.map((base) => lastingOf(site, id, base, { now, own: own?.elements ?? NOTHING, read })),
    own: own?.elements ?? NOTHING,
  };
  const all = changesOf(now.elements, known.bases, known.own);
  const changes = fate === 'while-read' ? withoutDeletes(all) : all;
  const { expiryMs } = read;
  const isTouched = ![before ?? ABSENT, ...bases].some((known) => isNearest(expiryMs, known.expiryMs));
  const lost = site.held.has(id) ? knownOf(site, id, now.shape) : [];
  const isDone = write(site, id, now, { changes, known, expiryMs: isTouched ? expiryMs : null, before, made });
  if (isDone && site.held.has(id)) setAsideHeld(site, key, now, lost);
  if (isDone) conclude(site, id, read, now);
}

/** Whether an element that the node has is missing in what was read. */
export async function lacksElements(site: Site, id: string, read: ReadValue): Promise<boolean> {
  const own = site.store.collectionAt(idToKey(id));
  const now = own === undefined ? null : apartOf(site, id, read);
  if (now === null) return false;
  if (!(isLarge(now) && isLarge(own))) return lacks(now.elements, own!.elements);
  return someInSlices(site.ports, now.elements.differences(own.elements), ([, value]) => value === undefined);
}

/** The last element is gone, so Redis has no such key any more: what others have changed meanwhile stays. Returns false if nobody has. */
export function captureEmpty(site: Site, id: string, made: Made | null): boolean {
  const key = idToKey(id);
  const own = site.store.collectionAt(key);
  if (own === undefined || !site.port.takesParts() || site.conflicts.has(id)) return false;
  const now: Collection = { shape: own.shape, elements: NOTHING };
  const difference = site.ledger.get(id);
  // One element may have been taken away as well as the key.
  if (difference === undefined ? own.elements.size > 1 : !difference.wanted) return false;
  const known = { bases: basesOf(site, id, own.shape).map(({ elements }) => elements), own: own.elements };
  const changes = changesOf(NOTHING, known.bases, known.own);
  if (!write(site, id, now, { changes, known, expiryMs: null, before: undefined, made })) return true;
  if (isThere(site.store.get(key), site.nowMs())) site.ledger.wasRead(id, null);
  else site.settle(id);
  site.held.delete(id);
  return true;
}

/** What was read is what the node has, which may have it whole yet. */
export function settleParts(site: Site, id: string, read: ReadValue): void {
  const key = idToKey(id);
  if (!site.store.isWholeCollection(site.store.get(key))) return;
  takeWholeApart(site, id);
  site.comparison.noteLocal(id, site.store.get(key)!, stateOfRead(read)!.digest);
}

/** A collection that came whole, as from a member that knew no parts, becomes parts: as of the time when it was written. */
function takeWholeApart(site: Site, id: string): void {
  const key = idToKey(id);
  const entry = site.store.get(key);
  if (!site.store.isWholeCollection(entry) || !isThere(entry, site.nowMs())) return;
  const collection = apartOf(site, id, { type: entry.type, value: bufferOf(entry.value) });
  if (collection === null || collection.elements.size > WHOLE_MAX) return;
  const { earlier } = site.port;
  site.versioned(() => {
    const { hlc } = earlier.write(lastHlcOf(entry), key, null, 0);
    for (const [name, value] of collection.elements)
      earlier.part(hlc, key, collection.shape, Buffer.from(name, 'latin1'), partValueOf(collection.shape, value));
    if (entry.expiryMs !== 0) earlier.expire(hlc, key, entry.expiryMs);
  });
}

// ---------------------------------------------------------------------------------------------------------------------

/** Longer ones are replaced as a whole when they change next. */
const WHOLE_MAX = 1 << 16;

const NOTHING: Elements = new Map<string, string>();

const NONE: Known = { bases: [], own: NOTHING };

interface Base {
  readonly elements: Elements;
  readonly expiryMs: number;
}

/**
 * A Redis that may have lost data has a collection otherwise: what its application changes in it is judged by what it was found to have. Where
 * that is not known, it is held as before.
 */
function staysHeld({ held }: Site, id: string, read: ReadValue): boolean {
  const state = held.get(id);
  if (state == null || state.content !== undefined || !state.digest.startsWith(`${typeName(read.type)}:`)) return false;
  held.set(id, stateOfRead(read));
  return true;
}

/** An operator has decided while it was read: what the application has changed since it was held, and before that, is set aside. */
function restore(site: Site, id: string, read: ReadValue, now: Collection): void {
  setAsideHeld(site, idToKey(id), now, knownOf(site, id, now.shape));
  conclude(site, id, read, now);
}

/** What the application has not changed since is old, or was written before it was held: the cluster's stands. */
function setAsideHeld(site: Site, key: Bytes, { shape, elements }: Collection, known: readonly Base[]): void {
  const { asides, conflictKind, store } = site;
  const own = store.collectionAt(key)?.elements ?? NOTHING;
  for (const name of namesUnlike(elements, own)) {
    const value = elements.get(name) ?? null;
    const { place } = partOf(shape, key, name, null);
    // What is missing was lost, and what others have replaced the node knows.
    if (value === null || known.some((base) => base.elements.get(name) === value)) continue;
    setAsidePart(asides.of(conflictKind), place, partValueOf(shape, value), store.partAt(place) ?? null);
    asides.areLate = true;
  }
}

/**
 * What was evicted, and is there again, was begun anew: what it lacks nobody has taken away. Where it may have been, the nearest says what
 * happened. Where two are as near, it was evicted.
 */
function basesAfter(fate: FateBefore, bases: Base[]): Base[] {
  if (fate === null) return bases;
  return fate === 'evicted' ? [ABSENT] : [ABSENT, ...bases];
}

/** Of one that was evicted right before it was read, or right after that: it is read again, and lacks by then what was evicted. */
function* withoutDeletes(changes: Iterable<Change>): Generator<Change> {
  for (const change of changes) if (change[1] !== null) yield change;
}

/** What Redis may have held when the application changed it, as far as that is known. */
function basesOf(site: Site, id: string, shape: Collection['shape']): Base[] {
  const { held } = site;
  return held.has(id) ? heldIn(held.get(id)!, shape) : knownOf(site, id, shape);
}

/** The same of a Redis that has lost nothing. */
function knownOf({ ledger, store }: Site, id: string, shape: Collection['shape']): Base[] {
  const key = idToKey(id);
  const own = store.collectionAt(key);
  const elements = own?.shape === shape ? own.elements : NOTHING;
  const ofNode: Base = { elements, expiryMs: store.get(key)?.expiryMs ?? 0 };
  const difference = ledger.get(id);
  if (difference === undefined) return [ofNode];
  const bases = difference.bases.flatMap((base) => baseIn(base, shape));
  if (ledger.isAsSent(id)) bases.push(ofNode);
  if (difference.isUnsure === true) bases.push(ABSENT);
  return bases;
}

/**
 * What a base says of the elements that are there now, of which the node has `own`. If it has expired, and its key is there all the same, they
 * were written anew, or kept by another expiry in time: what has expired in the node as well is a change then. What others have taken away is none,
 * and what is missing, and others have changed, or written anew since, has expired.
 */
function lastingOf(
  site: Site,
  id: string,
  { elements, expiryMs }: Base,
  { now: { shape, elements: now }, own, read }: { now: Collection; own: Collection['elements']; read: ReadValue },
): Collection['elements'] {
  if (expiryMs === 0 || expiryMs > site.nowMs() || isNearest(expiryMs, read.expiryMs)) return elements;
  const placeOf = (name: string): Bytes => partOf(shape, idToKey(id), name, null).place;
  const hasExpired = (name: string): boolean => site.store.hasExpired(placeOf(name));
  const wasBefore = (name: string): boolean => (site.store.partAt(placeOf(name))?.hlc ?? 0) < hlcFromMs(expiryMs);
  const isLasting = (name: string, value: string): boolean =>
    now.has(name) ? own.has(name) || !hasExpired(name) : own.get(name) === value && wasBefore(name);
  return new Map([...elements].filter(([name, value]) => isLasting(name, value)));
}

function longestIn(elements: Elements): number {
  if (elements instanceof ElementMap) return elements.totals.longest;
  let longest = 0;
  for (const name of elements.keys()) longest = Math.max(longest, name.length);
  return longest;
}

const ABSENT: Base = { elements: NOTHING, expiryMs: 0 };

/** Of something else that was held nothing is left. */
function heldIn(state: State, shape: Collection['shape']): Base[] {
  const bases = baseIn(state, shape);
  return bases.length > 0 ? bases : [ABSENT];
}

function baseIn(base: State, shape: Collection['shape']): Base[] {
  if (base === null) return [ABSENT];
  if (base.content === undefined) return base.digest.startsWith('string:') ? [ABSENT] : [];
  const held = collectionIn(base.content);
  return [{ elements: held?.shape === shape ? held.elements : NOTHING, expiryMs: base.expiryMs }];
}

/** What Redis may have held, and what the node has. */
interface Known {
  readonly bases: readonly Collection['elements'][];
  readonly own: Collection['elements'];
}

interface Writes {
  readonly changes: Iterable<Change>;
  readonly known: Known;
  /** null: as it was. */
  readonly expiryMs: number | null;
  readonly before: Entry | undefined;
  readonly made: Made | null;
}

/** Returns whether that was all; if not, it is read again. */
function write(site: Site, id: string, { shape }: Pick<Collection, 'shape'>, writes: Writes): boolean {
  const { changes, known, expiryMs, before, made } = writes;
  const key = idToKey(id);
  const { earlier } = site.port;
  const after = made?.after ?? null;
  const isConflict = before !== undefined && site.isConflict(id, before);
  const wasSent = site.ledger.isAsSent(id);
  const held = wasSent ? site.comparison.baseOf(id, site.store.get(key)) : null;
  const slice = new Slice(site.ports, site.ports.slices.changes);
  const written: Entry[] = [];
  const outrun: Part[] = [];
  let isAll = true;
  site.versioned(() => {
    let isFull = false;
    for (const [name, value] of changes) {
      isAll = !isFull;
      if (isFull) break;
      const part = partOf(shape, key, name, value);
      if (after !== null && waits(name, known) && site.partSince(part.place, after) !== undefined) outrun.push(part);
      else {
        const overridden = isConflict ? site.store.partAt(part.place) : undefined;
        const entry = earlier.part(after, key, shape, part.name, part.value);
        if (overridden !== undefined) site.asides.of(site.conflictKind).setAside(overridden, 'cluster', entry);
        written.push(entry);
        isFull = slice.isOver();
      }
    }
  });
  // What is between the first and the last of them was written in the same turn.
  if (made?.isFound === true && written.length > 0)
    for (const entry of [written[0]!, written.at(-1)!]) site.asides.wasFound(entry, site.isAttached ? made.after : 0);
  if (!isAll) {
    // What is to follow is judged by the same: what Redis may have got by now is what the node has had until now.
    if (wasSent) site.ledger.noteSent(id, () => held, site.nowMs());
    site.unfinished.set(id, written.length);
    if (made?.isFound === true) site.dirty.addFound(id, made.after);
    else site.dirty.add(id);
    return false;
  }
  // Others have changed them since the application did, which was a while ago: that stands.
  for (const { place, value } of outrun)
    setAsidePart(site.asides.of(site.conflictKind), place, value, site.partSince(place, after!)!);
  if (expiryMs !== null) site.versioned(() => earlier.expire(after, key, expiryMs));
  if (written.length > 0 || expiryMs !== null) site.counters.captured++;
  else site.counters.unchanged++;
  return true;
}

/** Whether Redis has yet to get what the node has of an element: what it held itself is no change of others'. */
function waits(name: string, { bases, own }: Known): boolean {
  return bases.some((base) => base.get(name) !== own.get(name));
}

interface Part {
  readonly place: Bytes;
  readonly name: Bytes;
  readonly value: Bytes | null;
}

function partOf(shape: Collection['shape'], key: Bytes, name: string, value: string | null): Part {
  const bytes = Buffer.from(name, 'latin1');
  return {
    place: partKey(PART[shape], key, bytes),
    name: bytes,
    value: value === null ? null : partValueOf(shape, value),
  };
}

/** All of it is written anew, in the place of something else. */
function replace(site: Site, id: string, before: Entry, read: ReadValue, now: Collection, made: Made | null): void {
  if (made !== null && site.wasChangedSince(id, made.after)) return void site.conflicts.set(id, 'cluster');
  const ended = site.writeWhole(idToKey(id), before, () =>
    site.port.earlier.write(made?.after ?? null, idToKey(id), null, 0),
  );
  const expiryMs = read.expiryMs === 0 ? null : read.expiryMs;
  const since = made === null ? null : { ...made, after: ended.hlc };
  const isDone = write(site, id, now, {
    changes: now.elements,
    known: NONE,
    expiryMs,
    before: undefined,
    made: since,
  });
  if (isDone) conclude(site, id, read, now);
}

/** Redis holds what was read; the node may have more. */
function conclude(site: Site, id: string, read: ReadValue, now: Collection): void {
  const key = idToKey(id);
  const own = site.store.collectionAt(key);
  const entry = site.store.get(key);
  site.isBack(id);
  site.conflicts.delete(id);
  site.held.delete(id);
  const state = stateOfRead(read)!;
  if (own !== undefined && areEqual(own.elements, now.elements) && isNearest(entry!.expiryMs, read.expiryMs)) {
    site.settle(id);
    site.comparison.noteLocal(id, entry!, state.digest);
  } else site.ledger.wasRead(id, asBaseOfRead(read));
}
