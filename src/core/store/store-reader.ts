import type { Store } from './store.js';

/** What may be read of a store by whoever must not change it. */
export type StoreReader = Pick<
  Store,
  | 'vector'
  | 'get'
  | 'bucket'
  | 'digest'
  | 'rows'
  | 'floor'
  | 'liveCount'
  | 'endingCount'
  | 'countExpired'
  | 'tombstoneCount'
  | 'stubCount'
  | 'logRowCount'
  | 'byteCount'
>;
