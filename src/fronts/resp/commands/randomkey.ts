import type { CommandDefinition } from './definition.js';

export const randomkeyCommand: CommandDefinition = {
  name: 'randomkey',
  arity: 1,
  flags: ['readonly'],
  needsData: true,
  handle({ keyspace, session }) {
    const start = Math.floor(Math.random() * keyspace.buckets);
    for (let i = 0; i < keyspace.buckets; i++) {
      const keys = keyspace.keysOf(session.database, (start + i) % keyspace.buckets);
      if (keys.length > 0) return keys[Math.floor(Math.random() * keys.length)]!;
    }
    return null;
  },
};
