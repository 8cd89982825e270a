import type { Bytes } from '../../../core/model/bytes.js';
import type { ArgumentList } from '../codec/argument-list.js';
import type { CommandDefinition } from './definition.js';

/** The keys among the arguments of a command, as views, in their order. */
export function keysAmong({ keys, keyUses }: CommandDefinition, args: ArgumentList): Bytes[] {
  if (keyUses !== undefined) return keyUses(args.toArray()).map(({ key }) => key);
  if (keys === undefined) return [];
  const last = keys.last < 0 ? args.length + keys.last : keys.last;
  const found: Bytes[] = [];
  for (let at = keys.first; at <= last && at < args.length; at += keys.step) found.push(args.at(at));
  return found;
}
