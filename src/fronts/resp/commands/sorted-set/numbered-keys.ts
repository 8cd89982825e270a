import type { Bytes } from '../../../../core/model/bytes.js';
import { textOf } from '../arguments.js';
import type { KeyUse } from '../definition.js';

/** The keys behind the argument that says how many they are. A number that cannot be read stands for none: the command refuses it. */
export function numberedKeys(args: readonly Bytes[], numberAt: number, flags: readonly string[]): KeyUse[] {
  const count = Math.max(0, Number(textOf(args[numberAt]!)) || 0);
  return args.slice(numberAt + 1, numberAt + 1 + count).map((key) => ({ key, flags }));
}

/** What reads keys, and what stores at the first one what it makes of the others. */
export function keysRead(args: readonly Bytes[]): KeyUse[] {
  return numberedKeys(args, 1, ['RO', 'access']);
}

export function keysStored(args: readonly Bytes[]): KeyUse[] {
  return [{ key: args[1]!, flags: ['OW', 'update'] }, ...numberedKeys(args, 2, ['RO', 'access'])];
}
