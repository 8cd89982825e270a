import type { Bytes } from '../../core/bytes.js';
import { type Reply, simple } from '../codec/reply.js';
import type { Context } from '../session.js';
import { isWord, syntaxError, textOf } from './arguments.js';
import { categoriesOf, commandDocs, commandInfo } from './command-description.js';
import { keysOfRequest } from './command-keys.js';
import type { CommandTable } from './command-table.js';
import type { CommandDefinition } from './definition.js';
import { globMatches } from './glob.js';
import { helpLines, subcommand } from './subcommand.js';

export const commandCommand: CommandDefinition = {
  name: 'command',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  group: 'server',
  since: '2.8.13',
  summary: 'Facts about the commands',
  handle: ({ host }) => host.commands.all.map(commandInfo),
  subcommands: [
    subcommand('command', {
      name: 'count',
      arity: 2,
      since: '2.8.13',
      summary: 'Get the number of commands',
      handle: ({ host }) => host.commands.all.length,
    }),
    subcommand('command', {
      name: 'info',
      arity: -2,
      since: '2.8.13',
      summary: 'Get facts about some commands, or all',
      handle: infoOf,
    }),
    subcommand('command', {
      name: 'docs',
      arity: -2,
      since: '7.0.0',
      summary: 'Get descriptions of some commands, or all',
      handle: docsOf,
    }),
    subcommand('command', {
      name: 'list',
      arity: -2,
      since: '7.0.0',
      summary: 'Get the names of commands, all or by FILTERBY',
      handle: listOf,
    }),
    subcommand('command', {
      name: 'getkeys',
      arity: -4,
      since: '2.8.13',
      summary: 'Get the keys among the arguments of a command',
      handle: ({ host }, args) => [...keysOfRequest(host.commands, args.slice(2))],
    }),
    subcommand('command', {
      name: 'help',
      arity: 2,
      since: '5.0.0',
      summary: 'Print this help',
      handle: () => helpLines(commandCommand).map(simple),
    }),
  ],
};

// ---

function infoOf({ host: { commands } }: Context, args: readonly Bytes[]): Reply {
  if (args.length === 2) return commands.all.map(commandInfo);
  return args.slice(2).map((name) => {
    const command = findByPath(commands, name);
    return command === undefined ? null : commandInfo(command);
  });
}

function docsOf({ host: { commands } }: Context, args: readonly Bytes[]): Reply {
  const wanted = args.length === 2 ? commands.all : args.slice(2).flatMap((name) => findByPath(commands, name) ?? []);
  return { kind: 'map', pairs: wanted.map((command) => [command.name, commandDocs(command)]) };
}

/** "get", or "client|id". */
function findByPath(commands: CommandTable, path: Bytes): CommandDefinition | undefined {
  const bar = path.indexOf(0x7c);
  return commands.resolve(bar < 0 ? [path] : [path.subarray(0, bar), path.subarray(bar + 1)]);
}

function listOf({ host: { commands } }: Context, args: readonly Bytes[]): Reply {
  if (args.length === 2) return commands.all.map((command) => command.name);
  if (args.length !== 5 || !isWord(args[2], 'filterby')) throw syntaxError();
  return commands.all.filter(filterOf(args[3]!, args[4]!)).map((command) => command.name);
}

function filterOf(kind: Bytes, value: Bytes): (command: CommandDefinition) => boolean {
  if (isWord(kind, 'module')) return () => false;
  if (isWord(kind, 'pattern')) return (command) => globMatches(value, Buffer.from(command.name));
  if (isWord(kind, 'aclcat')) return (command) => categoriesOf(command).includes(`@${textOf(value).toLowerCase()}`);
  throw syntaxError();
}
