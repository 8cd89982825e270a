import { OperatorError } from '../../../core/model/errors.js';
import { advice } from '../../../hints/advice.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, DrainReply } from '../../protocol/api.js';
import { depart } from './leave.js';

/**
 * A node that nobody uses any more goes, once all that it holds is on the disks of others. While clients are connected it serves
 * them, and stays: the answer says who they are.
 */
export async function drain(node: Node, { dryRun = false }: AdminApi['DRAIN']['request']): Promise<DrainReply> {
  const { records, self } = node.core.status;
  const others = node.core.status.liveness.island().filter((replica) => replica !== self.replica);
  const members = others.flatMap((replica) => records.member(replica) ?? []);
  if (members.length === 0) throw lastHolder(node);
  if (!self.memoryOnly && members.every(({ memoryOnly }) => memoryOnly))
    throw notDurable(
      node,
      members.map(({ name }) => name),
    );
  const clients = node.clients();
  const waiting = node.bridge?.status().toRead ?? 0;
  const plan = {
    node: self.name,
    address: self.address,
    holders: members.map(({ name }) => name).sort(),
    clients,
    waiting,
  };
  if (dryRun || clients.length > 0 || waiting > 0) return { ...plan, drained: false };
  await depart(node);
  return { ...plan, drained: true };
}

function lastHolder(node: Node): OperatorError {
  const { self, records } = node.core.status;
  const away = records.active().filter(({ replica }) => replica !== self.replica);
  const who = away.length === 0 ? 'it is the only member' : `${away.map(({ name }) => name).join(', ')} not in sight`;
  return new OperatorError(
    'refused',
    `${self.name} holds the last copy within reach (${who}): to go now would take its writes away`,
    advice(
      `mneme cluster status --node ${self.address}`,
      `Another node gets a copy by mneme cluster join ${self.address}. To stop this one, and start it again later: mneme cluster stop`,
    ),
  );
}

function notDurable(node: Node, names: readonly string[]): OperatorError {
  const { self } = node.core.status;
  return new OperatorError(
    'refused',
    `${names.join(', ')} keep nothing on disk: what ${self.name} has on its disk would be in memory alone`,
    advice(
      `mneme cluster status --node ${self.address}`,
      `A node with a disk gets a copy by mneme cluster join ${self.address}. To go all the same: mneme cluster leave`,
    ),
  );
}
