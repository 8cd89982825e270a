import { Flags, type Interfaces } from '@oclif/core';
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

/** Of the arguments of a command; null: none is. @throws OperatorError `unknown-context` */
export function contextInUse(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): ContextInUse | null {
  const flag = typedContext(argv);
  const contexts = readContexts();
  const name = flag ?? (env.MNEME_CONTEXT || contexts.current);
  return name === null ? null : { name, context: contextNamed(contexts, name), byFlag: flag !== null };
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

function typedContext(argv: readonly string[]): string | null {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((word) => word === '--context' || word.startsWith('--context='));
  if (at === -1) return null;
  const word = words[at]!;
  return word === '--context' ? (words[at + 1] ?? null) : word.slice('--context='.length);
}
