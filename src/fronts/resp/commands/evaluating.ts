import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Script } from '../scripting/script-cache.js';
import { readShebang } from '../scripting/shebang.js';
import type { Context } from '../session.js';
import { copyOf, integerOf, textOf } from './arguments.js';
import type { CommandDefinition, KeyUse } from './definition.js';

interface Kind {
  /** The script is named by its SHA-1, and was loaded before. */
  readonly isBySha: boolean;
  /** It may write nothing. */
  readonly isReadOnly: boolean;
}

/** What EVAL and its like do. */
export function evaluating(kind: Kind): CommandDefinition['handle'] {
  return (context, args) => {
    const keyCount = keyCountOf(args);
    const ready = context.host.scripts.ready();
    if (ready === undefined) return evaluate(context, args, keyCount, kind);
    return evaluateLater(context, args.map(copyOf), keyCount, kind, ready);
  };
}

/** The keys that a script is given. */
export function keysOfScript(flags: readonly string[]): (args: readonly Bytes[]) => readonly KeyUse[] {
  return (args) => args.slice(3, 3 + Math.max(0, Number(textOf(args[2]!)) || 0)).map((key) => ({ key, flags }));
}

// ---

/** Lua is loaded by the first script that there is. Others may have begun something that must be alone meanwhile. */
async function evaluateLater(context: Context, args: Bytes[], keyCount: number, kind: Kind, ready: Promise<void>) {
  const { exclusive } = context.host;
  const isInside = context.atomic;
  await ready;
  while (!isInside && exclusive.isTaken) await exclusive.whenFree();
  return evaluate(context, args, keyCount, kind);
}

function evaluate(context: Context, args: readonly Bytes[], keyCount: number, { isBySha, isReadOnly }: Kind): Reply {
  const { scripts } = context.host;
  const script = isBySha ? named(context, args[1]!) : scripts.load(args[1]!);
  const { flags } = readShebang(script.source);
  if (isReadOnly && flags !== null && !flags.includes('no-writes')) {
    throw new RespError('ERR Can not execute a script with write flag using *_ro command.');
  }
  const [keys, rest] = [args.slice(3, 3 + keyCount), args.slice(3 + keyCount)];
  return scripts.run(context, { script, keys, args: rest, isReadOnly });
}

function named({ host }: Context, argument: Bytes): Script {
  const script = host.scripts.find(textOf(argument).toLowerCase());
  if (script === undefined) throw new RespError('NOSCRIPT No matching script. Please use EVAL.');
  return script;
}

function keyCountOf(args: readonly Bytes[]): number {
  const count = Number(integerOf(args[2]!));
  if (count > args.length - 3) throw new RespError("ERR Number of keys can't be greater than number of args");
  if (count < 0) throw new RespError("ERR Number of keys can't be negative");
  return count;
}
