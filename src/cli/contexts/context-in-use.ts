import { Flags, type Interfaces } from '@oclif/core';
import { addressList } from '../../admin/client/patience.js';
import { closest } from '../../core/model/closest.js';
import { OperatorError } from '../../core/model/errors.js';
import { CONTEXT_FIELDS, type Context, type Contexts } from './context.js';
import { readContexts } from './context-file.js';

/** Of every command that asks a node. */
export const contextFlag = {
  context: Flags.string({
    env: 'MNEME_CONTEXT',
    helpValue: 'NAME',
    summary: 'context that stands for flags that are not given; default: that of mneme context use',
    helpGroup: 'GLOBAL',
  }),
};

export interface ContextInUse {
  readonly name: string;
  readonly context: Context;
  /** It was named by a flag, and stands before the environment. */
  readonly byFlag: boolean;
}

/** The context of a command, or the name of one that is passed over: it is of other nodes than those that are named. */
export interface FoundContext {
  readonly inUse: ContextInUse | null;
  readonly passedOver: string | null;
}

const NONE: FoundContext = { inUse: null, passedOver: null };

/**
 * Of the arguments of a command. Nodes that a flag or the environment names are shown a user, a password or a secret of a context only
 * where they are all of that context, or the same line names it: else they would get what is meant for another cluster.
 * @param warn gets what is wrong with the file where no context is needed, as the nodes are named
 * @throws OperatorError `unknown-context`, and what `readContexts` throws where a context is needed
 */
export function contextInUse(
  argv: readonly string[],
  warn: (text: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): FoundContext {
  const flag = typedValue(argv, 'context');
  const nodes = typedValue(argv, 'node') ?? (env.MNEME_NODE || null);
  let contexts: Contexts;
  try {
    contexts = readContexts();
  } catch (error) {
    if (flag !== null || nodes === null || !(error instanceof OperatorError)) throw error;
    warn(`no context is looked at: ${error.message}`);
    return NONE;
  }
  const name = flag ?? (env.MNEME_CONTEXT || contexts.current);
  if (name === null) return NONE;
  const context = contextNamed(contexts, name);
  if (flag === null && nodes !== null && !areOf(context, nodes)) return { inUse: null, passedOver: name };
  const user = typedValue(argv, 'user') ?? (flag === null ? env.MNEME_USER || null : null);
  const shown = user === null || user === context.user ? context : { ...context, 'password-file': undefined };
  return { inUse: { name, context: shown, byFlag: flag !== null }, passedOver: null };
}

/** @throws OperatorError `unknown-context` */
export function contextNamed({ contexts }: Contexts, name: string): Context {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context !== undefined) return context;
  const names = Object.keys(contexts).sort();
  const meant = closest(name, names);
  const guess = meant === null ? '' : `; did you mean ${meant}?`;
  const there = names.length === 0 ? 'there is none yet' : `there are ${names.join(', ')}`;
  const message = `"${name}" is no context${guess === '' ? ';' : guess} ${there}`;
  throw new OperatorError(
    'unknown-context',
    message,
    names.length === 0 ? 'mneme context add --help' : 'mneme context list',
  );
}

/** The flags with what the context says as defaults. Where it was named by a flag, the environment is not asked for them. */
export function withContext(flags: Interfaces.FlagInput, { context, byFlag }: ContextInUse): Interfaces.FlagInput {
  const changed = Object.keys(CONTEXT_FIELDS).flatMap((name) => {
    const flag = flags[name];
    const value = context[name as keyof Context];
    if (flag === undefined || value === undefined) return [];
    const { env, ...rest } = flag as typeof flag & { env?: string };
    return [[name, { ...rest, ...(byFlag || env === undefined ? {} : { env }), default: value }] as const];
  });
  return { ...flags, ...Object.fromEntries(changed) } as Interfaces.FlagInput;
}

// ---

function areOf({ node }: Context, named: string): boolean {
  try {
    const own = addressList(node);
    return addressList(named).every((address) => own.includes(address));
  } catch {
    // What is no address is told of where it is used.
    return false;
  }
}

/** Of a flag that takes a value, before the arguments are parsed: the context has a say in how they are. */
function typedValue(argv: readonly string[], flag: string): string | null {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((word) => word === `--${flag}` || word.startsWith(`--${flag}=`));
  if (at === -1) return null;
  const word = words[at]!;
  return word === `--${flag}` ? (words[at + 1] ?? null) : word.slice(`--${flag}=`.length);
}
