import type { Bytes } from '../../../../core/model/bytes.js';
import type { CommandTable } from '../command-table.js';
import type { CommandDefinition } from '../definition.js';
import { commandInfo } from './description.js';

export const commandInfoCommand: CommandDefinition = {
  name: 'command|info',
  arity: -2,
  flags: ['loading', 'stale'],
  handle({ host: { commands } }, args) {
    if (args.length === 2) return Promise.all(commands.all.map(commandInfo));
    const found = args.slice(2).map((path) => findByPath(commands, path));
    return Promise.all(found.map((command) => (command === undefined ? null : commandInfo(command))));
  },
};

/** "get", or "client|id". */
export function findByPath(commands: CommandTable, path: Bytes): CommandDefinition | undefined {
  const bar = path.indexOf(0x7c);
  return commands.resolve(bar < 0 ? [path] : [path.subarray(0, bar), path.subarray(bar + 1)]);
}
