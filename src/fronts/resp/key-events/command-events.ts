import type { Bytes } from '../../../core/model/bytes.js';
import type { ArgumentList } from '../codec/argument-list.js';
import { isWord } from '../commands/arguments.js';
import type { CommandDefinition } from '../commands/definition.js';
import type { EventClass } from './event-classes.js';

/** How the events of a command are named. */
export interface CommandEvents {
  /** Of a value that it writes. */
  readonly written: readonly [eventClass: EventClass, event: string];
  /** Of parts that it puts, and of parts that it takes out, if not by the kind of the key. */
  readonly put: string | undefined;
  readonly taken: string | undefined;
  /** A value that it writes with an expiry was given it by the command, which is an event of its own. */
  readonly setsExpiry: boolean;
  /** Keys that it looks for as a reader does, so that one that is missing is told: of all that it looks for, of the first, or of none. */
  readonly misses: 'all' | 'first' | 'none';
  /** What takes the place of a value and a delete: the events of the key that goes, and of the one that comes. */
  readonly moved: readonly [from: string, to: string] | null;
}

export function eventsOf({ name, flags }: CommandDefinition, args: ArgumentList): CommandEvents {
  return {
    written: WRITTEN[name] ?? SET,
    put: PUT[name],
    taken: TAKEN[name],
    setsExpiry: name === 'setex' || name === 'psetex' || (name === 'set' && !has(args, 'keepttl')),
    misses: missesOf(name, flags.includes('readonly'), args),
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
const READING = new Set(['getset', 'getdel', 'getex', 'bitop', 'sort']);
/** Commands that only read, and look at keys in another way. */
const SILENT = new Set(['object', 'memory', 'randomkey', 'keys', 'scan', 'dbsize', 'watch']);

function missesOf(name: string, isReading: boolean, args: ArgumentList): CommandEvents['misses'] {
  if (name === 'copy') return 'first';
  if (name === 'set') return has(args, 'get') ? 'all' : 'none';
  if (name === 'bitfield') return has(args, 'set') || has(args, 'incrby') ? 'none' : 'all';
  const isSilent = SILENT.has(name.split('|')[0]!);
  return READING.has(name) || (isReading && !isSilent) ? 'all' : 'none';
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
