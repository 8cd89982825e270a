import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import type { CommandTable } from '../command-table.js';
import { type CommandDefinition, hasArity, type KeyUse } from '../definition.js';
import { describe, type Kept, type KeptMap, textsOf } from './command-data.js';

/** The keys among the arguments of a request, in their order, and what the command does with each. */
export async function keysOfRequest(commands: CommandTable, args: readonly Bytes[]): Promise<readonly KeyUse[]> {
  const command = commands.resolve(args);
  if (command === undefined) throw new RespError('ERR Invalid command specified');
  if (command.keys === undefined && command.keyUses === undefined)
    throw new RespError('ERR The command has no key arguments');
  if (!hasArity(command, args.length)) throw new RespError('ERR Invalid number of arguments specified for command');
  return command.keyUses === undefined ? keysBySpecifications(command, args) : command.keyUses(args);
}

// ---

/** All keys that a command has at fixed places are found by Redis' specifications of type "index" and "range". */
async function keysBySpecifications(command: CommandDefinition, args: readonly Bytes[]): Promise<KeyUse[]> {
  const { info } = await describe(command);
  return (info[8] as { '~': KeptMap[] })['~'].flatMap((specification) => {
    const first = Number(valueAt(specification, 'begin_search', 'spec', 'index'));
    const last = Number(valueAt(specification, 'find_keys', 'spec', 'lastkey'));
    const step = Number(valueAt(specification, 'find_keys', 'spec', 'keystep'));
    const end = last < 0 ? args.length + last : first + last;
    const flags = textsOf(valueAt(specification, 'flags'));
    const uses: KeyUse[] = [];
    for (let at = first; at <= end; at += step) uses.push({ key: args[at]!, flags });
    return uses;
  });
}

function valueAt(map: KeptMap, ...path: string[]): Kept {
  return path.reduce<Kept>((inner, name) => {
    const items = (inner as KeptMap)['%'];
    return items[items.indexOf(name) + 1]!;
  }, map);
}
