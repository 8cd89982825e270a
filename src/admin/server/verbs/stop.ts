import { OperatorError } from '../../../core/model/errors.js';
import type { Node } from '../../../node/node.js';
import type { DoneReply } from '../../protocol/api.js';

export function stop(node: Node): DoneReply {
  if (node.engine.isMemoryAlone) throw losesData(node);
  setImmediate(() => node.onEnd({ code: 0, error: null }));
  return { done: true, message: `${node.core.status.self.name} stops; ${comesBack(node)}` };
}

/** With what the node comes back, and by which command. */
function comesBack({ core, bridge }: Node): string {
  const { self, records } = core.status;
  if (!self.memoryOnly) return 'it comes back with its data by mneme cluster start';
  const other = records.active().find(({ replica }) => replica !== self.replica);
  if (other !== undefined)
    return `it comes back empty, and fetches what the others have, by mneme cluster join ${other.address} --memory-only`;
  return bridge === null
    ? 'its data was in memory only, and is gone'
    : 'it comes back with what its Redis holds by mneme cluster start --memory-only';
}

/** A stop would end what was acknowledged, and the next start would find less, or nothing. */
function losesData({ core, engine }: Node): OperatorError {
  const { name } = core.status.self;
  const [trouble] = engine.troubles;
  const message = `${name} has data in memory alone, which a stop would lose: ${trouble?.text ?? 'its disk fails'}`;
  const mend = trouble?.next == null ? '' : `${trouble.next}; or `;
  return new OperatorError('refused', message, `${mend}to end it all the same: kill ${process.pid}`);
}
