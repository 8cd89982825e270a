import type { Bytes } from '../../../core/model/bytes.js';
import { textOf } from './arguments.js';

/** Of a command of Redis that is missing here: the error text, which says what to use. */
export function insteadOf(name: Bytes): string | undefined {
  const known = textOf(name.subarray(0, NAME_BYTES_MAX)).toLowerCase();
  const instead = MISSING_COMMANDS.get(known);
  return instead === undefined ? undefined : `ERR unknown command '${known}': ${instead}`;
}

export const NO_FUNCTIONS = 'there are no functions here: use scripts, by EVAL, or by SCRIPT LOAD and EVALSHA';

// ---

const NAME_BYTES_MAX = 32;

/** What to do instead of a command of Redis that is missing here, by its name in small letters. */
const MISSING_COMMANDS: ReadonlyMap<string, string> = new Map([
  ...all(
    'lpush rpush lpushx rpushx lpop rpop llen lrange lindex lset linsert lrem ltrim lpos lmove lmpop rpoplpush',
    'this node keeps no lists; use a sorted set with a time or a number as the score (ZADD, ZRANGE, ZPOPMIN)',
  ),
  ...all(
    'blpop brpop blmove blmpop brpoplpush bzpopmin bzpopmax bzmpop',
    'no command here blocks its client until there is something; ask again now and then (ZPOPMIN), or be told by SUBSCRIBE',
  ),
  ...all(
    'xadd xrange xrevrange xlen xread xdel xtrim xsetid xinfo xgroup xreadgroup xack xclaim xautoclaim xpending',
    'this node keeps no streams; use a sorted set with a time as the score (ZADD, ZRANGE BYSCORE) for what is kept, and PUBLISH for what is told',
  ),
  ...all(
    'geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore',
    'this node has no commands of places; keep a geohash made by the client as the score of a sorted set (ZADD, ZRANGE BYSCORE)',
  ),
  ...all(
    'pfadd pfcount pfmerge pfdebug pfselftest',
    'this node has no HyperLogLog; count with a set (SADD, SCARD), or with bits (SETBIT, BITCOUNT)',
  ),
  ...all('fcall fcall_ro', NO_FUNCTIONS),
]);

function all(names: string, instead: string): [string, string][] {
  return names.split(' ').map((name) => [name, instead]);
}
