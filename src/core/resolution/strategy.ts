import { wholeIdOf } from '../model/part-ids.js';
import { policyText, ruleFor } from '../model/policy-text.js';
import type { ReplicaId } from '../model/version.js';

export type SimplePolicy =
  | { readonly policy: 'lww' | 'keep-longest-ttl' }
  | { readonly policy: 'prefer'; readonly node: ReplicaId };

/** What decides the keys with this beginning. manual: nobody but an operator. */
export interface PolicyRule {
  /** An id, without the database. */
  readonly prefix: string;
  readonly rule: SimplePolicy | { readonly policy: 'manual' };
}

/** A merge policy that every node knows. */
export type KnownPolicy = SimplePolicy | { readonly policy: 'by-prefix'; readonly rules: readonly PolicyRule[] };

/** What is decided key by key outside of the node: by a policy of the operator's own, or by the picks of a saved plan. */
interface CustomPolicy {
  readonly policy: 'custom';
  readonly name: string;
  /** For conflicts without a decision. Absent: the last write stands there, and they count as undecided. */
  readonly otherwise?: KnownPolicy;
}

/** How a split-brain is resolved. */
export type Strategy =
  | ({ readonly kind: 'merge' } & (KnownPolicy | CustomPolicy))
  | { readonly kind: 'promote'; readonly node: ReplicaId };

export function describeStrategy(strategy: Strategy, nameOf: (replica: ReplicaId) => string): string {
  if (strategy.kind === 'promote') return `promote ${nameOf(strategy.node)}`;
  if (strategy.policy !== 'custom') return `merge ${policyText(strategy, nameOf)}`;
  const { name, otherwise } = strategy;
  return otherwise === undefined ? `merge ${name}` : `merge ${name}, else ${policyText(otherwise, nameOf)}`;
}

export function isManual(strategy: Strategy, id: string): boolean {
  if (strategy.kind !== 'merge') return false;
  const policy = strategy.policy === 'custom' ? strategy.otherwise : strategy;
  return policy?.policy === 'by-prefix' && ruleFor(policy.rules, wholeIdOf(id).slice(1)).policy === 'manual';
}

export function isCustom(strategy: Strategy): boolean {
  return strategy.kind === 'merge' && strategy.policy === 'custom';
}

/** Whether a conflict without a decision is undecided. */
export function isUndecided(strategy: Strategy): boolean {
  return strategy.kind === 'merge' && strategy.policy === 'custom' && strategy.otherwise === undefined;
}
