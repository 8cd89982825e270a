import type { Bytes } from './bytes.js';

/** A message of a client to whoever listens to a channel: no data, and never kept. */
export interface Publication {
  /** It goes to those alone who named a channel of a shard (SPUBLISH). */
  readonly isSharded: boolean;
  readonly channel: Bytes;
  readonly payload: Bytes;
}
