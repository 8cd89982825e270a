import type { Bytes } from '../../../core/model/bytes.js';
import { ownsKey } from '../access/identity.js';
import { replyInPieces } from '../codec/reply-writer.js';
import type { Context } from '../session.js';
import type { CommandDefinition } from './definition.js';
import { Glob, goingOn, isMatchAll } from './glob.js';
import { inSlices, type Steps } from './slices.js';

export const keysCommand: CommandDefinition = {
  name: 'keys',
  arity: 2,
  flags: ['readonly'],
  needsData: true,
  keepsToPrefix: true,
  handle: (context, args) => inSlices(finding(context, args[1]!), () => !context.session.isGone),
};

// ---

/** The keys are encoded slice by slice: the encoding of a million of them would hold the event loop as the walk would. */
function* finding({ keyspace, session, hold }: Context, pattern: Bytes): Steps {
  const { database, identity } = session;
  const glob = isMatchAll(pattern) ? null : new Glob(pattern);
  const found = replyInPieces();
  let count = 0;
  for (let bucket = 0; bucket < keyspace.buckets; bucket++) {
    for (const key of keyspace.keysOf(database, bucket)) {
      if (identity === null || !ownsKey(identity, key)) continue;
      if (glob !== null && !(glob.begin(key) ?? (yield* goingOn(glob)))) continue;
      found.bulk(key);
      count++;
    }
    hold(found.length);
    yield;
  }
  return { kind: 'encoded', chunks: [Buffer.from(`*${count}\r\n`), ...found.take()] };
}
