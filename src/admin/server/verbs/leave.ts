import { OperatorError } from '../../../core/model/errors.js';
import { endOnceLeft, within } from '../../../node/departure.js';
import type { Node } from '../../../node/node.js';
import type { DoneReply } from '../../protocol/api.js';

const WAIT_MS = 10_000;

/** A member takes no more writes, leaves when all that can be reached have those it took, and ends when one knows that it left. */
export async function leave(node: Node): Promise<DoneReply> {
  const { core } = node;
  const { self } = core.status;
  const others = core.status.liveness.island().filter((replica) => replica !== self.replica);
  if (others.length === 0) {
    const message = `${self.name} reaches no other member: leaving now would take its writes away.`;
    throw new OperatorError('refused', message, `mneme cluster stop --node ${self.address}`);
  }
  return depart(node);
}

/** To those in sight, of whom there is one at least. */
export async function depart(node: Node): Promise<DoneReply> {
  const { core } = node;
  const { records, self } = core.status;
  const others = core.status.liveness.island().filter((replica) => replica !== self.replica);
  core.departure.leave();
  if (!(await within(WAIT_MS, node, () => core.departure.saidFarewell || core.departure.hasLeft))) {
    const what = core.departure.isHeldUp
      ? `A resolution or an undo at ${self.name} has not ended`
      : 'The other members have not acknowledged its last writes';
    core.departure.stay();
    const message = `${what} within ${WAIT_MS / 1000} s; ${self.name} stays.`;
    throw new OperatorError('timed-out', message, `mneme cluster status --node ${self.address}`);
  }
  node.schedule();
  const known = endOnceLeft(node);
  if ((await Promise.race([known, within(WAIT_MS, node, () => core.departure.hasLeft)])) === false) {
    const message =
      `${self.name} has left, but within ${WAIT_MS / 1000} s no other member has acknowledged that. It takes no more writes, ` +
      'and ends by itself as soon as one does.';
    throw new OperatorError('timed-out', message, `mneme cluster status --node ${self.address}`);
  }
  return {
    done: true,
    message: `${self.name} has left; ${others.map((one) => records.nameOf(one)).join(', ')} have all its writes`,
  };
}
