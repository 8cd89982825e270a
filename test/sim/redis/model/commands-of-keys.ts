import type { Call, Command } from './commands.js';
import { hashOf, Item, itemOfDump } from './item.js';
import { failure, OK, type Reply, Simple, text } from './resp.js';

export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NO_INTEGER = 'ERR value is not an integer or out of range';

type Run = (call: Call, key: string) => Reply | undefined;

const first = (args: readonly Buffer[]): readonly Buffer[] => args.slice(1, 2);
const all = (args: readonly Buffer[]): readonly Buffer[] => args.slice(1);

/** A command of one key, or of several. */
export function command(arity: number, run: Run, takesMemory = false, keys: Command['keys'] = first): Command {
  return { arity, takesMemory, isOfLoading: false, keys, run: (call) => run(call, nameOf(call.args[1])) };
}

export function nameOf(bytes: Buffer | undefined): string {
  return bytes?.toString('latin1') ?? '';
}

export const KEY_COMMANDS: readonly (readonly [string, Command])[] = [
  ['GET', command(2, get)],
  [
    'MGET',
    command(2, ({ args, ...call }) => all(args).map((key) => textOf({ args, ...call }, nameOf(key))), false, all),
  ],
  ['SET', command(3, set, true)],
  ['DEL', command(2, del, false, all)],
  ['UNLINK', command(2, del, false, all)],
  [
    'EXISTS',
    command(
      2,
      ({ server, client, args }) => all(args).filter((key) => server.find(client.database, nameOf(key))).length,
      false,
      all,
    ),
  ],
  ['TYPE', command(2, ({ server, client }, key) => new Simple(server.find(client.database, key)?.type ?? 'none'))],
  ['DUMP', command(2, ({ server, client }, key) => server.find(client.database, key)?.dump(server.seed) ?? null)],
  ['RESTORE', command(4, restore, true)],
  ['PEXPIREAT', command(3, expireAt)],
  ['PEXPIRETIME', command(2, expireTime)],
  ['PERSIST', command(2, persist)],
  ['RENAME', command(3, rename, false, all)],
  ['SCAN', command(2, scan, false, () => [])],
  [
    'DBSIZE',
    command(
      1,
      ({ server, client }) => server.data.get(client.database)?.size ?? 0,
      false,
      () => [],
    ),
  ],
  [
    'FLUSHALL',
    command(
      1,
      (call) => flush(call, null),
      false,
      () => [],
    ),
  ],
  [
    'FLUSHDB',
    command(
      1,
      (call) => flush(call, call.client.database),
      false,
      () => [],
    ),
  ],
];

// ---------------------------------------------------------------------------------------------------------------------

function flush({ server, cause }: Call, database: number | null): Reply {
  server.flush(database, cause);
  return OK;
}

function get({ server, client }: Call, key: string): Reply {
  const item = server.find(client.database, key);
  if (item !== null && item.type !== 'string') return failure(WRONG_TYPE);
  return item === null ? null : text(item.elements[0]!);
}

function textOf({ server, client }: Call, key: string): Reply {
  const item = server.find(client.database, key);
  return item?.type === 'string' ? text(item.elements[0]!) : null;
}

function set({ server, client, by, cause, args }: Call, key: string): Reply {
  const options = args.slice(3).map(String);
  const isForNothing = /^nx$/i.test(options.at(-1) ?? '');
  const [option, time] = isForNothing ? options.slice(0, -1) : options;
  let expiryMs = 0;
  if (option !== undefined) {
    if (!/^px(at)?$/i.test(option) || time === undefined) return failure('ERR syntax error');
    if (!/^-?\d+$/.test(time)) return failure(NO_INTEGER);
    if (Number(time) <= 0) return failure("ERR invalid expire time in 'set' command");
    expiryMs = Number(time) + (/^px$/i.test(option) ? server.nowMs : 0);
  }
  if (server.find(client.database, key) !== null && isForNothing) return null;
  server.change(client.database, key, new Item('string', [nameOf(args[2])], expiryMs), cause, by);
  return OK;
}

function del({ server, client, by, cause, args }: Call): Reply {
  let count = 0;
  for (const key of all(args).map(nameOf)) {
    if (server.find(client.database, key) === null) {
      if (cause === 'node')
        server.onChange({ database: client.database, key, before: null, after: null, cause, isFlush: false });
      continue;
    }
    server.change(client.database, key, null, cause, by);
    count++;
  }
  return count;
}

function restore({ server, client, by, cause, args }: Call, key: string): Reply {
  const options = args.slice(4).map((arg) => String(arg).toUpperCase());
  const [time, dump] = [String(args[2]), args[3]!];
  const before = server.find(client.database, key);
  if (before !== null && !options.includes('REPLACE')) return failure('BUSYKEY Target key name already exists.');
  if (!/^-?\d+$/.test(time)) return failure(NO_INTEGER);
  const absolute = options.includes('ABSTTL') || time === '0' ? Number(time) : Number(time) + server.nowMs;
  const item = itemOfDump(dump, absolute);
  if (item === null) return failure('ERR DUMP payload version or checksum are wrong');
  if (absolute !== 0 && absolute < server.nowMs) server.change(client.database, key, null, cause, by);
  else server.change(client.database, key, item, cause, by);
  return OK;
}

function expireAt({ server, client, by, cause, args }: Call, key: string): Reply {
  const item = server.find(client.database, key);
  if (item === null) return 0;
  const expiryMs = Number(String(args[2]));
  const isOver = expiryMs <= server.nowMs;
  server.change(client.database, key, isOver ? null : item.withExpiry(expiryMs), cause, by);
  return 1;
}

function expireTime({ server, client }: Call, key: string): Reply {
  const item = server.find(client.database, key);
  return item === null ? -2 : item.expiryMs === 0 ? -1 : item.expiryMs;
}

function persist({ server, client, by, cause }: Call, key: string): Reply {
  const item = server.find(client.database, key);
  if (item === null || item.expiryMs === 0) return 0;
  server.change(client.database, key, item.withExpiry(0), cause, by);
  return 1;
}

function rename({ server, client, by, cause, args }: Call, key: string): Reply {
  const item = server.find(client.database, key);
  const to = nameOf(args[2]);
  if (item === null) return failure('ERR no such key');
  if (to === key) return OK;
  server.find(client.database, to);
  server.change(client.database, to, item, cause, by);
  server.change(client.database, key, null, cause, by);
  return OK;
}

/** In the order of the hashes of their names: what is there all the time is given. */
function scan({ server, client, args }: Call): Reply {
  const options = args.slice(2).map(nameOf);
  const option = (name: string): string | undefined => {
    const at = options.findIndex((one, i) => i % 2 === 0 && one.toUpperCase() === name);
    return at < 0 ? undefined : options[at + 1];
  };
  const prefix = (option('MATCH') ?? '*').replace(/\*$/, '');
  const count = Math.min(server.options.keysPerScan, Number(option('COUNT') ?? 10));
  const from = Number(String(args[1]));
  const keys = [...(server.data.get(client.database)?.keys() ?? [])]
    .map((key) => ({ key, hash: hashOf(key, server.seed) + 1 }))
    .filter(({ hash }) => hash >= from)
    .sort((a, b) => a.hash - b.hash);
  const given = keys.slice(0, count).filter(({ key }) => key.startsWith(prefix));
  const found = given.filter(({ key }) => server.find(client.database, key) !== null);
  return [text(String(keys[count]?.hash ?? 0)), found.map(({ key }) => text(key))];
}
