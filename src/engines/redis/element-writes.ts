import { exactExpiry, isNearest } from '../../core/model/expiry.js';
import type { CollectionShape } from '../../core/replication/collections.js';
import type { Write } from './apply-outcome.js';
import type { Collection } from './collection-dump.js';
import { ElementMap, elementMapOf } from './element-map.js';
import { isLarge, type LargeCollection } from './large-entry.js';
import type { Argument } from './redis-client.js';
import type { Site } from './site.js';
import { baseOfLarge, collectionIn, isSame, type State } from './state.js';
import { namesUnlike } from './three-way.js';

/** Names of elements, each with what it is to be, and what Redis may hold of it now; undefined: it is none. */
type ElementChanges = ReadonlyMap<string, readonly [wanted: Value, ...held: Value[]]>;
type Value = string | undefined;

/** What is to become of a collection in Redis, as far as it is to become anything else. */
export interface ElementWrite {
  readonly shape: CollectionShape;
  /** Whether Redis has no such key as yet. */
  readonly isNew: boolean;
  readonly changes: ElementChanges;
  readonly expiryMs: number;
  /** Those that it may have now; none: it has the one that it is to have, or gets that with the last piece. */
  readonly expiriesMs: readonly number[];
  /** What Redis holds then, where others are left to be written; null: all that it is to hold. */
  readonly partly: State;
}

/** A script takes a million arguments, and Redis does nothing else meanwhile. */
const CHANGES_MAX = 50_000;
/** Of a piece, the names and values of what changes. */
const PIECE_BYTES = 1 << 18;

/**
 * A write of a collection by the elements that are to change, compared with nothing but these; null: Redis is not known to hold a
 * collection of this kind, or not what is in it.
 */
export function elementWriteOf(site: Site, { id, key, entry }: Write): ElementWrite | null {
  const own = site.store.collectionAt(key);
  const difference = site.ledger.get(id);
  if (own === undefined || entry === undefined || difference === undefined || difference.isUnsure === true) return null;
  const { expiryMs } = entry;
  const [first, ...others] = difference.bases;
  if (first === null && others.length === 0 && isLarge(own) && expiryMs === 0)
    return pieceOf(site, id, own, { shape: own.shape, elements: ElementMap.EMPTY }, 0);
  const held: Collection[] = [];
  for (const base of difference.bases) {
    if (base?.content === undefined || isSame(base, null, site.nowMs())) return null;
    const collection = collectionIn(base.content);
    if (collection?.shape !== own.shape) return null;
    held.push(collection);
  }
  const piece =
    held.length === 1 && expiryMs === 0 && isLarge(own) ? pieceOf(site, id, own, held[0]!, first!.expiryMs) : null;
  if (piece !== null) return piece;
  const changes = new Map<string, [Value, ...Value[]]>();
  for (const { elements } of held) addChanges(changes, own, elements, held);
  if (changes.size > CHANGES_MAX) return null;
  const expiriesMs = difference.bases.map((base) => base!.expiryMs);
  const isAsItWas = expiriesMs.every((one) => isNearest(one, expiryMs));
  return { shape: own.shape, changes, expiryMs, expiriesMs: isAsItWas ? [] : expiriesMs, partly: null, isNew: false };
}

/** About how many bytes a write takes. */
export function elementBytesOf({ changes }: ElementWrite): number {
  let bytes = 0;
  for (const [name, values] of changes) for (const value of values) bytes += name.length + (value?.length ?? 0);
  return bytes;
}

/** See the script. */
export function elementArguments({ shape, isNew, changes, expiryMs, expiriesMs }: ElementWrite): Argument[] {
  const expiries = expiriesMs.length === 0 ? [] : [...new Set([expiryMs, ...expiriesMs])];
  const head = [
    TYPES[shape],
    isNew ? '1' : '0',
    String(exactExpiry(expiryMs)),
    String(expiries.length),
    ...expiries.map(String),
  ];
  const groups = [...changes].flatMap(([name, [wanted, ...held]]) => {
    const values = [wanted, ...new Set(held)].map(bytesOf);
    return [Buffer.from(name, 'latin1'), String(values.length), ...values];
  });
  return [...head, ...groups];
}

/** The same as commands, where Redis is known to hold what it may. What is put comes first: a collection without elements is gone. */
export function elementCommands(key: Buffer, { shape, changes, expiryMs, expiriesMs }: ElementWrite): Argument[][] {
  const [put, remove] = COMMANDS[shape];
  const [puts, removes]: [Argument[], Argument[]] = [[], []];
  for (const [name, [wanted]] of changes) {
    const bytes = Buffer.from(name, 'latin1');
    if (wanted === undefined) removes.push(bytes);
    else if (shape === 'field') puts.push(bytes, Buffer.from(wanted, 'latin1'));
    else puts.push(...(shape === 'score' ? [wanted] : []), bytes);
  }
  const expiry: Argument[] = expiryMs === 0 ? ['PERSIST', key] : ['PEXPIREAT', key, String(exactExpiry(expiryMs))];
  return [
    ...(puts.length > 0 ? [[put, key, ...puts]] : []),
    ...(expiriesMs.length > 0 ? [expiry] : []),
    ...(removes.length > 0 ? [[remove, key, ...removes]] : []),
  ];
}

// ---------------------------------------------------------------------------------------------------------------------

const TYPES: Readonly<Record<CollectionShape, string>> = { field: 'hash', member: 'set', score: 'zset' };

const COMMANDS: Readonly<Record<CollectionShape, readonly [put: string, remove: string]>> = {
  field: ['HSET', 'HDEL'],
  member: ['SADD', 'SREM'],
  score: ['ZADD', 'ZREM'],
};

/**
 * Of a large collection that does not expire, some of the elements that are to change, or all of them where they are few; null: that is no way
 * to write it.
 * @param base what Redis has of it
 */
function pieceOf(
  { ledger, ports }: Site,
  id: string,
  own: LargeCollection,
  base: Collection,
  expiryMs: number,
): ElementWrite | null {
  const { shape } = own;
  const isNew = base.elements.size === 0;
  const changes = new Map<string, [Value, ...Value[]]>();
  const edit = elementMapOf(base.elements).edit();
  const change = (name: string): number => {
    const [wanted, had] = [own.elements.get(name), base.elements.get(name)];
    if (wanted === had) return 0;
    changes.set(name, [wanted, had]);
    if (wanted === undefined) edit.delete(name);
    else edit.set(name, wanted);
    return name.length + (wanted?.length ?? 0) + (had?.length ?? 0);
  };
  let bytes = 0;
  for (const name of ledger.differing(id) ?? namesUnlike(own.elements, base.elements)) {
    bytes += change(name);
    if (changes.size < ports.slices.writes && bytes < PIECE_BYTES) continue;
    // A collection without elements is gone, with its expiry.
    const [first] = edit.size > 0 ? [] : own.elements.keys();
    if (first !== undefined) change(first);
    const partly = baseOfLarge({ shape, elements: edit.done() }, expiryMs);
    return { shape, isNew, changes, partly, expiryMs: 0, expiriesMs: [] };
  }
  if (isNew || !edit.done().isSame(own.elements)) return null;
  return { shape, isNew, changes, partly: null, expiryMs: 0, expiriesMs: isNearest(expiryMs, 0) ? [] : [expiryMs] };
}

function addChanges(
  changes: Map<string, [Value, ...Value[]]>,
  { elements: own }: Collection,
  base: Collection['elements'],
  held: readonly Collection[],
): void {
  const add = (name: string): void => {
    if (!changes.has(name)) changes.set(name, [own.get(name), ...held.map(({ elements }) => elements.get(name))]);
  };
  for (const name of namesUnlike(own, base)) add(name);
}

/** A mark in front tells what is empty from what is not there. */
function bytesOf(value: Value): Buffer {
  return value === undefined ? NONE : Buffer.from(`+${value}`, 'latin1');
}

const NONE = Buffer.from('-');
