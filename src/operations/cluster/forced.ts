import type { StatusReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';

/** What it means to decide for a cluster without a majority of its members in sight. */
export interface ForcedPlan {
  readonly clusterId: string;
  readonly node: string;
  readonly inSight: readonly string[];
  readonly missing: readonly string[];
}

export interface Force {
  /** The id of the cluster, where it came with the command. */
  readonly clusterId: string | undefined;
  /** Shown what will happen; resolves with the id that was typed. */
  ask(plan: ForcedPlan): Promise<string>;
}

/** What goes with a request: nothing without `force`, or where there is a quorum. @throws OperatorError for another cluster's id */
export async function forceOf(status: StatusReply, force: Force | null): Promise<{ force?: string }> {
  if (force === null) return {};
  const { clusterId, self, island, members } = status;
  if (force.clusterId !== undefined && force.clusterId !== clusterId) throw anotherCluster(force.clusterId, status);
  if (self.state !== 'no-quorum') return {};
  const missing = members.map(({ name }) => name).filter((name) => !island.includes(name));
  return { force: await force.ask({ clusterId, node: self.name, inSight: island, missing }) };
}

/** Also where a majority is in sight: whoever named another cluster is at the wrong node. */
function anotherCluster(named: string, { self, clusterId }: StatusReply): OperatorError {
  return new OperatorError(
    'wrong-cluster',
    `${self.name} at ${self.address} is in cluster ${clusterId}, not in ${named}; nothing was changed`,
    `mneme cluster status --node ${self.address}`,
  );
}
