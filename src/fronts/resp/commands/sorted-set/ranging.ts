import type { Bytes } from '../../../../core/model/bytes.js';
import type { Reply } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf, integerOf, isWord, syntaxError } from '../arguments.js';
import type { Steps } from '../slices.js';
import { MEMBERS_PER_STEP, membersAt, sortedSetAt, walking } from './members.js';
import { LongMembersReply, membersReply, type ScoreForm, scoreForm } from './members-reply.js';
import { type Range, type RangeKind, type Ranks, readRange } from './ranges.js';

/** What ZRANGE and its like differ in: null is what their options say. */
export interface RangeCommand {
  readonly kind: RangeKind | null;
  readonly isReversed: boolean | null;
}

/** What somebody asks for with one of them. */
export interface RangeQuery {
  readonly range: Range;
  readonly isReversed: boolean;
  readonly withScores: boolean;
  readonly limit: Limit | null;
}

/** ZRANGE and its like: the members of a range. */
export function replyRange(context: Context, args: readonly Bytes[], command: RangeCommand): Reply | Promise<Reply> {
  const query = readQuery(args, 2, command, true);
  const collection = sortedSetAt(context, args[1]!);
  if (collection === undefined) return [];
  const ranks = ranksOf(query, query.range(collection));
  const form = scoreForm(context, query.withScores);
  if (ranks.count <= MEMBERS_PER_STEP) return membersReply(membersAt(collection, ranks, query.isReversed), form);
  const { session } = context;
  const steps = replying(context, copyOf(args[1]!), ranks, query.isReversed, form);
  return alone(
    context,
    steps,
    () => {},
    () => !session.isGone,
  );
}

/** Reads the range, whose ends are at `from` and behind it, and the options that follow. */
export function readQuery(
  args: readonly Bytes[],
  from: number,
  command: RangeCommand,
  mayHaveScores: boolean,
): RangeQuery {
  const {
    kind: namedKind,
    isReversed: namedReversed,
    withScores,
    limit,
  } = readOptions(args, from, command, mayHaveScores);
  const [kind, isReversed] = [namedKind ?? 'rank', namedReversed ?? false];
  if (limit !== null && limit.count !== -1 && kind === 'rank') throw new RespError(LIMIT_OF_RANKS);
  if (withScores && kind === 'lex') throw new RespError(SCORES_OF_NAMES);
  const [one, other] = [args[from]!, args[from + 1]!];
  const isFromMost = isReversed && kind !== 'rank';
  const range = readRange(kind, isFromMost ? other : one, isFromMost ? one : other, isReversed);
  return { range, isReversed, withScores, limit: kind === 'rank' ? null : limit };
}

/** What LIMIT leaves of a range. */
export function ranksOf({ limit, isReversed }: RangeQuery, { first, count }: Ranks): Ranks {
  if (limit === null) return { first, count };
  // As in Redis, an offset below 0 is beyond the end, and a count below 0 is all.
  const skipped = limit.offset < 0 ? count : Math.min(limit.offset, count);
  const rest = count - skipped;
  const kept = limit.count < 0 ? rest : Math.min(limit.count, rest);
  return { first: isReversed ? first + rest - kept : first + skipped, count: kept };
}

// ---

interface Limit {
  readonly offset: number;
  readonly count: number;
}

interface RangeOptions {
  kind: RangeKind | null;
  isReversed: boolean | null;
  withScores: boolean;
  limit: Limit | null;
}

const LIMIT_OF_RANKS = 'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX';
const SCORES_OF_NAMES = 'ERR syntax error, WITHSCORES not supported in combination with BYLEX';

function readOptions(
  args: readonly Bytes[],
  from: number,
  { kind, isReversed }: RangeCommand,
  mayHaveScores: boolean,
): RangeOptions {
  const options: RangeOptions = { kind, isReversed, withScores: false, limit: null };
  for (let i = from + 2; i < args.length; i++) {
    if (mayHaveScores && isWord(args[i], 'withscores')) options.withScores = true;
    else if (isWord(args[i], 'limit') && i + 2 < args.length) {
      options.limit = { offset: Number(integerOf(args[++i]!)), count: Number(integerOf(args[++i]!)) };
    } else if (options.isReversed === null && isWord(args[i], 'rev')) options.isReversed = true;
    else if (options.kind === null && isWord(args[i], 'bylex')) options.kind = 'lex';
    else if (options.kind === null && isWord(args[i], 'byscore')) options.kind = 'score';
    else throw syntaxError();
  }
  return options;
}

function* replying(context: Context, key: Bytes, ranks: Ranks, isReversed: boolean, form: ScoreForm): Steps {
  const found = new LongMembersReply(context, form);
  for (const _ of walking(context, key, ranks, isReversed, (member) => found.add(member))) {
    context.hold(found.bytes);
    yield;
  }
  return found.reply();
}
