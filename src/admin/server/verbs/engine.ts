import { OperatorError } from '../../../core/model/errors.js';
import type { Bridge } from '../../../engines/redis/bridge.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, EngineReply, EngineView } from '../../protocol/api.js';

export function engine(node: Node, { action }: AdminApi['ENGINE']['request']): EngineReply {
  const bridge = bridgeOf(node);
  const keys = action === 'restore' ? bridge.restore() : action === 'confirm-loss' ? bridge.confirmLoss() : 0;
  const { name, replica } = node.core.status.self;
  return { name, replica, engine: bridge.status(), keys };
}

/** null: the node holds its entries itself. */
export function engineView(node: Node): EngineView | null {
  return node.bridge?.status() ?? null;
}

function bridgeOf(node: Node): Bridge {
  if (node.bridge !== null) return node.bridge;
  const message = `${node.options.name} is attached to no Redis: it holds its entries itself.`;
  throw new OperatorError('refused', message, 'mneme cluster status');
}
