import { OperatorError } from '../../../core/model/errors.js';
import { advice } from '../../../hints/advice.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, DrillReply } from '../../protocol/api.js';
import { replicaOfName } from '../strategy.js';

export function drill(node: Node, request: AdminApi['DRILL']['request']): DrillReply {
  const { core, options } = node;
  const { records, self } = core.status;
  const isChange = request.cut !== undefined || request.heal === true;
  if (isChange && !options.allowDrills) {
    const message = `${self.name} was not started with --allow-drills: its links are not cut on purpose.`;
    throw new OperatorError(
      'drills-not-allowed',
      message,
      advice(`mneme cluster stop --node ${self.address}`, 'Then start it again with --allow-drills.'),
    );
  }
  if (request.heal === true) core.operator.cut([]);
  if (request.cut !== undefined) core.operator.cut(request.cut.map((name) => replicaOfName(name, records)));
  return { allowed: options.allowDrills, cut: [...core.operator.cuts].map((replica) => records.nameOf(replica)) };
}
