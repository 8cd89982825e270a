import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';

/** Names of channels, and patterns, have no more bytes: what one message may cost to match is bounded by it. */
const CHANNEL_BYTES_MAX = 4096;

/** Throws a RespError if no channel has such a name. */
export function checkChannel(name: Bytes): void {
  if (name.length <= CHANNEL_BYTES_MAX) return;
  throw new RespError(`ERR channel or pattern of ${name.length} bytes is longer than ${CHANNEL_BYTES_MAX}`);
}
