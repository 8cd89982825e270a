import type { Context } from '../context.js';
import type { ReplicaId } from '../model/version.js';
import type { Hello } from '../replication/messages.js';

/** The kind of problem: a minority has forgotten a member that runs on, seen from either side. */
const FORGOTTEN = 'forgotten-by-minority';

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

/** It is linked again, or a member no more. */
export function clearForgotten({ problems }: Context, replica: ReplicaId): void {
  problems.clear(FORGOTTEN, replica);
}
