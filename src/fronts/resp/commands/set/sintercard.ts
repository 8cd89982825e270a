import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf, integerOf, isWord, syntaxError, textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import type { Steps } from '../slices.js';
import { combining } from './combining.js';

export const sintercardCommand: CommandDefinition = {
  name: 'sintercard',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keyUses: (args) =>
    args.slice(2, 2 + Math.max(0, Number(textOf(args[1]!)) || 0)).map((key) => ({ key, flags: ['RO', 'access'] })),
  needsData: true,
  handle(context, args) {
    const keys = keysOf(args);
    const limit = limitOf(args.slice(2 + keys.length));
    return alone(
      context,
      counting(context, keys.map(copyOf), limit),
      () => {},
      () => !context.session.isGone,
    );
  },
};

// ---

function keysOf(args: readonly Bytes[]): readonly Bytes[] {
  const wrong = 'ERR numkeys should be greater than 0';
  const count = integerOf(args[1]!, wrong);
  if (count < 1) throw new RespError(wrong);
  if (count > args.length - 2) throw new RespError("ERR Number of keys can't be greater than number of args");
  return args.slice(2, 2 + Number(count));
}

/** 0: none. */
function limitOf(options: readonly Bytes[]): number {
  const wrong = "ERR LIMIT can't be negative";
  let limit = 0;
  for (let i = 0; i < options.length; i += 2) {
    if (!isWord(options[i], 'limit') || i + 1 === options.length) throw syntaxError();
    limit = Number(integerOf(options[i + 1]!, wrong));
    if (limit < 0) throw new RespError(wrong);
  }
  return limit;
}

function* counting(context: Context, keys: readonly Bytes[], limit: number): Steps {
  let count = 0;
  yield* combining(context, 'intersection', keys, {
    bytes: 0,
    add: () => void count++,
    get isFull() {
      return limit > 0 && count >= limit;
    },
  });
  return count;
}
