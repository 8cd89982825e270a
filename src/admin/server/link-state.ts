import { VersionVector } from '../../core/model/vector.js';
import type { ReplicaId } from '../../core/model/version.js';
import type { PeerStatus } from '../../core/node-status.js';
import { LAG_WRITES_MAX } from '../../core/replication/state-log.js';
import type { Node } from '../../node/node.js';
import type { LinkState } from '../protocol/api.js';

/** What this node's link to a member is good for now. */
export function linkState(node: Node, replica: ReplicaId): LinkState {
  const { liveness, peers, self, separations } = node.core.status;
  if (replica === self.replica) return 'self';
  const peer = peers.get(replica);
  if (peer !== undefined) return sessionState(node, peer);
  if (separations.has(replica)) return 'down';
  // After a start members are waited for that may be long gone.
  return liveness.isInSync(replica) && liveness.isHeard(replica) ? 'in-sync' : 'connecting';
}

/** Milliseconds for which the member has been in its state. */
export function stateAgeMs(node: Node, replica: ReplicaId): number {
  const { self, peers, separations } = node.core.status;
  if (replica === self.replica) return node.stateAgeMs;
  const separation = separations.get(replica);
  if (separation !== undefined) {
    const ageMs = Math.max(0, node.core.nowMs - separation.sinceMs);
    // Held apart for long, and down since a moment ago.
    const heardMs = peers.has(replica) ? undefined : node.core.status.liveness.lastHeardMs(replica);
    return heardMs === undefined ? ageMs : Math.min(ageMs, Math.round(node.core.monoMs - heardMs));
  }
  const sinceMonoMs = peers.get(replica)?.sinceMonoMs ?? node.core.status.liveness.heardAtMs(replica);
  return sinceMonoMs === undefined ? Date.now() - node.startedMs : Math.round(node.core.monoMs - sinceMonoMs);
}

/** How many of this node's writes, of any origin, the member has not acknowledged. */
export function sendLag(node: Node, replica: ReplicaId): number {
  const { self, acks, data } = node.core.status;
  if (replica === self.replica) return 0;
  const acked = acks.latest(replica)?.data ?? new VersionVector();
  return acked.lackOf(data.vector as VersionVector);
}

/** How many writes the member has acknowledged to have that this node lacks. */
export function receiveLag(node: Node, replica: ReplicaId): number {
  const { acks, data } = node.core.status;
  const acked = acks.latest(replica)?.data;
  return acked === undefined ? 0 : data.vector.lackOf(acked as VersionVector);
}

function sessionState(node: Node, peer: PeerStatus): LinkState {
  if (peer.ourGate === 'joining' || peer.theirGate === 'joining') return 'joining';
  if (peer.ourGate === 'clock-skew' || peer.theirGate === 'clock-skew') return 'clock-skew';
  if (peer.isHeld) return 'held';
  if (!peer.isOpen) return 'catching-up';
  const lag = Math.max(sendLag(node, peer.replica), receiveLag(node, peer.replica));
  return lag > LAG_WRITES_MAX ? 'catching-up' : 'in-sync';
}
