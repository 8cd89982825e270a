import type { Bytes } from '../../../core/model/bytes.js';
import { mapReply, type Reply } from '../codec/reply.js';
import { type Item, RespError } from '../keyspace.js';
import { integerOf, isWord, syntaxError } from './arguments.js';
import type { CommandDefinition } from './definition.js';
import { lcsTable, type Match, walkBack } from './lcs-table.js';
import { inSlices, type Steps } from './slices.js';

export const lcsCommand: CommandDefinition = {
  name: 'lcs',
  arity: -3,
  flags: ['readonly'],
  keys: { first: 1, last: 2, step: 1 },
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const [a, b] = [args[1]!, args[2]!].map((key) => keyspace.get(session.database, key)).map(stringOf) as [
      Bytes,
      Bytes,
    ];
    const options = readOptions(args);
    if (4 * (a.length + 1) * (b.length + 1) > context.host.bulkBytesMax) {
      throw new RespError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
    }
    return inSlices(comparing(a, b, options), () => !context.session.isGone);
  },
};

// ---

/** The values never change, so nothing has to stand still meanwhile. */
function* comparing(a: Bytes, b: Bytes, options: LcsOptions): Steps {
  const table = lcsTable(a, b);
  for (let row = 1; row <= a.length; row++) {
    table.fillRow(row);
    yield;
  }
  return answer(walkBack(a, b, table), options);
}

interface LcsOptions {
  wants: 'text' | 'length' | 'matches';
  matchMin: number;
  withLengths: boolean;
}

function stringOf(item: Item | undefined): Bytes {
  if (item === undefined) return new Uint8Array(0);
  if ((item.type ?? 'string') !== 'string') throw new RespError('ERR The specified keys must contain string values');
  return item.value;
}

function readOptions(args: readonly Bytes[]): LcsOptions {
  const options: LcsOptions = { wants: 'text', matchMin: 0, withLengths: false };
  let isLength = false;
  for (let i = 3; i < args.length; i++) {
    if (isWord(args[i], 'idx')) options.wants = 'matches';
    else if (isWord(args[i], 'len')) isLength = true;
    else if (isWord(args[i], 'withmatchlen')) options.withLengths = true;
    else if (isWord(args[i], 'minmatchlen') && i + 1 < args.length) {
      options.matchMin = Math.max(0, Number(integerOf(args[++i]!)));
    } else throw syntaxError();
  }
  if (isLength && options.wants === 'matches') {
    throw new RespError('ERR If you want both the length and indexes, please just use IDX.');
  }
  if (isLength) options.wants = 'length';
  return options;
}

function answer({ common, matches }: ReturnType<typeof walkBack>, options: LcsOptions): Reply {
  if (options.wants === 'length') return common.length;
  if (options.wants === 'text') return common;
  const long = matches.filter(({ length }) => length >= options.matchMin);
  return mapReply([
    ['matches', long.map((match) => matchReply(match, options.withLengths))],
    ['len', common.length],
  ]);
}

function matchReply({ inA, inB, length }: Match, withLength: boolean): Reply {
  const ranges: Reply[] = [
    [inA, inA + length - 1],
    [inB, inB + length - 1],
  ];
  return withLength ? [...ranges, length] : ranges;
}
