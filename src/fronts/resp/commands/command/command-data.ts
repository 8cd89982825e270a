import { type Reply, simple } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';

/**
 * Replies as they are kept in redis-commands.ts: a string is a bulk string, with a plus sign before it a simple one; a list is
 * an array; "~" is a set of items, "%" a map of keys and values in turn.
 */
export type Kept = number | string | null | readonly Kept[] | KeptSet | KeptMap;
interface KeptSet {
  readonly '~': readonly Kept[];
}
export interface KeptMap {
  readonly '%': readonly Kept[];
}

/** What COMMAND INFO and COMMAND DOCS say of one command, without its subcommands. */
export interface Description {
  /** name, arity, flags, first key, last key, step, categories, tips, key specifications */
  readonly info: readonly Kept[];
  readonly docs: KeptMap;
}

/** The data are read when somebody asks for them the first time: most nodes never need them. */
export async function describe(command: CommandDefinition): Promise<Description> {
  const { REDIS_COMMANDS } = await import('./redis-commands.js');
  const text = REDIS_COMMANDS[command.name];
  if (text === undefined) return ownDescription(command);
  const [info, docs] = JSON.parse(text) as [Kept[], KeptMap];
  return { info, docs };
}

export async function summaryOf(command: CommandDefinition): Promise<string> {
  const { docs } = await describe(command);
  return String(docs['%'][docs['%'].indexOf('summary') + 1]);
}

/** ACL categories, each with its "@". */
export function categoriesIn({ info }: Description): string[] {
  return textsOf(info[6]!);
}

/** The texts of a set of simple strings. */
export function textsOf(set: Kept): string[] {
  return (set as KeptSet)['~'].map((text) => String(text).slice(1));
}

export function replyOf(kept: Kept): Reply {
  if (kept === null || typeof kept === 'number') return kept;
  if (typeof kept === 'string') return kept.startsWith('+') ? simple(kept.slice(1)) : kept;
  if ('~' in kept) return { kind: 'set', items: kept['~'].map(replyOf) };
  if ('%' in kept) return { kind: 'map', pairs: pairsOf(kept) };
  return kept.map(replyOf);
}

export function pairsOf({ '%': items }: KeptMap): [Reply, Reply][] {
  const pairs: [Reply, Reply][] = [];
  for (let i = 0; i < items.length; i += 2) pairs.push([replyOf(items[i]!), replyOf(items[i + 1]!)]);
  return pairs;
}

// ---

/** Of a command that Redis 7.0 has not. */
function ownDescription({ name, arity, flags, docs }: CommandDefinition): Description {
  const speed = flags.includes('fast') ? '+@fast' : '+@slow';
  const categories = flags.includes('admin') ? ['+@admin', speed, '+@dangerous'] : [speed, '+@connection'];
  const [summary, since] = docs === undefined ? ['', ''] : [docs.summary, docs.since];
  const info = [name, arity, { '~': flags.map((flag) => `+${flag}`) }, 0, 0, 0, { '~': categories }, NONE, NONE];
  return { info, docs: { '%': ['summary', summary, 'since', since, 'group', 'server'] } };
}

const NONE = { '~': [] };
