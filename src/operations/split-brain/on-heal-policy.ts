import { type Asked, withClient } from '../../admin/client/client.js';
import { OperatorError } from '../../core/model/errors.js';
import { readPolicy } from '../../core/model/policy-text.js';
import { builtInPolicy, type KnownStrategy, LWW } from './strategy.js';

export interface ClusterPolicy {
  strategy: KnownStrategy;
  /** It is the cluster's on-heal; otherwise on-heal is no policy, and the last write stands. */
  isOnHeal: boolean;
}

/**
 * The policy of a merge for which the operator names none: the one by which the cluster would have merged by itself.
 * @throws OperatorError `unknown-node` where on-heal prefers a node that is no member (any more)
 */
export async function clusterPolicy(node: Asked): Promise<ClusterPolicy> {
  const { settings, members } = await withClient(node, (client) => client.call('STATUS', {}));
  const onHeal = settings['on-heal'];
  const strategy = builtInPolicy(onHeal);
  if (strategy === null) return { strategy: LWW, isOnHeal: false };
  readPolicy(onHeal, (name) => {
    if (members.some((member) => member.name === name)) return name;
    throw new OperatorError(
      'unknown-node',
      `on-heal is ${onHeal}, which nothing can be merged by: "${name}" is no member`,
      'mneme split-brain plan --policy lww',
    );
  });
  return { strategy, isOnHeal: true };
}
