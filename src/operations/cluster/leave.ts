import { withClient } from '../../admin/client/client.js';
import { type Approve, type NodeDeparted, planDeparture } from './departure.js';

/** The node itself leaves its cluster, for good. Shown first: what it has that nobody else has. */
export async function clusterLeave(address: string, approve: Approve): Promise<NodeDeparted> {
  return withClient(address, async (client) => {
    const status = await client.call('STATUS', {});
    const plan = planDeparture(status, status.self.name);
    await approve(plan);
    return {
      ...(await client.call('LEAVE', {})),
      node: plan.node,
      replica: status.self.replica,
      address: client.address,
      plan,
    };
  });
}
