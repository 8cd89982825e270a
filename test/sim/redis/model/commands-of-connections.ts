import { hash } from 'node:crypto';
import type { Call, Command } from './commands.js';
import { nameOf } from './commands-of-keys.js';
import { infoOf } from './info.js';
import { failure, OK, Pairs, Push, type Reply, Simple, text } from './resp.js';

const none = (): readonly Buffer[] => [];

function plain(arity: number, run: Command['run'], isOfLoading = false): Command {
  return { arity, takesMemory: false, isOfLoading, keys: none, run };
}

export const CONNECTION_COMMANDS: readonly (readonly [string, Command])[] = [
  ['PING', plain(1, () => new Simple('PONG'))],
  ['HELLO', plain(1, hello, true)],
  ['AUTH', plain(2, () => OK, true)],
  ['SELECT', plain(2, select, true)],
  ['CLIENT', plain(2, clientCommand, true)],
  ['INFO', plain(1, ({ server }) => text(infoOf(server)), true)],
  ['ROLE', plain(1, ({ server }) => [text(server.isReplica ? 'slave' : 'master'), server.offset, []], true)],
  ['TIME', plain(1, time, true)],
  ['CONFIG', plain(2, config, true)],
  ['COMMAND', plain(1, () => TABLE, true)],
  ['REPLCONF', plain(1, replconf, true)],
  ['PSYNC', plain(3, psync)],
  ['PUBLISH', plain(3, publish)],
  ['SCRIPT', plain(2, script)],
  ['WAIT', plain(3, wait)],
  ['SUBSCRIBE', plain(2, subscribe, true)],
  ['UNWATCH', plain(1, unwatch)],
];

// ---------------------------------------------------------------------------------------------------------------------

/** What it says of the commands in its stream. */
const TABLE: Reply = ['set', 'del', 'restore'].map((name) => [
  text(name),
  -2,
  [text('write')],
  1,
  name === 'del' ? -1 : 1,
  1,
]);

/** What a replica has is told without being answered. */
function replconf({ args }: Call): Reply | undefined {
  return nameOf(args[1]!).toUpperCase() === 'ACK' ? undefined : OK;
}

function psync({ server, client, args }: Call): undefined {
  client.isReplica = true;
  server.replication.join(client, nameOf(args[1]!), Number(nameOf(args[2]!)));
}

function publish({ server, client, args }: Call): Reply {
  server.replication.write(client.database, args.map(nameOf));
  return 0;
}

function unwatch({ server, client }: Call): Reply {
  server.unwatch(client);
  return OK;
}

function hello({ client, args }: Call): Reply {
  client.protocol = String(args[1]) === '3' ? 3 : 2;
  const fields: Readonly<Record<string, Reply>> = {
    server: text('redis'),
    version: text('7.0.15'),
    proto: client.protocol,
    id: client.id,
    mode: text('standalone'),
    role: text('master'),
    modules: [],
  };
  return new Pairs(Object.entries(fields).flatMap(([name, value]) => [text(name), value]));
}

function select({ client, args }: Call): Reply {
  const database = Number(String(args[1]));
  if (!(database >= 0 && database < 16)) return failure('ERR DB index is out of range');
  client.database = database;
  return OK;
}

function time({ server }: Call): Reply {
  const nowMs = server.nowMs;
  return [text(String(Math.floor(nowMs / 1000))), text(String((nowMs % 1000) * 1000))];
}

function clientCommand(call: Call): Reply {
  const { server, client, args } = call;
  const words = args.slice(1).map(nameOf);
  const [verb = '', first = ''] = words.map((word) => word.toUpperCase());
  switch (verb) {
    case 'ID':
      return client.id;
    case 'KILL':
      return kill(call, Number(words[2]));
    case 'SETNAME':
    case 'SETINFO':
    case 'NO-EVICT':
      return OK;
    case 'TRACKING': {
      const prefixes = words.flatMap((word, i) => (words[i - 1]?.toUpperCase() === 'PREFIX' ? [word] : []));
      const isNoLoop = words.some((word) => word.toUpperCase() === 'NOLOOP');
      const at = words.findIndex((word) => word.toUpperCase() === 'REDIRECT');
      const redirect = at < 0 ? null : Number(words[at + 1]);
      if (redirect !== null && server.clientOf(redirect) === null)
        return failure('ERR The client ID you want redirect to does not exist');
      client.tracking =
        first === 'ON' ? { prefixes: prefixes.length === 0 ? [''] : prefixes, isNoLoop, redirect } : null;
      return OK;
    }
    default:
      throw new Error(`the model of Redis knows no CLIENT ${verb}`);
  }
}

function kill({ server }: Call, id: number): Reply {
  const client = server.clientOf(id);
  if (client === null) return 0;
  server.disconnect(client);
  return 1;
}

/** With too few replicas it takes all of its time. */
function wait({ server, client, args }: Call): Reply | undefined {
  const [replicas, ms] = args.slice(1).map((arg) => Number(String(arg)));
  const has = server.options.hasReplica ? 1 : 0;
  if (has >= replicas!) return has;
  server.block(client, ms!, has);
  return undefined;
}

function config({ server, args }: Call): Reply {
  const [verb, name] = args.slice(1).map(nameOf);
  if (verb?.toUpperCase() !== 'GET') throw new Error(`the model of Redis knows no CONFIG ${verb}`);
  const { events, maxMemory, policy } = server.options;
  const known: Readonly<Record<string, string>> = {
    'notify-keyspace-events': events,
    maxmemory: String(maxMemory),
    'maxmemory-policy': policy,
  };
  const value = known[name ?? ''];
  return new Pairs(value === undefined ? [] : [text(name!), text(value)]);
}

function script({ server, args }: Call): Reply {
  const [verb, body = ''] = args.slice(1).map(nameOf);
  switch (verb?.toUpperCase()) {
    case 'LOAD': {
      const sha = hash('sha1', text(body), 'hex');
      server.scripts.add(sha);
      return text(sha);
    }
    case 'FLUSH':
      server.scripts.clear();
      return OK;
    case 'EXISTS':
      return args.slice(2).map((sha) => (server.scripts.has(nameOf(sha)) ? 1 : 0));
    default:
      throw new Error(`the model of Redis knows no SCRIPT ${verb}`);
  }
}

function subscribe({ client, args }: Call): undefined {
  for (const channel of args.slice(1).map(nameOf)) {
    client.channels.add(channel);
    client.say(new Push([text('subscribe'), text(channel), client.channels.size]));
  }
}
