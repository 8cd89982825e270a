import { mapReply } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';
import { commandDocs } from './description.js';
import { findByPath } from './info.js';

export const commandDocsCommand: CommandDefinition = {
  name: 'command|docs',
  arity: -2,
  flags: ['loading', 'stale'],
  async handle({ host: { commands } }, args) {
    const wanted = args.length === 2 ? commands.all : args.slice(2).flatMap((path) => findByPath(commands, path) ?? []);
    return mapReply(await Promise.all(wanted.map(commandDocs)));
  },
};
