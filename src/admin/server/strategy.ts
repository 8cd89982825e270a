import { OperatorError } from '../../core/model/errors.js';
import { PolicyTextError, readPolicy } from '../../core/model/policy-text.js';
import type { RecordReader } from '../../core/node-status.js';
import type { Decision } from '../../core/resolution/decisions.js';
import type { KeptPlan } from '../../core/resolution/kept-plans.js';
import type { KnownPolicy, Strategy } from '../../core/resolution/strategy.js';
import type { Node } from '../../node/node.js';
import type { KnownPolicyRequest, StrategyRequest } from '../protocol/api.js';

type Decisions = Map<string, Decision>;

/** A request's strategy in the core's terms: names become replica ids, and the digest of a plan the decisions made on it. */
export function readStrategy(request: StrategyRequest, node: Node): { strategy: Strategy; decisions: Decisions } {
  const decisions = request.kind === 'merge' && request.policy === 'custom' ? decisionsOf(request, node) : new Map();
  return { strategy: strategyOf(request, node.core.status.records), decisions };
}

/** A plan that this node has shown. @throws OperatorError `unknown-plan` */
export function keptPlan(digest: string, node: Node): KeptPlan {
  const kept = node.core.operator.keptPlans.get(digest);
  if (kept !== undefined) return kept;
  const message = `${node.core.status.self.name} knows no plan "${digest}": plans are kept for an hour, and not over a restart.`;
  throw new OperatorError('unknown-plan', message, 'mneme split-brain plan');
}

function decisionsOf({ decisions }: { decisions?: string }, node: Node): Decisions {
  return decisions === undefined ? new Map() : keptPlan(decisions, node).decisions;
}

function strategyOf(request: StrategyRequest, records: RecordReader): Strategy {
  if (request.kind === 'promote') return { kind: 'promote', node: replicaOfName(request.node, records) };
  if (request.kind !== 'merge')
    throw new OperatorError('usage', `"${(request as { kind: string }).kind}" is no strategy: merge or promote.`);
  if (request.policy !== 'custom') return { kind: 'merge', ...knownPolicy(request.policy, records) };
  const { name, otherwise } = request;
  const custom = { kind: 'merge', policy: 'custom', name: String(name) } as const;
  return otherwise === undefined ? custom : { ...custom, otherwise: knownPolicy(otherwise, records) };
}

function knownPolicy(policy: KnownPolicyRequest, records: RecordReader): KnownPolicy {
  if (policy === 'lww' || policy === 'keep-longest-ttl') return { policy };
  if (typeof policy === 'object' && 'prefer' in policy)
    return { policy: 'prefer', node: replicaOfName(policy.prefer, records) };
  if (typeof policy === 'object') return rules(String(policy.rules), records);
  throw new OperatorError('usage', `"${policy}" is no merge policy: lww, keep-longest-ttl, prefer:<node> or a file.`);
}

function rules(text: string, records: RecordReader): KnownPolicy {
  try {
    const known = readPolicy(text, (name) => replicaOfName(name, records));
    if (known !== null) return known;
  } catch (error) {
    if (!(error instanceof PolicyTextError)) throw error;
    throw new OperatorError('usage', `${error.message}.`, null, { cause: error });
  }
  throw new OperatorError('usage', `"${text}" has no rules.`);
}

export function replicaOfName(name: string, records: RecordReader): string {
  const member = records.byName(name);
  if (member !== undefined) return member.replica;
  const names = records
    .active()
    .map((one) => one.name)
    .sort();
  throw new OperatorError(
    'unknown-node',
    `"${name}" is no member. Members are: ${names.join(', ')}.`,
    'mneme cluster status',
  );
}
