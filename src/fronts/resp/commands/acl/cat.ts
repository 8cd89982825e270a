import { RespError } from '../../keyspace.js';
import { textOf, wrongSubcommandArguments } from '../arguments.js';
import { categoriesIn, describe } from '../command/command-data.js';
import type { CommandDefinition } from '../definition.js';

export const aclCatCommand: CommandDefinition = {
  name: 'acl|cat',
  arity: -2,
  flags: ['noscript', 'loading', 'stale'],
  async handle({ host }, args) {
    if (args.length > 3) throw wrongSubcommandArguments(args);
    if (args.length === 2) return CATEGORIES;
    const wanted = textOf(args[2]!);
    if (!CATEGORIES.includes(wanted.toLowerCase())) throw new RespError(`ERR Unknown category '${wanted}'`);
    const all = host.commands.all.flatMap((command) => command.subcommands ?? [command]);
    const categories = await Promise.all(all.map(async (command) => categoriesIn(await describe(command))));
    return all.filter((_, i) => categories[i]!.includes(`@${wanted.toLowerCase()}`)).map(({ name }) => name);
  },
};

// ---

/** All of Redis 7.0, in its order. */
const CATEGORIES = [
  ...['keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo'],
  ...['stream', 'pubsub', 'admin', 'fast', 'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting'],
];
