import type { Context } from '../context.js';
import { type Origin, type ReplicaId, replicaOf } from '../model/version.js';
import type { Group } from '../store/store.js';
import type { Peer } from './peer.js';

/**
 * How far this node sends a peer the writes of another author (R5), so that nearly each of them crosses each link once, however many
 * members there are:
 *
 * 1. A peer with a link to the author gets them from there. Only where its beats show that it stands still is it sent what
 *    this node had at the earlier one of them: the author may be unable to reach it, and not know it yet.
 * 2. A peer without one gets them at once, and from one member alone, as far as can be seen from here. The cluster's own
 *    records are few, and two islands wait for them before they compare: those come from everybody.
 */
export function relayedUpto(context: Context, peer: Peer, group: Group, origin: Origin): number {
  const author = replicaOf(origin);
  if (peer.isJoiningHere || (isOutOfReach(peer, author) && (group === 'system' || isRelay(context, peer, author))))
    return Number.POSITIVE_INFINITY;
  return peer.relay[group].get(origin);
}

// ---------------------------------------------------------------------------------------------------------------------

/** Whether the peer has no link to the author, by its latest beat. */
function isOutOfReach({ replica, linked }: Peer, author: ReplicaId): boolean {
  return linked !== null && author !== replica && !linked.has(author);
}

/**
 * Whether this node is the first, in order of their ids, of the members that have a link to the author and one to the peer; if
 * there is none, of those that have one to the peer.
 */
function isRelay({ self, peers }: Context, { linked }: Peer, author: ReplicaId): boolean {
  // The beat is older than this link: those that it names are not all that there are now.
  if (linked?.has(self.replica) !== true) return false;
  const isLinked = peers.get(author)?.isOpen === true;
  for (const other of linked) {
    const isOtherLinked = peers.get(other)?.linked?.has(author) === true;
    if (isOtherLinked && !isLinked) return false;
    if (isOtherLinked === isLinked && other < self.replica) return false;
  }
  return true;
}
