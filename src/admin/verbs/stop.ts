import type { Node } from '../../node/node.js';
import type { DoneReply } from '../api.js';

export function stop(node: Node): DoneReply {
  setImmediate(() => node.onEnd({ code: 0, error: null }));
  return {
    done: true,
    message: `${node.core.context.self.name} stops; it comes back with its data by mneme cluster start`,
  };
}
