import { access } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorText } from '../admin/protocol/error-text.js';
import { OperatorError } from '../core/model/errors.js';
import { quoteWord } from '../hints/advice.js';
import type { MergePolicy } from '../operations/split-brain/merge-policy.js';
import { clusterPolicy } from '../operations/split-brain/on-heal-policy.js';
import {
  BUILT_IN_POLICIES,
  builtInPolicy,
  type KnownStrategy,
  LWW,
  type ModuleStrategy,
  policyText,
  type Strategy,
} from '../operations/split-brain/strategy.js';
import { inputOf, readAll } from './streams.js';

const LOAD_TIMEOUT_MS = 10_000;

/** The strategy that `--policy` and `--promote` name; LWW when neither is given. */
export async function strategyOf(flags: {
  policy?: string | undefined;
  promote?: string | undefined;
}): Promise<Strategy> {
  if (flags.promote !== undefined) return { kind: 'promote', node: flags.promote };
  if (flags.policy === undefined) return LWW;
  return builtInPolicy(flags.policy) ?? (await policyFile(flags.policy));
}

/** What names a strategy: as it was given, or the cluster's policy where nothing was. */
export interface StrategyFlags {
  policy?: string | undefined;
  promote?: string | undefined;
  plan?: string | undefined;
}

export interface NamedStrategy {
  readonly strategy: Strategy;
  /** Nothing was named: it is the cluster's on-heal. */
  readonly isOnHeal: boolean;
  /** What names the same, whatever on-heal is by then. */
  readonly flags: StrategyFlags;
}

/** The strategy that `--policy` and `--promote` name; where neither is given that of the cluster, which is its on-heal if that is a policy. */
export async function namedStrategy(address: string, flags: StrategyFlags): Promise<NamedStrategy> {
  if (flags.promote !== undefined || flags.policy !== undefined)
    return { strategy: await strategyOf(flags), isOnHeal: false, flags };
  const { strategy, isOnHeal } = await clusterPolicy(address);
  return { strategy, isOnHeal, flags: isOnHeal ? { ...flags, policy: policyText(strategy) } : flags };
}

/** The command that carries out what these flags name. @param isLeft conflicts are left to the operator: they are decided at the desk. */
export function resolutionCommand(flags: StrategyFlags, isLeft = false): string {
  if (flags.promote !== undefined) return `mneme split-brain promote ${flags.promote}`;
  const plan = flags.plan === undefined ? [] : ['--plan', quoteWord(flags.plan)];
  const policy = flags.policy === undefined ? [] : ['--policy', quoteWord(flags.policy)];
  return [isLeft ? 'mneme split-brain resolve' : 'mneme split-brain merge', ...plan, ...policy].join(' ');
}

/** A file of rules, or a module. */
async function policyFile(path: string): Promise<KnownStrategy | ModuleStrategy> {
  if (MODULE.test(path)) return policyModule(path);
  return rulesInFile(path);
}

/** The rules of a file: those of `--policy`, a line each if that reads better. @throws OperatorError `usage` */
export async function rulesInFile(path: string): Promise<KnownStrategy> {
  await expectFile(path);
  const rules = builtInPolicy((await readAll(inputOf(path))).toString());
  if (rules !== null) return rules;
  throw new OperatorError('usage', `${path} has no rules, and is no module: those end in .js, .mjs or .cjs`);
}

const MODULE = /\.[cm]?[jt]s$/;

/** Load a policy of the operator's own: a module whose default export is a policy function. */
async function policyModule(path: string): Promise<ModuleStrategy> {
  const file = resolve(path);
  await expectFile(path);
  const failures: unknown[] = [];
  // A promise of the module's that nobody waits for is no bug of ours, and must not end the process in the midst of a resolution.
  process.on('unhandledRejection', (reason) => failures.push(reason));
  const loaded = await withDeadline(path, import(pathToFileURL(file).href)).catch((cause: unknown) => {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError('usage', `policy module ${path} cannot be loaded: ${errorText(cause)}`, null, { cause });
  });
  if (typeof loaded.default !== 'function') {
    throw new OperatorError('usage', `policy module ${path} has no function as its default export`);
  }
  return {
    kind: 'merge',
    policy: 'module',
    name: basename(file),
    file: path,
    decide: loaded.default as MergePolicy,
    failures,
  };
}

async function expectFile(path: string): Promise<void> {
  await access(resolve(path)).catch((cause: unknown) => {
    const message = `"${path}" is neither a policy (${BUILT_IN_POLICIES.join(', ')}) nor a file`;
    throw new OperatorError('usage', message, 'mneme split-brain merge --help', { cause });
  });
}

/** A module that waits for something that never comes would else end the process without a word. */
async function withDeadline<T>(path: string, loading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `policy module ${path} has not loaded within ${LOAD_TIMEOUT_MS / 1000} s: it waits for something`;
      reject(new OperatorError('usage', message));
    }, LOAD_TIMEOUT_MS);
  });
  return Promise.race([loading, late]).finally(() => clearTimeout(timer));
}
