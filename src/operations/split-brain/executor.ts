import { type AdminClient, type Asked, withClient } from '../../admin/client/client.js';
import { OperatorError } from '../../core/model/errors.js';
import { connectChecked, findMember } from '../common/survey.js';
import type { Strategy } from './strategy.js';

/**
 * Use the node that carries a strategy out: the promoted node for a promotion, since it alone has the data of the moment; the
 * asked node for a merge.
 * @throws OperatorError `not-reachable` if the promoted node does not answer here.
 */
export async function withExecutor<T>(
  node: Asked,
  strategy: Strategy,
  use: (executor: AdminClient) => Promise<T>,
): Promise<T> {
  return withClient(node, async (asked) => {
    if (strategy.kind === 'merge') return use(asked);
    const member = findMember((await asked.call('STATUS', {})).members, strategy.node);
    if (member.link === 'self') return use(asked);
    const promoted = await connectChecked(member, asked).catch((cause: unknown) => {
      const message = `${member.name} carries out its own promotion, and does not answer at ${member.address}`;
      throw new OperatorError('not-reachable', message, `mneme cluster status --node ${member.address}`, { cause });
    });
    try {
      return await use(promoted);
    } finally {
      promoted.close();
    }
  });
}
