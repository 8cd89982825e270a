import type { Hlc } from '../core/model/hlc.js';
import type { Origin } from '../core/model/version.js';

/**
 * Requests of one client as they came, GET and SET without options among them, to be performed on the data group from the
 * first one on, as far as there is a short way. One object serves all calls.
 */
export interface ShortBatch {
  bytes: Buffer;
  /** Where the requests begin; after a call, where the first one begins that was not performed. */
  from: number;
  end: number;
  database: number;
  nowMs: number;
  /** Of the replies: RESP2 or RESP3. */
  protocol: 2 | 3;
  takesWrites: boolean;
  /** Of the first write; each of the next has the one that follows, as their sequence numbers do. */
  hlc: Hlc;
  origin: Origin;

  /** After a call that performed something: the first `replyBytes` of this are the replies. */
  replies: Buffer;
  replyBytes: number;
  /** How many of those performed were writes, and whether the last one was. */
  writes: number;
  isLastWrite: boolean;
  /** The writes: the number of the first, and eight words for each: the hash of its full key, where in `requests` key and value start and end. */
  firstSeq: number;
  requests: Buffer;
  places: Int32Array;
}

/** Lets go of all memory, which the store may want to give back. */
export function releaseBatch(batch: ShortBatch): void {
  batch.bytes = NONE;
  batch.replies = NONE;
  batch.requests = NONE;
  batch.places = NOWHERE;
}

export function newShortBatch(): ShortBatch {
  return {
    bytes: NONE,
    from: 0,
    end: 0,
    database: 0,
    nowMs: 0,
    protocol: 2,
    takesWrites: false,
    hlc: 0,
    origin: '',
    replies: NONE,
    replyBytes: 0,
    writes: 0,
    isLastWrite: false,
    firstSeq: 0,
    requests: NONE,
    places: NOWHERE,
  };
}

// ---

const NONE = Buffer.alloc(0);
const NOWHERE = new Int32Array(0);
