import type { Bytes } from '../../../core/model/bytes.js';
import type { ArgumentList } from '../codec/argument-list.js';
import { isWord, textOf } from '../commands/arguments.js';
import type { CommandDefinition } from '../commands/definition.js';
import { keysAmong } from '../commands/keys-among.js';
import type { EventClass } from './event-classes.js';
import { Misses } from './misses.js';

/** How the events of a command are named. */
export interface CommandEvents {
  /** Of a value that it writes. */
  readonly written: readonly [eventClass: EventClass, event: string];
  /** Of parts that it puts, and of parts that it takes out, if not by the kind of the key. */
  readonly put: string | undefined;
  readonly taken: string | undefined;
  /** It puts a part before it takes one, and tells of them the other way round. */
  readonly putsFirst: boolean;
  /** A value that it writes with an expiry was given it by the command, which is an event of its own. */
  readonly setsExpiry: boolean;
  /** RESTORE: what it writes is new to Redis, also where something was, and that it has an expiry is not told. */
  readonly isRestore: boolean;
  /** The keys of which it tells that they are missing. */
  readonly misses: Misses;
  /** What takes the place of a value and a delete: the events of the key that goes, and of the one that comes. */
  readonly moved: readonly [from: string, to: string] | null;
}

/** `tellsMisses`: whether anybody wants to know which keys are missing. */
export function eventsOf(command: CommandDefinition, args: ArgumentList, tellsMisses: boolean): CommandEvents {
  const { name } = command;
  return {
    written: WRITTEN[name] ?? SET,
    put: name === 'zadd' && isIncrement(args) ? 'zincr' : PUT[name],
    taken: name === 'zmpop' ? popOf(args) : TAKEN[name],
    putsFirst: name === 'smove',
    setsExpiry: name === 'setex' || name === 'psetex' || (name === 'set' && !has(args, 'keepttl')),
    isRestore: name === 'restore',
    misses: tellsMisses ? missesOf(command, args) : Misses.NONE,
    moved: MOVED[name] ?? null,
  };
}

// ---

const SET = ['$', 'set'] as const;
const COUNTED = ['$', 'incrby'] as const;

const WRITTEN: Readonly<Record<string, CommandEvents['written']>> = {
  append: ['$', 'append'],
  setrange: ['$', 'setrange'],
  setbit: ['$', 'setbit'],
  bitfield: ['$', 'setbit'],
  incr: COUNTED,
  decr: COUNTED,
  incrby: COUNTED,
  decrby: COUNTED,
  incrbyfloat: ['$', 'incrbyfloat'],
  copy: ['g', 'copy_to'],
  restore: ['g', 'restore'],
};

/** What parts that are put are told as. What makes a collection anew is told once, by its own name. */
const PUT: Readonly<Record<string, string>> = {
  hincrby: 'hincrby',
  hincrbyfloat: 'hincrbyfloat',
  zincrby: 'zincr',
  sinterstore: 'sinterstore',
  sunionstore: 'sunionstore',
  sdiffstore: 'sdiffstore',
  zrangestore: 'zrangestore',
  zinterstore: 'zinterstore',
  zunionstore: 'zunionstore',
  zdiffstore: 'zdiffstore',
  restore: 'restore',
};

const TAKEN: Readonly<Record<string, string>> = {
  spop: 'spop',
  zpopmin: 'zpopmin',
  zpopmax: 'zpopmax',
  zremrangebyrank: 'zremrangebyrank',
  zremrangebyscore: 'zremrangebyscore',
  zremrangebylex: 'zremrangebylex',
};

const MOVED: Readonly<Record<string, CommandEvents['moved']>> = {
  rename: ['rename_from', 'rename_to'],
  renamenx: ['rename_from', 'rename_to'],
  move: ['move_from', 'move_to'],
};

/** Commands that write, and look for keys as readers do. */
const READING = new Set(['getset', 'getdel', 'getex', 'sort', 'copy']);
/** Commands that look so for all keys but the first, at which they store what they make of the others. */
const STORING = new Set([
  ...['bitop', 'sinterstore', 'sunionstore', 'sdiffstore'],
  ...['zrangestore', 'zinterstore', 'zunionstore', 'zdiffstore'],
]);
/** Commands that only read, and look at keys in another way. */
const SILENT = new Set(['object', 'memory', 'randomkey', 'keys', 'scan', 'dbsize', 'watch']);
/** Commands that also look for keys that are made of what they have read. */
const FOLLOWING = new Set(['sort', 'sort_ro']);

function missesOf(command: CommandDefinition, args: ArgumentList): Misses {
  const { name, flags } = command;
  if (STORING.has(name)) return new Misses(keysAmong(command, args).slice(1), false);
  const isSilent = SILENT.has(name.split('|')[0]!);
  const isReading = (flags.includes('readonly') && !isSilent) || READING.has(name) || readsAsWell(name, args);
  if (!isReading) return Misses.NONE;
  // COPY looks for its target in another way.
  const keys = keysAmong(command, args).slice(0, name === 'copy' ? 1 : undefined);
  return new Misses(keys, FOLLOWING.has(name));
}

function readsAsWell(name: string, args: ArgumentList): boolean {
  if (name === 'set') return has(args, 'get');
  return name === 'bitfield' && !has(args, 'set') && !has(args, 'incrby');
}

const ADD_OPTIONS = ['nx', 'xx', 'gt', 'lt', 'ch', 'incr'];

/** Whether a ZADD has the option INCR. A member may have that name too, but only behind the first score. */
function isIncrement(args: ArgumentList): boolean {
  for (let i = 2; i < args.length; i++) {
    const argument = args.at(i);
    if (isWord(argument, 'incr')) return true;
    if (!ADD_OPTIONS.some((word) => isWord(argument, word))) return false;
  }
  return false;
}

/** ZMPOP is told as what it does: the word behind its keys says that. */
function popOf(args: ArgumentList): string {
  const at = 2 + Number(textOf(args.at(1)));
  return at < args.length && isWord(args.at(at), 'max') ? 'zpopmax' : 'zpopmin';
}

/** Whether this word is among the options, which come behind key and value. */
function has(args: ArgumentList, word: string): boolean {
  for (let i = 2; i < args.length; i++) if (isOption(args, i, word)) return true;
  return false;
}

function isOption(args: ArgumentList, index: number, word: string): boolean {
  const argument: Bytes = args.at(index);
  // The value of SET is no option of it.
  return isWord(argument, word) && !(index === 2 && isWord(args.at(0), 'set'));
}
