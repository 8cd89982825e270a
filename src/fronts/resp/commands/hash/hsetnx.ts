import { type CommandDefinition, ONE_KEY } from '../definition.js';

export const hsetnxCommand: CommandDefinition = {
  name: 'hsetnx',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session: { database } }, args) {
    const [, key, field, value] = args as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    if (keyspace.collection(database, key, 'hash')?.get(field) !== undefined) return 0;
    keyspace.putPart(database, key, 'hash', field, value);
    return 1;
  },
};
