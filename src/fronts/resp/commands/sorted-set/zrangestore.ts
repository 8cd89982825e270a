import type { Bytes } from '../../../../core/model/bytes.js';
import type { ScoredMember } from '../../collection.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import type { Steps } from '../slices.js';
import { sortedSetAt, walking } from './members.js';
import { type RangeQuery, ranksOf, readQuery } from './ranging.js';
import { MEMBER_BYTES, storing } from './storing.js';

export const zrangestoreCommand: CommandDefinition = {
  name: 'zrangestore',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: 2, step: 1 },
  needsData: true,
  handle(context, args) {
    const query = readQuery(args, 3, { kind: null, isReversed: null }, false);
    return alone(context, copying(context, copyOf(args[1]!), copyOf(args[2]!), query), () => {});
  },
};

// ---

/** All is read before the first is written: target and source may be the same. */
function* copying(context: Context, target: Bytes, source: Bytes, query: RangeQuery): Steps {
  const collection = sortedSetAt(context, source);
  const members: ScoredMember[] = [];
  if (collection !== undefined) {
    const ranks = ranksOf(query, query.range(collection));
    for (const _ of walking(context, source, ranks, query.isReversed, (member) => members.push(member))) {
      context.hold(MEMBER_BYTES * members.length);
      yield;
    }
  }
  return yield* storing(context, target, members);
}
