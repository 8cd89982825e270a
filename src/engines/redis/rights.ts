import { OperatorError } from '../../core/model/errors.js';
import { redisCli } from './redis-cli.js';
import { login, RedisClient } from './redis-client.js';
import { RedisFailure } from './reply-parser.js';
import { NODES_CHANNEL } from './reports.js';
import type { RedisTarget } from './target.js';

/** What a node sends, or has a script send. Tried on this key of its own, which never comes to be. */
const KEY = 'mneme:nothing';
const NEEDED: readonly (readonly string[])[] = [
  ['INFO'],
  ['ROLE'],
  ['PING'],
  ['TIME'],
  ['DBSIZE'],
  ['SCRIPT', 'LOAD', ''],
  ['EVALSHA', '', '0'],
  ['EVAL', '', '0'],
  ['CLIENT', 'TRACKING', 'OFF'],
  ['CLIENT', 'KILL', 'ID', '0'],
  ['SUBSCRIBE', NODES_CHANNEL],
  ['PUBLISH', NODES_CHANNEL, ''],
  ['PUBSUB', 'NUMSUB'],
  ['SCAN', '0'],
  ['TYPE', KEY],
  ['GET', KEY],
  ['MGET', KEY],
  ['DUMP', KEY],
  ['PEXPIRETIME', KEY],
  ['WATCH', KEY],
  ['UNWATCH'],
  ['SET', KEY, ''],
  ['UNLINK', KEY],
  ['RESTORE', KEY, '0', ''],
  ['HGET', KEY, ''],
  ['HSET', KEY, '', ''],
  ['HDEL', KEY, ''],
  ['SISMEMBER', KEY, ''],
  ['SADD', KEY, ''],
  ['SREM', KEY, ''],
  ['ZSCORE', KEY, ''],
  ['ZADD', KEY, '0', ''],
  ['ZREM', KEY, ''],
  ['HLEN', KEY],
  ['HSCAN', KEY, '0'],
  ['HPEXPIRETIME', KEY, 'FIELDS', '1', ''],
  ['SCARD', KEY],
  ['SSCAN', KEY, '0'],
  ['ZCARD', KEY],
  ['ZSCAN', KEY, '0'],
  ['PERSIST', KEY],
  ['PEXPIREAT', KEY, '0'],
];
const NEEDED_IN_CLUSTER: readonly (readonly string[])[] = [
  ['CLUSTER', 'INFO'],
  ['CLUSTER', 'SLOTS'],
  ['CLUSTER', 'NODES'],
];

const NEEDED_OF_REPLICA: readonly (readonly string[])[] = [['COMMAND'], ['REPLCONF', 'capa', 'eof']];

/** Of Redis 7 and of later ones: a command, and a channel. Rights to single keys are found key by key. */
const NO_COMMAND = /^(EXECABORT .*: )?NOPERM .*(run the|run this command|can't run)/;
const NO_CHANNEL = /^NOPERM .*channel/;

/**
 * Tries all that a node needs without doing it: in a transaction that is discarded each command is judged when it is queued.
 * @throws OperatorError `refused`, with all that is missing and how it is given
 */
export async function checkRights(target: RedisTarget): Promise<void> {
  const client = await RedisClient.connect(target);
  try {
    await login(client, target);
    const missing = await missingRights(client, target);
    // In a transaction it is refused to all. This is no offset, so it is refused as such to those who have the right.
    if (target.capture === 'replica' && NO_COMMAND.test((await refusalOf(client, ['PSYNC', '?', 'x'])) ?? ''))
      missing.push('+psync');
    if (missing.length === 0) return;
    const user = target.username === '' ? 'default' : target.username;
    const message = `The user "${user}" of ${target.label} lacks rights that a node needs: ${missing.join(' ')}.`;
    throw new OperatorError('refused', message, redisCli(target, 'ACL', 'SETUSER', user, ...missing));
  } finally {
    client.close();
  }
}

// ---------------------------------------------------------------------------------------------------------------------

async function missingRights(client: RedisClient, { kind, capture }: RedisTarget): Promise<string[]> {
  const needed = [
    ...NEEDED,
    ...(kind === 'cluster' ? NEEDED_IN_CLUSTER : []),
    ...(capture === 'replica' ? NEEDED_OF_REPLICA : []),
    ['DISCARD'],
    ['EXEC'],
  ];
  // Without a transaction around them the commands would be carried out; one in which anything was refused never is.
  const begun = await refusalOf(client, ['MULTI']);
  // What else is missing cannot be tried then: all are named, so that they are given at once.
  if (begun !== null)
    return NO_COMMAND.test(begun) ? ['+multi', ...new Set(needed.map(nameOf)), CHANNEL].map(asRule) : raise(begun);
  const refusals = await Promise.all(needed.map((command) => refusalOf(client, command)));
  const missing = refusals.flatMap((refusal, i) => {
    if (refusal !== null && NO_COMMAND.test(refusal)) return [asRule(nameOf(needed[i]!))];
    return refusal !== null && NO_CHANNEL.test(refusal) ? [CHANNEL] : [];
  });
  return [...new Set(missing)];
}

const CHANNEL = `&${NODES_CHANNEL}`;

function asRule(name: string): string {
  return /^[+&]/.test(name) ? name : `+${name}`;
}

async function refusalOf(client: RedisClient, command: readonly string[]): Promise<string | null> {
  try {
    await client.send(...command);
    return null;
  } catch (error) {
    if (error instanceof RedisFailure) return error.message;
    throw error;
  }
}

function raise(message: string): never {
  throw new RedisFailure(message);
}

/** As rules name it: with its subcommand where it has some. */
function nameOf([name = '', sub = '']: readonly string[]): string {
  const hasSubcommands = ['SCRIPT', 'CLIENT', 'PUBSUB', 'CLUSTER'].includes(name);
  return (hasSubcommands ? `${name}|${sub}` : name).toLowerCase();
}
