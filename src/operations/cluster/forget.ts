import { withClient } from '../../admin/client/client.js';
import { requireSilence } from '../../admin/protocol/forgettable.js';
import { lacksQuorum } from '../../admin/protocol/quorum.js';
import { OperatorError } from '../../core/model/errors.js';
import { findMember } from '../common/survey.js';
import { type Approve, type NodeDeparted, planDeparture } from './departure.js';
import { type Force, forceOf } from './forced.js';

/**
 * Strike a member that will not return off the list, so that what was kept for it is released (R8). Should it return after
 * all, it must join anew.
 */
export async function clusterForget(
  address: string,
  wanted: string,
  approve: Approve,
  force: Force | null = null,
): Promise<NodeDeparted> {
  return withClient(address, async (client) => {
    const status = await client.call('STATUS', {});
    const member = findMember(status.members, wanted);
    if (member.link === 'self') {
      throw new OperatorError(
        'refused',
        `${member.name} cannot forget itself`,
        `mneme cluster leave --node ${address}`,
      );
    }
    requireSilence(member.name, member.address, member.link, client.address);
    // Before a person reads what would be done, and says yes to it.
    const { self, island, members } = status;
    if (self.state === 'no-quorum' && force === null)
      throw lacksQuorum(`To forget ${member.name}`, `mneme cluster forget ${member.name} --node ${self.address}`, {
        ...{ name: self.name, address: self.address, inSight: island.length, of: members.length },
      });
    const plan = planDeparture(status, member.name);
    await approve(plan);
    const forced = await forceOf(status, force);
    return {
      ...(await client.call('FORGET', { node: member.name, ...forced })),
      node: member.name,
      replica: member.replica,
      address: member.address,
      plan,
    };
  });
}
