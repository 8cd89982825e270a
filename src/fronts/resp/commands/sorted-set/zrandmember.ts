import type { Bytes } from '../../../../core/model/bytes.js';
import { INT64_MAX } from '../../codec/integer.js';
import { scoreOf } from '../../collection.js';
import { RespError } from '../../keyspace.js';
import { integerOf, isWord, syntaxError } from '../arguments.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { randomPart, replyWithRandom } from '../random-parts.js';
import type { WholeReply } from '../whole-collection.js';
import { sortedSetAt } from './members.js';
import { type ScoreForm, scoreForm } from './members-reply.js';

export const zrandmemberCommand: CommandDefinition = {
  name: 'zrandmember',
  arity: -2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    if (args.length === 2) {
      const collection = sortedSetAt(context, args[1]!);
      return collection === undefined ? null : randomPart(collection).name;
    }
    const [count, withScores] = readCount(args);
    return replyWithRandom(context, args[1]!, 'zset', count, replyIn(scoreForm(context, withScores)));
  },
};

// ---

const OUT_OF_RANGE = `ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`;

function readCount(args: readonly Bytes[]): [count: number, withScores: boolean] {
  const count = integerOf(args[2]!);
  if (count < -INT64_MAX) throw new RespError(OUT_OF_RANGE);
  if (args.length === 3) return [Number(count), false];
  if (args.length > 4 || !isWord(args[3], 'withscores')) throw syntaxError();
  const half = INT64_MAX / 2n;
  if (count < -half || count > half) throw new RespError('ERR value is out of range');
  return [Number(count), true];
}

function replyIn(form: ScoreForm): WholeReply {
  return {
    head: (out, members) => out.array(form === 'behind' ? 2 * members : members),
    part(out, { name, value }) {
      if (form === 'pairs') out.array(2);
      out.bulk(name);
      if (form !== 'none') out.double(scoreOf(value));
    },
  };
}
