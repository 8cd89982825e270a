import type { Bytes } from '../../core/bytes.js';
import type { Reply } from '../codec/reply.js';
import { ReplyWriter } from '../codec/reply-writer.js';
import type { Context } from '../session.js';
import { copyOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';
import { globMatches, isMatchAll } from './glob.js';
import { inSlices } from './slices.js';

export const keysCommand: CommandDefinition = {
  name: 'keys',
  arity: 2,
  flags: ['readonly'],
  needsData: true,
  handle: (context, args) => findKeys(context, copyOf(args[1]!)),
};

// ---

/** The keys are encoded slice by slice: the encoding of a million of them would hold the event loop as the walk would. */
function findKeys({ keyspace, session, atomic }: Context, pattern: Bytes): Reply | Promise<Reply> {
  const database = session.database;
  const all = isMatchAll(pattern);
  const found = new ReplyWriter();
  let count = 0;
  const rest = inSlices(keyspace.buckets, atomic, (bucket) => {
    for (const key of keyspace.keysOf(database, bucket)) {
      if (!all && !globMatches(pattern, key)) continue;
      found.bulk(key);
      count++;
    }
  });
  const reply = (): Reply => ({ kind: 'encoded', chunks: [Buffer.from(`*${count}\r\n`), ...found.take()] });
  return rest === undefined ? reply() : rest.then(reply);
}
