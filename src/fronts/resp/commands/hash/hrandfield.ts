import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import { integerOf, isWord, syntaxError } from '../arguments.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { randomPart, replyWithRandom } from '../random-parts.js';

export const hrandfieldCommand: CommandDefinition = {
  name: 'hrandfield',
  arity: -2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    if (args.length === 2) {
      const hash = keyspace.collection(session.database, args[1]!, 'hash');
      return hash === undefined ? null : randomPart(hash).name;
    }
    const { count, withValues } = readOptions(args);
    const isFlat = session.protocol === 2;
    return replyWithRandom(context, args[1]!, 'hash', count, {
      head: (out, fields) => out.array(withValues && isFlat ? 2 * fields : fields),
      part: (out, { name, value }) => {
        if (withValues && !isFlat) out.array(2);
        out.bulk(name);
        if (withValues) out.bulk(value);
      },
    });
  },
};

// ---

const COUNT_MAX = 2n ** 63n - 1n;

function readOptions(args: readonly Bytes[]): { count: number; withValues: boolean } {
  const count = integerOf(args[2]!);
  if (BigInt(count) < -COUNT_MAX)
    throw new RespError(`ERR value is out of range, value must between ${-COUNT_MAX} and ${COUNT_MAX}`);
  const withValues = args.length > 3;
  if (args.length > 4 || (withValues && !isWord(args[3], 'withvalues'))) throw syntaxError();
  // A flat reply has two elements for each field.
  if (withValues && (BigInt(count) > COUNT_MAX / 2n || BigInt(count) < -COUNT_MAX / 2n))
    throw new RespError('ERR value is out of range');
  return { count: Number(count), withValues };
}
