import type { Context } from '../context.js';
import type { ReplicaId } from '../model/version.js';
import type { Hello } from '../replication/messages.js';

/** The kind of problem: a minority has forgotten a member that runs on, seen from either side. */
const FORGOTTEN = 'forgotten-by-minority';
/** The kind of problem: somebody who cannot be believed says that this node was forgotten, and nobody else says anything. */
const DOUBTED = 'membership-doubted';

/** That member says so to this node, which is in a majority: this node goes on. */
export function noteForgottenBy({ records, problems, self }: Context, replica: ReplicaId): void {
  const name = records.nameOf(replica);
  problems.note(
    FORGOTTEN,
    replica,
    `${name} has forgotten ${self.name} without a majority: those who hold one go on without ${name}`,
    { code: 'part-ways', name, address: self.address, isHere: false },
  );
}

/** One that was forgotten here greets this node. */
export function noteRunsOn({ records, problems, self }: Context, { replica, name, address }: Hello): void {
  if (records.member(replica)?.isForced !== true) return;
  problems.note(
    FORGOTTEN,
    replica,
    `${name} was forgotten here without a majority, and runs on at ${address}: what is written here stays here`,
    { code: 'part-ways', name: self.name, address, isHere: true },
  );
}

/**
 * A node of its cluster that this one does not know says so: it came after this one had gone. It may be right, and a stranger could say
 * the same. While a member that this node knows is in sight, that one's word stands.
 */
export function noteDoubted({ records, problems, self, peers }: Context, address: string): void {
  if (peers.size > 0) return;
  const others = records.active().filter(({ replica }) => replica !== self.replica);
  const names = others.map(({ name }) => name).sort();
  problems.note(
    DOUBTED,
    '',
    `${self.name} was forgotten, says a node at ${address}, which has the id of its cluster and is not known here; of the members that are (${names.join(', ')}) none is in sight to deny it`,
    { code: 'join-successors', name: self.name, address },
  );
}

/** A member is in sight: it decides whether this node is one. */
export function clearDoubted({ problems }: Context): void {
  problems.clear(DOUBTED);
}

/** It is linked again, or a member no more. */
export function clearForgotten({ problems }: Context, replica: ReplicaId): void {
  problems.clear(FORGOTTEN, replica);
}
