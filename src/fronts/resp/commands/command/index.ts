import type { CommandDefinition } from '../definition.js';
import { container } from '../subcommand.js';
import { commandCountCommand } from './count.js';
import { commandInfo } from './description.js';
import { commandDocsCommand } from './docs.js';
import { commandGetkeysCommand } from './getkeys.js';
import { commandGetkeysandflagsCommand } from './getkeysandflags.js';
import { commandInfoCommand } from './info.js';
import { commandListCommand } from './list.js';

export const commandCommand: CommandDefinition = {
  ...container('command', [
    commandCountCommand,
    commandDocsCommand,
    commandGetkeysCommand,
    commandGetkeysandflagsCommand,
    commandInfoCommand,
    commandListCommand,
  ]),
  arity: -1,
  flags: ['loading', 'stale'],
  handle: ({ host }) => Promise.all(host.commands.all.map(commandInfo)),
};
