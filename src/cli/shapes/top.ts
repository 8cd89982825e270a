import { clusterState, memberState } from './cluster.js';
import { incident, member, ofMember } from './common.js';
import { bytes64, count, flag, island, list, nullable, number, object, text, time } from './shape.js';

const rate = (description?: string) => nullable(number(), description);

export const top = object({
  state: clusterState,
  healthy: flag(),
  headline: text(),
  clusterId: text(),
  asked: member,
  nowMs: time(),
  members: list(
    object({
      ...ofMember,
      address: text(),
      state: memberState,
      answers: flag(),
      island: nullable(island()),
      entries: nullable(count()),
      lagWrites: nullable(count(), 'Writes that it has not acknowledged to the asked node.'),
      clients: nullable(count()),
      readsPerSecond: rate('Commands of its clients that read; null: it does not answer.'),
      writesPerSecond: rate('Commands of its clients that write.'),
    }),
  ),
  hot: list(
    object({
      node: member,
      database: count(),
      prefix: nullable(text(), 'null: it is not valid UTF-8. Empty: keys that have no beginning in common.'),
      prefixBase64: bytes64(),
      readsPerSecond: number('Estimated from samples.'),
      writesPerSecond: number(),
    }),
    'How keys begin that are in use, the most used of each member first.',
  ),
  incidents: list(
    object({ incident, conflicts: nullable(count(), 'null: that is not known.') }),
    'The latest split-brains, the newest first.',
  ),
});
