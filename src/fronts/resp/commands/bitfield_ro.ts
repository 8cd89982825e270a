import { RespError } from '../keyspace.js';
import { readOperations } from './bit-field.js';
import { performOperations } from './bitfield.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const bitfieldRoCommand: CommandDefinition = {
  name: 'bitfield_ro',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const operations = readOperations(context, args);
    if (operations.some(({ kind }) => kind !== 'get')) {
      throw new RespError('ERR BITFIELD_RO only supports the GET subcommand');
    }
    return performOperations(context, args[1]!, operations);
  },
};
