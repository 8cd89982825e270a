import type { Bytes } from '../../core/bytes.js';
import { RespError } from '../keyspace.js';
import type { CommandTable } from './command-table.js';
import { hasArity } from './definition.js';

/** The keys among the arguments of a request, by the command's key positions. */
export function keysOfRequest(commands: CommandTable, args: readonly Bytes[]): readonly Bytes[] {
  const command = commands.resolve(args);
  if (command === undefined) throw new RespError('ERR Invalid command specified');
  if (command.keys === undefined) throw new RespError('ERR The command has no key arguments');
  if (!hasArity(command, args.length)) throw new RespError('ERR Invalid number of arguments specified for command');
  const { first, last, step } = command.keys;
  const keys: Bytes[] = [];
  for (let at = first; at <= (last < 0 ? args.length + last : last); at += step) keys.push(args[at]!);
  return keys;
}
