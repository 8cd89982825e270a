import { OperatorError } from '../../core/model/errors.js';
import { advice } from '../../hints/advice.js';
import type { Node } from '../../node/node.js';

/**
 * In majority mode what changes the membership or its rules needs the quorum that it changes: else a minority would forget its way
 * to one, and take writes beside the majority.
 * @param force the cluster's id, from an operator who has read what will happen
 */
export function requireQuorum(node: Node, what: string, command: string, force: string | undefined): void {
  const { liveness, records, self } = node.core.status;
  if (node.core.operator.hasQuorum) return;
  if (force === self.clusterId) return;
  if (force !== undefined && force !== '')
    throw new OperatorError(
      'no-quorum',
      `"${force}" is not the id of this cluster.`,
      advice('mneme cluster status', 'It shows the id below the table.'),
    );
  throw lacksQuorum(what, command, {
    name: self.name,
    address: self.address,
    inSight: liveness.heardIsland().length,
    of: records.active().length,
  });
}

/** `command`: what can be forced. */
export function lacksQuorum(
  what: string,
  command: string,
  { name, address, inSight, of }: { name: string; address: string; inSight: number; of: number },
): OperatorError {
  return new OperatorError(
    'no-quorum',
    `${what} needs more than half of the ${of} members (partition-mode majority), and ${name} sees ${inSight} of them. Should the others run on, both sides would take writes.`,
    advice(`mneme cluster status --node ${address}`, `Where the others are gone for good: ${command} --force`),
  );
}
