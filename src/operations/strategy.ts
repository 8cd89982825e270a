import type { StrategyRequest } from '../admin/api.js';
import { OperatorError } from '../core/errors.js';
import type { MergePolicy } from './merge-policy.js';

/** How to end a split-brain, as the operator names it. */
export type Strategy =
  | { kind: 'merge'; policy: 'lww' | 'keep-longest-ttl' }
  | { kind: 'merge'; policy: 'prefer'; node: string }
  | ModuleStrategy
  | { kind: 'promote'; node: string };

/** A policy of the operator's own. */
export interface ModuleStrategy {
  kind: 'merge';
  policy: 'module';
  /** As plans and the history name it. */
  name: string;
  /** As the operator wrote it. */
  file: string;
  decide: MergePolicy;
  /** What the module did wrong beside its answers, such as a promise of its own that nobody waited for. */
  failures: unknown[];
}

export const LWW: Strategy = { kind: 'merge', policy: 'lww' };
export const BUILT_IN_POLICIES = ['lww', 'keep-longest-ttl', 'prefer:<node>'] as const;

/** The strategy of a policy that is known by name; null: it names a module. */
export function builtInPolicy(text: string): Strategy | null {
  if (text === 'lww' || text === 'keep-longest-ttl') return { kind: 'merge', policy: text };
  const match = /^prefer:(.*)$/.exec(text);
  if (match === null) return null;
  const node = match[1]?.trim();
  if (node) return { kind: 'merge', policy: 'prefer', node };
  throw new OperatorError('usage', `"${text}" names no node`, 'write it as prefer:NODE');
}

/** "merge lww", "merge prefer:b", "promote b", … */
export function strategyText(strategy: Strategy): string {
  if (strategy.kind === 'promote') return `promote ${strategy.node}`;
  switch (strategy.policy) {
    case 'prefer':
      return `merge prefer:${strategy.node}`;
    case 'module':
      return `merge ${strategy.name}`;
    default:
      return `merge ${strategy.policy}`;
  }
}

/** The request for a strategy that needs no decisions of ours. */
export function plainRequest(strategy: Exclude<Strategy, { policy: 'module' }>): StrategyRequest {
  if (strategy.kind === 'promote') return strategy;
  return { kind: 'merge', policy: strategy.policy === 'prefer' ? { prefer: strategy.node } : strategy.policy };
}
