import { simple } from '../codec/reply.js';
import { wrongArguments } from './arguments.js';
import { summaryOf } from './command/command-data.js';
import type { CommandDefinition } from './definition.js';

/** A command that is nothing but a name for its subcommands, HELP among them. */
export function container(name: string, subcommands: readonly CommandDefinition[]): CommandDefinition {
  const help: CommandDefinition = {
    name: `${name}|help`,
    arity: 2,
    flags: ['loading', 'stale'],
    handle: async () => (await helpLines(name, subcommands)).map(simple),
  };
  return {
    name,
    arity: -2,
    flags: [],
    handle: () => {
      throw wrongArguments(name);
    },
    subcommands: [...subcommands, help],
  };
}

// ---

async function helpLines(name: string, subcommands: readonly CommandDefinition[]): Promise<string[]> {
  const lines = [`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const command of subcommands) {
    lines.push(command.name.slice(name.length + 1).toUpperCase(), `    ${await summaryOf(command)}.`);
  }
  return [...lines, 'HELP', '    Print this help.'];
}
