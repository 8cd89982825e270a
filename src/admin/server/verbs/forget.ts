import { OperatorError } from '../../../core/model/errors.js';
import type { Node } from '../../../node/node.js';
import type { DoneReply } from '../../protocol/api.js';
import { requireSilence } from '../../protocol/forgettable.js';
import { requireQuorum } from '../../protocol/quorum.js';
import { linkState } from '../link-state.js';
import { replicaOfName } from '../strategy.js';

export function forget(node: Node, request: { node: string; force?: string }): DoneReply {
  const { records, self } = node.core.status;
  const replica = replicaOfName(request.node, records);
  const name = records.nameOf(replica);
  const address = records.member(replica)?.address ?? '';
  if (replica === self.replica) {
    throw new OperatorError(
      'refused',
      `${name} cannot forget itself: it can leave.`,
      `mneme cluster leave --node ${address}`,
    );
  }
  requireSilence(name, address, linkState(node, replica), self.address);
  requireQuorum(node, `To forget ${name}`, `mneme cluster forget ${name} --node ${self.address}`, request.force);
  node.core.operator.forget(replica);
  return {
    done: true,
    message: `${name} is forgotten: what was kept for it is released; if it returns it has to join anew`,
  };
}
