import { bytesToId } from '../core/bytes.js';
import { OperatorError } from '../core/errors.js';
import type { Decisions, Strategy } from '../core/plan.js';
import type { Records } from '../core/records.js';
import type { Node } from '../node/node.js';
import type { StrategyRequest } from './api.js';
import { islandOrder, keyOf } from './facts.js';

/** A request's strategy in the core's terms: names become replica ids. */
export function readStrategy(request: StrategyRequest, node: Node): { strategy: Strategy; decisions: Decisions } {
  const { records } = node.core.context;
  const decisions = new Map<string, number>();
  if (request.kind === 'promote')
    return { strategy: { kind: 'promote', node: replicaOfName(request.node, records) }, decisions };
  if (request.kind !== 'merge')
    throw new OperatorError('usage', `"${(request as { kind: string }).kind}" is no strategy: merge or promote.`);
  if (request.policy === 'custom') {
    const order = islandOrder(node.core.incidents.islands(), records);
    for (const one of request.decisions) decisions.set(bytesToId(keyOf(one)), order[one.island] ?? -1);
    return { strategy: { kind: 'merge', policy: 'custom', name: request.name }, decisions };
  }
  if (typeof request.policy === 'object') {
    return {
      strategy: { kind: 'merge', policy: 'prefer', node: replicaOfName(request.policy.prefer, records) },
      decisions,
    };
  }
  if (request.policy !== 'lww' && request.policy !== 'keep-longest-ttl') {
    throw new OperatorError(
      'usage',
      `"${request.policy}" is no merge policy: lww, keep-longest-ttl, prefer:<node> or a file.`,
    );
  }
  return { strategy: { kind: 'merge', policy: request.policy }, decisions };
}

export function replicaOfName(name: string, records: Records): string {
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
