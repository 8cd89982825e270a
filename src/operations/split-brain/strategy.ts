import type { AdminClient } from '../../admin/client/client.js';
import type { KnownPolicyRequest, PickRequest, PlanReply, StrategyRequest } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { PolicyTextError, policyText as policyTextOf, readPolicy } from '../../core/model/policy-text.js';
import type { MergePolicy } from './merge-policy.js';

/** How to end a split-brain, as the operator names it. */
export type Strategy = KnownStrategy | ModuleStrategy | PicksStrategy | { kind: 'promote'; node: string };

/** A merge by a policy that every node knows. */
export type KnownStrategy =
  | { kind: 'merge'; policy: 'lww' | 'keep-longest-ttl' }
  | { kind: 'merge'; policy: 'prefer'; node: string }
  /** `rules`: as `readPolicy` reads them. */
  | { kind: 'merge'; policy: 'by-prefix'; rules: string };

/** The operator's own policy. */
export interface ModuleStrategy {
  kind: 'merge';
  policy: 'module';
  /** As plans and the history name it. */
  name: string;
  /** As the operator wrote it. */
  file: string;
  decide: MergePolicy;
  /** What the module did wrong apart from its answers, such as a promise of its own that nobody waited for. */
  failures: unknown[];
}

/** What an operator picked, key by key; a policy decides the rest. */
export interface PicksStrategy {
  kind: 'merge';
  policy: 'picks';
  /** As plans and the history name it. */
  name: string;
  otherwise: KnownStrategy | ModuleStrategy;
  /** The ids of the cluster and the incident that it is for; null: any. */
  cluster: string | null;
  incident: string | null;
  /** `plan`: what there is to decide now. @throws OperatorError where they cannot be carried out on it. */
  picksOn(executor: AdminClient, plan: PlanReply): AsyncIterable<PickRequest>;
  /** If keys were written since they were picked, the policy decides them and the rest is carried out; otherwise nothing is. */
  exceptChanged: boolean;
}

export const LWW: KnownStrategy = { kind: 'merge', policy: 'lww' };
export const BUILT_IN_POLICIES = ['lww', 'keep-longest-ttl', 'prefer:<node>', 'PREFIX=POLICY,…'] as const;

/** The strategy of a policy that is known by name; null: it names a module. */
export function builtInPolicy(text: string): KnownStrategy | null {
  if (text === 'lww' || text === 'keep-longest-ttl') return { kind: 'merge', policy: text };
  const match = /^prefer:(.*)$/.exec(text);
  if (match === null || text.includes('=')) return rulesStrategy(text);
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
    case 'by-prefix':
      return `merge ${strategy.rules}`;
    case 'module':
    case 'picks':
      return `merge ${strategy.name}`;
    default:
      return `merge ${strategy.policy}`;
  }
}

/** The request for a strategy that needs no decisions of ours. */
export function plainRequest(strategy: KnownStrategy | { kind: 'promote'; node: string }): StrategyRequest {
  return strategy.kind === 'promote' ? strategy : { kind: 'merge', policy: policyRequest(strategy) };
}

/** @throws OperatorError `usage` where something is wrong with the rules */
function rulesStrategy(text: string): KnownStrategy | null {
  try {
    const policy = readPolicy(text, (name) => name);
    return policy === null ? null : { kind: 'merge', policy: 'by-prefix', rules: policyTextOf(policy, (name) => name) };
  } catch (error) {
    if (!(error instanceof PolicyTextError)) throw error;
    const hint = "write it as 'session:=lww,cart:=prefer:a,=keep-longest-ttl'";
    throw new OperatorError('usage', error.message, hint, { cause: error });
  }
}

export function policyRequest(strategy: KnownStrategy): KnownPolicyRequest {
  if (strategy.policy === 'by-prefix') return { rules: strategy.rules };
  return strategy.policy === 'prefer' ? { prefer: strategy.node } : strategy.policy;
}

/** As a saved plan names a policy: what `--policy` takes, but a module by its name alone. */
export function policyText(strategy: KnownStrategy | ModuleStrategy): string {
  if (strategy.policy === 'module') return `module ${strategy.name}`;
  if (strategy.policy === 'by-prefix') return strategy.rules;
  return strategy.policy === 'prefer' ? `prefer:${strategy.node}` : strategy.policy;
}
