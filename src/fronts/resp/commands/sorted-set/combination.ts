import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { copyOf, integerOf, isWord, syntaxError } from '../arguments.js';
import { scoreArgument } from './score.js';
import { sourceAt } from './sources.js';

type Operation = 'union' | 'intersection' | 'difference';
export type Aggregate = 'sum' | 'min' | 'max';

/** What somebody wants to have made of some sorted sets. */
export interface Combination {
  readonly operation: Operation;
  readonly inputs: readonly Input[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
  /** So many members are enough; 0: all. */
  readonly limit: number;
}

export interface Input {
  readonly key: Bytes;
  readonly weight: number;
}

/** What the commands differ in. */
export interface CombiningCommand {
  readonly name: string;
  readonly operation: Operation;
  /** What is made is told, stored or counted. */
  readonly use: 'tell' | 'store' | 'count';
}

/** Reads the number of keys, the keys and the options. Throws WRONGTYPE for a key with something else, before it looks at options. */
export function readCombination(context: Context, args: readonly Bytes[], command: CombiningCommand): Combination {
  const from = command.use === 'store' ? 2 : 1;
  const keys = readKeys(args, from, command.name);
  for (const key of keys) sourceAt(context, key);
  const options = readOptions(args.slice(from + 1 + keys.length), keys.length, command);
  const inputs = keys.map((key, i) => ({ key: copyOf(key), weight: options.weights?.[i] ?? 1 }));
  return { ...options, operation: command.operation, inputs };
}

// ---

interface Options {
  weights: readonly number[] | null;
  aggregate: Aggregate;
  withScores: boolean;
  limit: number;
}

function readKeys(args: readonly Bytes[], countAt: number, commandName: string): readonly Bytes[] {
  const count = integerOf(args[countAt]!);
  if (count < 1) throw new RespError(`ERR at least 1 input key is needed for '${commandName}' command`);
  if (count > args.length - countAt - 1) throw syntaxError();
  return args.slice(countAt + 1, countAt + 1 + Number(count));
}

function readOptions(words: readonly Bytes[], keyCount: number, { operation, use }: CombiningCommand): Options {
  const options: Options = { weights: null, aggregate: 'sum', withScores: false, limit: 0 };
  const hasWeights = operation !== 'difference' && use !== 'count';
  for (let i = 0; i < words.length; ) {
    const [word, left] = [words[i], words.length - i];
    if (hasWeights && left > keyCount && isWord(word, 'weights')) {
      options.weights = words.slice(i + 1, i + 1 + keyCount).map(weightOf);
      i += 1 + keyCount;
    } else if (hasWeights && left > 1 && isWord(word, 'aggregate')) {
      options.aggregate = aggregateOf(words[i + 1]!);
      i += 2;
    } else if (use === 'tell' && isWord(word, 'withscores')) {
      options.withScores = true;
      i++;
    } else if (use === 'count' && left > 1 && isWord(word, 'limit')) {
      options.limit = limitOf(words[i + 1]!);
      i += 2;
    } else {
      throw syntaxError();
    }
  }
  return options;
}

function weightOf(argument: Bytes): number {
  return scoreArgument(argument, 'ERR weight value is not a float');
}

function aggregateOf(argument: Bytes): Aggregate {
  for (const one of ['sum', 'min', 'max'] as const) if (isWord(argument, one)) return one;
  throw syntaxError();
}

function limitOf(argument: Bytes): number {
  const wrong = "ERR LIMIT can't be negative";
  const limit = Number(integerOf(argument, wrong));
  if (limit < 0) throw new RespError(wrong);
  return limit;
}
