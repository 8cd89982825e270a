import { type Bytes, hashBytes, idToBytes } from '../../../core/model/bytes.js';
import type { Entry } from '../../../core/model/entry.js';
import { hlcToMs } from '../../../core/model/hlc.js';
import { PART, partKindOf } from '../../../core/model/parts.js';
import type { Steps } from '../../../core/model/steps.js';
import { isAfter, replicaOf } from '../../../core/model/version.js';
import type { CollectionShape } from '../../../core/replication/collections.js';
import { eachLivePart } from '../../../core/resolution/live-parts.js';
import { SHAPES } from '../../../node/items.js';
import type { Node } from '../../../node/node.js';
import type { EntryFacts, EntryParts } from '../../protocol/api.js';
import { entryFacts, keyName } from '../../protocol/facts.js';

/** Of a key's parts so many are looked at, and so many of them told. */
const LOOKED_AT_MAX = 20_000;
const TOLD_MAX = 20;
/** Parts looked at in a step. */
const STEP_PARTS = 256;

/** What there is to say of the parts of a key; undefined: it has none here, and none was evicted. */
export function* entryParts(node: Node, key: Bytes): Steps<EntryParts | undefined> {
  const { core } = node;
  const { store } = core.status.data;
  const owner = store.owners.get(key);
  if (owner === undefined) return undefined;
  store.owners.settle(owner, core.nowMs);
  const isEvicted = owner.hasEvicted;
  if (!owner.hasParts) return isEvicted ? { seen: null, newest: [], lookedAt: 0, isEvicted, hidden: [] } : undefined;
  // All of one moment, before the first step.
  const shape = core.collections.shapeOf(key);
  const value = core.get(key) ?? null;
  const expiryMs = core.collections.expiryOf(key);
  const sizes = KINDS.map((kind) => ({ type: kind, parts: owner.sizeOf(PART[SHAPES[kind]]) }));
  const hidden = sizes.filter(({ type, parts }) => parts > 0 && SHAPES[type] !== shape);
  const { newest, lookedAt, digest } = yield* look(node, key);
  const told: EntryFacts[] = [];
  for (const part of newest) told.push(yield* entryFacts(part, core.status.records));
  const size = sizes.find(({ type }) => SHAPES[type] === shape);
  const seen = value !== null ? yield* entryFacts(value, core.status.records) : null;
  const collection = size && {
    ...size,
    newest: newest.find((part) => isOf(part, SHAPES[size.type])),
    expiryMs,
    digest,
  };
  return {
    seen:
      seen ??
      (collection?.newest === undefined ? null : collectionFacts(node, { ...collection, newest: collection.newest })),
    ...{ newest: told, lookedAt, isEvicted, hidden },
  };
}

// ---

const KINDS = ['hash', 'set', 'zset'] as const;

function isOf({ key }: Entry, shape: CollectionShape): boolean {
  return partKindOf(key) === PART[shape];
}

/** Walks the parts in slices; what is written meanwhile may be in it or not. `digest`: of all that were looked at. */
function* look(node: Node, key: Bytes): Steps<{ newest: Entry[]; lookedAt: number; digest: number }> {
  const { core } = node;
  let [lookedAt, digest]: [number, number] = [0, 0];
  let newest: Entry[] = [];
  for (let after: Bytes | null = null; lookedAt < LOOKED_AT_MAX; ) {
    const slice: Entry[] = [];
    for (const part of eachLivePart(core.status.data.store, key, core.nowMs, after)) {
      slice.push(part);
      if (slice.length === STEP_PARTS) break;
    }
    lookedAt += slice.length;
    for (const { key: at, hlc, origin } of slice)
      digest = (digest + hashBytes(at, hashBytes(idToBytes(`${hlc}/${origin}`)))) >>> 0;
    newest = [...newest, ...slice].sort((a, b) => (isAfter(a, b) ? -1 : 1)).slice(0, TOLD_MAX);
    const last = slice.at(-1);
    // An expiry comes last, and once.
    if (slice.length < STEP_PARTS || last === undefined || partKindOf(last.key) === PART.expiry) break;
    after = last.key;
    yield;
  }
  return { newest, lookedAt, digest };
}

interface CollectionOf {
  readonly type: 'hash' | 'set' | 'zset';
  readonly parts: number;
  readonly newest: Entry;
  readonly expiryMs: number;
  readonly digest: number;
}

/** As in a list, but that the hash is over its parts and their versions. */
function collectionFacts(node: Node, { type, parts, newest, expiryMs, digest }: CollectionOf): EntryFacts {
  const { hlc, origin, key } = newest;
  const { keyBase64, database } = keyName(key);
  const writer = node.core.status.records.nameOf(replicaOf(origin));
  return {
    ...{
      keyBase64,
      database,
      type,
      parts,
      tombstone: false,
      hlc,
      writtenMs: hlcToMs(hlc),
      origin,
      writer,
      seq: 0,
      expiryMs,
    },
    ...{ valueBytes: 0, valueHash: digest, previewBase64: null },
  };
}
