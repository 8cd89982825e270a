import type { Bytes } from '../../../../core/model/bytes.js';
import type { ArgumentList } from '../../codec/argument-list.js';
import type { Reply } from '../../codec/reply.js';
import { scoreOf } from '../../collection.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { isWord, syntaxError } from '../arguments.js';
import { admitParts } from '../over-parts.js';
import type { Steps } from '../slices.js';
import { scoreArgument, scoreToCopy } from './score.js';

/** ZADD and ZINCRBY, which is a ZADD with INCR. */
export function addMembers(context: Context, args: ArgumentList, increments: boolean): Reply | Promise<Reply> {
  if (args.length === 4) return addOne(context, args, increments);
  const options = readOptions(args, increments);
  checkOptions(options, args.length);
  return alone(context, adding(context, args, options), () => void args.keep());
}

// ---

interface AddOptions {
  /** Where the first score is among the arguments. */
  from: number;
  onlyNew: boolean;
  onlyOld: boolean;
  onlyGreater: boolean;
  onlyLess: boolean;
  countsChanged: boolean;
  increments: boolean;
}

type Outcome = 'added' | 'changed' | 'same' | 'refused';

const PLAIN: AddOptions = {
  from: 2,
  onlyNew: false,
  onlyOld: false,
  onlyGreater: false,
  onlyLess: false,
  countsChanged: false,
  increments: false,
};
const INCREMENT: AddOptions = { ...PLAIN, increments: true };
const PAIRS_PER_STEP = 64;

/** The score that the latest `addMember` found or made. Not returned, since a pair would be an object for each member. */
let latestScore = 0;

/** One member without options, as most commands are. */
function addOne(context: Context, args: ArgumentList, increments: boolean): Reply {
  const argument = args.at(2);
  if (isOption(argument)) throw syntaxError();
  const score = scoreArgument(argument);
  const outcome = addMember(context, args.at(1), args.at(3), score, increments ? INCREMENT : PLAIN);
  if (increments) return { kind: 'double', value: latestScore };
  return outcome === 'added' ? 1 : 0;
}

function isOption(argument: Bytes): boolean {
  return OPTIONS.some((word) => isWord(argument, word));
}

const OPTIONS = ['nx', 'xx', 'gt', 'lt', 'ch', 'incr'];

function readOptions(args: ArgumentList, increments: boolean): AddOptions {
  const options = { ...PLAIN, increments };
  for (; options.from < args.length; options.from++) {
    const argument = args.at(options.from);
    if (isWord(argument, 'nx')) options.onlyNew = true;
    else if (isWord(argument, 'xx')) options.onlyOld = true;
    else if (isWord(argument, 'gt')) options.onlyGreater = true;
    else if (isWord(argument, 'lt')) options.onlyLess = true;
    else if (isWord(argument, 'ch')) options.countsChanged = true;
    else if (isWord(argument, 'incr')) options.increments = true;
    else break;
  }
  return options;
}

function checkOptions({ from, onlyNew, onlyOld, onlyGreater, onlyLess, increments }: AddOptions, length: number): void {
  if (length === from || (length - from) % 2 !== 0) throw syntaxError();
  if (onlyNew && onlyOld) throw new RespError('ERR XX and NX options at the same time are not compatible');
  if ((onlyNew && (onlyGreater || onlyLess)) || (onlyGreater && onlyLess)) {
    throw new RespError('ERR GT, LT, and/or NX options at the same time are not compatible');
  }
  if (increments && length - from > 2) throw new RespError('ERR INCR option supports a single increment-element pair');
}

/** All scores are read before the first of them is written, so that an error among them leaves all as it was. */
function* adding(context: Context, args: ArgumentList, options: AddOptions): Steps {
  const { keyspace, session } = context;
  const scores = new Float64Array((args.length - options.from) / 2);
  for (let i = 0; i < scores.length; i++) {
    scores[i] = scoreArgument(args.at(options.from + 2 * i));
    if (i % PAIRS_PER_STEP === PAIRS_PER_STEP - 1) yield;
  }
  keyspace.collection(session.database, args.at(1), 'zset');
  admitParts(context, args, options.from + 1, 2);
  let added = 0;
  let changed = 0;
  let outcome: Outcome = 'refused';
  for (let i = 0; i < scores.length; i++) {
    outcome = addMember(context, args.at(1), args.at(options.from + 1 + 2 * i), scores[i]!, options);
    if (outcome === 'added') added++;
    if (outcome === 'changed') changed++;
    if (i % PAIRS_PER_STEP !== PAIRS_PER_STEP - 1) continue;
    if (args.keptBytes > 0) context.hold(args.keptBytes + scores.byteLength);
    yield;
  }
  if (options.increments) return outcome === 'refused' ? null : { kind: 'double', value: latestScore };
  return options.countsChanged ? added + changed : added;
}

function addMember(
  { keyspace, session }: Context,
  key: Bytes,
  name: Bytes,
  score: number,
  options: AddOptions,
): Outcome {
  const { database } = session;
  const old = keyspace.collection(database, key, 'zset')?.get(name);
  latestScore = score;
  if (old === undefined) {
    if (options.onlyOld) return 'refused';
    keyspace.putPart(database, key, 'zset', name, scoreToCopy(score));
    return 'added';
  }
  if (options.onlyNew) return 'refused';
  const oldScore = scoreOf(old);
  if (options.increments) latestScore = sumOf(oldScore, score);
  if ((options.onlyLess && latestScore >= oldScore) || (options.onlyGreater && latestScore <= oldScore))
    return 'refused';
  if (latestScore === oldScore) return 'same';
  keyspace.putPart(database, key, 'zset', name, scoreToCopy(latestScore));
  return 'changed';
}

function sumOf(score: number, increment: number): number {
  const sum = score + increment;
  if (Number.isNaN(sum)) throw new RespError('ERR resulting score is not a number (NaN)');
  return sum;
}
