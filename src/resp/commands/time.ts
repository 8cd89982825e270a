import type { CommandDefinition } from './definition.js';

export const timeCommand: CommandDefinition = {
  name: 'time',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: [],
  group: 'server',
  since: '2.6.0',
  summary: "Get the node's time as Unix seconds and microseconds",
  handle({ keyspace }) {
    const nowMs = keyspace.nowMs();
    return [String(Math.floor(nowMs / 1000)), String(Math.floor((nowMs % 1000) * 1000))];
  },
};
