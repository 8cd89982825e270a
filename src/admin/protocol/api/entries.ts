import type { SetAsideFacts } from './incidents.js';
import type { EngineView, LinkState, VectorJson } from './status.js';

/** Entries and their digests, as REPLICA, DIGESTS, BUCKET, ENTRY and LIST reply them. */

/** MNEME REPLICA */
export interface ReplicaReply {
  name: string;
  replica: string;
  entries: number;
  /** Entries of which only a stub is left here. */
  evicted?: number;
  tombstones: number;
  logRows: number;
  vector: VectorJson;
  /** Own writes accepted so far in this boot, and how many of them are durable. */
  ownSeq: number;
  durableSeq: number;
  /** Of a node beside a Redis; absent or null: the node holds its entries itself. */
  engine?: EngineView | null;
  /** What this node lacks of what each peer has acknowledged to have: per peer and origin. */
  lacks: { peer: string; origin: string; from: number; upto: number }[];
  links: {
    peer: string;
    state: LinkState;
    address: string;
    /** Writes the peer lacks of ours, and we of theirs. */
    sendLag: number;
    receiveLag: number;
    roundTripMs: number | null;
    clockSkewMs: number | null;
    bytesSent: number;
    bytesReceived: number;
    connectedSinceMs: number | null;
  }[];
}

/**
 * MNEME DIGESTS {"values": …}: one sum per bucket over all non-garbage entries of the data group: of their keys and versions, which
 * costs nothing; with `values` also of their values and expiries, which reads all entries.
 */
export interface DigestsReply {
  name: string;
  /** BUCKETS numbers. With `values` buckets are read in slices: verify a differing one by MNEME BUCKET, which is atomic. */
  digests: number[];
  entries: number;
  vector: VectorJson;
}

/**
 * MNEME BUCKET {"buckets": [n, …]}: entries of some buckets, each with the vector of the same moment. Where they are many, of
 * the first of the buckets alone, one at least.
 */
export interface BucketReply {
  buckets: { bucket: number; vector: VectorJson; nowMs: number; entries: EntryFacts[] }[];
}

/** Which part of its key an entry is; the key itself is that of the whole. */
export interface PartFacts {
  kind: 'field' | 'member' | 'score' | 'count' | 'expiry';
  /** Of a field or member; of a count the id of its replica; of an expiry empty. */
  nameBase64: string;
  /** Of a count: the name of the member that added it. */
  node?: string;
  /** Of scores, counts and expiries the value as it is kept: what is told beside is their text. */
  stateBase64?: string;
}

export interface EntryFacts {
  keyBase64: string;
  database: number;
  /** Absent: it is a whole key. */
  part?: PartFacts;
  tombstone: boolean;
  /** Present: the value was evicted on this replica. It is no delete: version and expiry stand. */
  evicted?: true;
  /** As Redis' TYPE says it; absent: a string. The value of another type is what DUMP gives. */
  type?: 'hash' | 'list' | 'set' | 'zset' | 'stream' | 'other';
  hlc: number;
  /** Unix time of the HLC. */
  writtenMs: number;
  origin: string;
  /** Name of the member that wrote it, or its replica id if it is no member. */
  writer: string;
  seq: number;
  expiryMs: number;
  /** The last change of the expiry alone since the value was written; absent: there was none. */
  touch?: TouchFacts;
  /** Of a list's: the key has parts, so many that live, and no value of its own; its version is that of the newest of them. */
  parts?: number;
  /** Present: a part that a reader finds no more, and that waits to be collected. */
  ended?: true;
  valueBytes: number;
  /** 32-bit hash of the value, 0 for a tombstone. */
  valueHash: number;
  /** The first bytes of the value (at most 64). */
  previewBase64: string | null;
}

export interface TouchFacts {
  hlc: number;
  writtenMs: number;
  origin: string;
  /** As that of an entry. */
  writer: string;
  seq: number;
}

/**
 * MNEME ENTRY {"database": 0, "keyBase64": "...", "valueBytes"?: 262144}: this replica's version of a key, null if it has none. With
 * `valueBytes`, so much of the value's beginning, ENTRY_VALUE_BYTES_MAX at most.
 */
export interface EntryReply {
  name: string;
  entry: EntryFacts | null;
  /** Whether a reader finds a value now. */
  live: boolean;
  /** Absent: it was not asked for, or there is none here: a delete, an evicted value, or one that is no string. */
  valueBase64?: string;
  /** Of a key that has parts here, or had some that were evicted; absent: it has none. */
  parts?: EntryParts;
  vector: VectorJson;
  setAside: SetAsideFacts[];
}

/** A key with parts on one replica. */
export interface EntryParts {
  /**
   * What a reader finds at the key, of all parts together: a hash, a set, a sorted set, the sum of a number, or a value; null: nothing. The
   * version is that of the newest of them, the hash of a collection one over its parts and their versions.
   */
  seen: EntryFacts | null;
  /** Some parts of all kinds, the newest first, of so many that were looked at. */
  newest: EntryFacts[];
  lookedAt: number;
  /** Some of its parts, or all, were evicted on this replica. */
  isEvicted: boolean;
  /** Two kinds were made of the key at the same time: those that no reader finds. */
  hidden: { type: 'hash' | 'set' | 'zset'; parts: number }[];
}

/** More than anybody compares at a desk. */
export const ENTRY_VALUE_BYTES_MAX = 256 * 1024;

/**
 * MNEME LIST {"database","cursor","limit","prefixBase64"?,"values"?}: entries from a bucket cursor on; cursor null at the end.
 * A value for which a page has no room is left out: it is to be had by GET.
 */
export interface ListReply {
  entries: (EntryFacts & { valueBase64?: string })[];
  cursor: number | null;
}
