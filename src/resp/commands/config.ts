import type { Bytes } from '../../core/bytes.js';
import { OK, type Reply, simple } from '../codec/reply.js';
import type { Context } from '../session.js';
import { textOf, wrongArguments } from './arguments.js';
import type { CommandDefinition } from './definition.js';
import { globMatches } from './glob.js';
import { helpLines, subcommand } from './subcommand.js';

export const configCommand: CommandDefinition = {
  name: 'config',
  arity: -2,
  flags: [],
  categories: [],
  group: 'server',
  since: '2.0.0',
  summary: 'Read and change the limit of memory',
  handle: () => {
    throw wrongArguments('config');
  },
  subcommands: [
    subcommand('config', {
      name: 'get',
      arity: -3,
      since: '2.0.0',
      summary: 'Get parameters whose names match one of the patterns',
      handle: getParameters,
    }),
    subcommand('config', {
      name: 'set',
      arity: -4,
      since: '2.0.0',
      summary: 'Set parameters until the next start',
      handle: setParameters,
    }),
    subcommand('config', {
      name: 'help',
      arity: 2,
      since: '5.0.0',
      summary: 'Print this help',
      handle: () => helpLines(configCommand).map(simple),
    }),
  ],
};

// ---

function getParameters({ keyspace }: Context, args: readonly Bytes[]): Reply {
  const patterns = args.slice(2).map((pattern) => Buffer.from(textOf(pattern).toLowerCase()));
  const found = Object.entries(keyspace.parameters()).filter(([name]) =>
    patterns.some((pattern) => globMatches(pattern, Buffer.from(name))),
  );
  return { kind: 'map', pairs: found };
}

function setParameters({ keyspace }: Context, args: readonly Bytes[]): Reply {
  if (args.length % 2 !== 0) throw wrongArguments('config|set');
  const values = new Map<string, string>();
  for (let i = 2; i < args.length; i += 2) values.set(textOf(args[i]!).toLowerCase(), textOf(args[i + 1]!));
  keyspace.setParameters(values);
  return OK;
}
