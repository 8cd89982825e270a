import type { Bytes } from '../../../../core/model/bytes.js';
import { isWord, syntaxError, textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { globMatches } from '../glob.js';
import { categoriesIn, describe } from './command-data.js';

export const commandListCommand: CommandDefinition = {
  name: 'command|list',
  arity: -2,
  flags: ['loading', 'stale'],
  async handle({ host }, args) {
    if (args.length !== 2 && (args.length !== 5 || !isWord(args[2], 'filterby'))) throw syntaxError();
    const filter = args.length === 2 ? () => true : filterOf(args[3]!, args[4]!);
    const all = host.commands.all.flatMap((command) => [command, ...(command.subcommands ?? [])]);
    const isWanted = await Promise.all(all.map(filter));
    return all.filter((_command, i) => isWanted[i]).map(({ name }) => name);
  },
};

// ---

type Filter = (command: CommandDefinition) => boolean | Promise<boolean>;

function filterOf(kind: Bytes, value: Bytes): Filter {
  if (isWord(kind, 'module')) return () => false;
  if (isWord(kind, 'pattern')) return (command) => globMatches(value, Buffer.from(command.name));
  if (!isWord(kind, 'aclcat')) throw syntaxError();
  const category = `@${textOf(value).toLowerCase()}`;
  return async (command) => categoriesIn(await describe(command)).includes(category);
}
