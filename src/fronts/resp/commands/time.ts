import type { CommandDefinition } from './definition.js';

export const timeCommand: CommandDefinition = {
  name: 'time',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  handle({ keyspace }) {
    const nowMs = keyspace.nowMs();
    return [String(Math.floor(nowMs / 1000)), String(Math.floor((nowMs % 1000) * 1000))];
  },
};
