import type { Bytes } from '../../../../core/model/bytes.js';
import { INT64_MAX } from '../../codec/integer.js';
import { RespError } from '../../keyspace.js';
import { integerOf, syntaxError } from '../arguments.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { randomPart, replyWithRandom } from '../random-parts.js';
import { setAt } from './members.js';

export const srandmemberCommand: CommandDefinition = {
  name: 'srandmember',
  arity: -2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    if (args.length > 3) throw syntaxError();
    if (args.length === 2) {
      const set = setAt(context, args[1]!);
      return set === undefined ? null : randomPart(set).name;
    }
    return replyWithRandom(context, args[1]!, 'set', countOf(args[2]!), {
      head: (out, members) => out.array(members),
      part: (out, { name }) => out.bulk(name),
    });
  },
};

// ---

function countOf(argument: Bytes): number {
  const count = integerOf(argument);
  if (count < -INT64_MAX) throw new RespError(OUT_OF_RANGE);
  return Number(count);
}

const OUT_OF_RANGE = `ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`;
