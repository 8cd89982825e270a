import type { ServerClient } from './client.js';
import { type Call, COMMANDS, type Command } from './commands.js';
import { failure, OK, QUEUED, type Reply } from './resp.js';
import { runScript } from './scripts.js';
import type { SimRedis } from './server.js';

const OOM = "OOM command not allowed when used memory > 'maxmemory'.";
const LOADING = 'LOADING Redis is loading the dataset in memory';
const BUSY = 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';
/** What is not queued between MULTI and EXEC. */
const AT_ONCE = ['EXEC', 'DISCARD', 'MULTI', 'WATCH'];

/** One command of a client: checked in the order in which a server checks, queued, or done. undefined: no reply of its own. */
export function execute(server: SimRedis, client: ServerClient, args: readonly Buffer[]): Reply | undefined {
  const name = String(args[0]).toUpperCase();
  const command = commandOf(name);
  const refused = refusalOf(server, client, args, command);
  if (refused !== null) {
    if (name === 'EXEC') return abort(server, client, refused);
    if (client.queued !== null) client.isAborted = true;
    return failure(refused);
  }
  if (client.queued !== null && !AT_ONCE.includes(name)) {
    client.queued.push([...args]);
    return QUEUED;
  }
  return perform(server, client, args);
}

// ---------------------------------------------------------------------------------------------------------------------

function refusalOf(
  server: SimRedis,
  client: ServerClient,
  args: readonly Buffer[],
  command: Command | null,
): string | null {
  const name = String(args[0]).toUpperCase();
  if (server.isBusy && server.stands) return BUSY;
  if (command === null) {
    const rest = args.slice(1).map((arg) => `'${arg.toString('latin1')}' `);
    return `ERR unknown command '${args[0]}', with args beginning with: ${rest.join('')}`;
  }
  if (args.length < command.arity) return `ERR wrong number of arguments for '${name.toLowerCase()}' command`;
  const noRight = client.party === 'node' ? rightsOf(server, name, command, args) : null;
  if (noRight !== null) return `NOPERM this user has no permissions to ${noRight}`;
  const isFull = !server.makeRoom();
  const takesMemory = mayTakeMemory(client, name, command);
  if (isFull && takesMemory) return OOM;
  if (server.isLoading && !command.isOfLoading) return LOADING;
  return null;
}

/** Between MULTI and EXEC whatever is queued takes memory. */
function mayTakeMemory({ queued }: ServerClient, name: string, { takesMemory }: Command): boolean {
  if (name === 'EXEC') return queued?.some((args) => commandOf(nameOf(args))?.takesMemory === true) ?? false;
  return takesMemory || (queued !== null && name !== 'DISCARD');
}

function rightsOf({ denied }: SimRedis, name: string, command: Command, args: readonly Buffer[]): string | null {
  if (denied.size === 0) return null;
  if (denied.has(name)) return `run the '${name.toLowerCase()}' command`;
  if (name === 'SUBSCRIBE' && denied.has('channels')) return 'access one of the channels used as arguments';
  if (command.keys(args).some((key) => isDenied(denied, key))) return 'access one of the keys used as arguments';
  return null;
}

function isDenied(denied: ReadonlySet<string>, key: Buffer): boolean {
  const name = key.toString('latin1');
  return [...denied].some((one) => one.startsWith('key:') && name.startsWith(one.slice(4)));
}

function abort(server: SimRedis, client: ServerClient, why: string): Reply {
  const hasBegun = client.queued !== null;
  forget(server, client);
  return failure(hasBegun ? `EXECABORT Transaction discarded because of: ${why}` : why);
}

function perform(server: SimRedis, client: ServerClient, args: readonly Buffer[]): Reply | undefined {
  switch (nameOf(args)) {
    case 'MULTI':
      if (client.queued !== null) return failure('ERR MULTI calls can not be nested');
      client.queued = [];
      return OK;
    case 'DISCARD':
      if (client.queued === null) return failure('ERR DISCARD without MULTI');
      forget(server, client);
      return OK;
    case 'WATCH':
      if (client.queued !== null) return failure('ERR WATCH inside MULTI is not allowed');
      for (const key of args.slice(1)) server.watch(client, key.toString('latin1'));
      return OK;
    case 'EXEC':
      return executeQueued(server, client);
    default:
      return one(server, client, args);
  }
}

function executeQueued(server: SimRedis, client: ServerClient): Reply {
  const { queued, isAborted } = client;
  if (queued === null) return failure('ERR EXEC without MULTI');
  const isTouched = client.isTouched || server.hasWatchedExpired(client);
  forget(server, client);
  if (isAborted) return failure('EXECABORT Transaction discarded because of previous errors.');
  if (isTouched) return null;
  return queued.map((args) => one(server, client, args) ?? null);
}

function forget(server: SimRedis, client: ServerClient): void {
  client.queued = null;
  client.isAborted = false;
  server.unwatch(client);
}

function one(server: SimRedis, client: ServerClient, args: readonly Buffer[]): Reply | undefined {
  const call: Call = { server, client, by: client, cause: client.party, args };
  if (/^EVAL(SHA)?$/.test(nameOf(args))) return runScript(call, callInside(server, client));
  return commandOf(nameOf(args))!.run(call);
}

/** What a script calls. Its changes are nobody's to the tracking. Gives errors as they come to `pcall`. */
function callInside(server: SimRedis, client: ServerClient): (args: readonly Buffer[]) => Reply {
  const isFull = !server.makeRoom();
  return (args) => {
    const name = nameOf(args);
    const command = commandOf(name)!;
    if (client.party === 'node') {
      if (server.denied.has(name))
        return failure("ERR The user executing the script can't run this command or subcommand");
      if (command.keys(args).some((key) => isDenied(server.denied, key))) {
        const what = 'at least one of the keys mentioned in the command arguments';
        return failure(`ERR The user executing the script can't access ${what}`);
      }
    }
    if (isFull && command.takesMemory) return failure(OOM);
    return command.run({ server, client, by: null, cause: client.party, args }) ?? null;
  };
}

function nameOf(args: readonly Buffer[]): string {
  return String(args[0]).toUpperCase();
}

function commandOf(name: string): Command | null {
  return COMMANDS.get(name) ?? null;
}
