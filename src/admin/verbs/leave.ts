import { OperatorError } from '../../core/errors.js';
import type { Node } from '../../node/node.js';
import type { DoneReply } from '../api.js';

const WAIT_MS = 10_000;

/** A member leaves when all that can be reached have its writes, and know that it left. */
export async function leave(node: Node): Promise<DoneReply> {
  const { core } = node;
  const { records, self, replicas, acks } = core.context;
  const others = core.liveness.island().filter((replica) => replica !== self.replica);
  if (others.length === 0) {
    const message = `${self.name} reaches no other member: leaving now would take its writes away.`;
    throw new OperatorError('refused', message, `mneme cluster stop --node ${self.address}`);
  }
  const { data, system } = replicas;
  const dataSeq = data.vector.get(data.origin);
  await until(
    node,
    () => others.every((one) => acks.latest(one)?.data.covers(data.origin, dataSeq) === true),
    'its last writes',
  );
  core.leave();
  node.schedule();
  const systemSeq = system.vector.get(system.origin);
  await until(
    node,
    () => others.some((one) => acks.latest(one)?.system.covers(system.origin, systemSeq) === true),
    'its leave',
  );
  node.engine.setMeta('former', true);
  setImmediate(() => node.onEnd({ code: 0, error: null }));
  return {
    done: true,
    message: `${self.name} has left; ${others.map((one) => records.nameOf(one)).join(', ')} have all its writes`,
  };
}

async function until(node: Node, condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) {
      throw new OperatorError(
        'refused',
        `The other members have not acknowledged ${what} within ${WAIT_MS / 1000} s.`,
        'mneme cluster status',
      );
    }
    node.schedule();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
