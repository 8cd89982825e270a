import { keyCount } from '../../../core/store/store-digest.js';
import type { Node } from '../../../node/node.js';
import type { ReplicaReply } from '../../protocol/api.js';
import { vectorJson } from '../../protocol/facts.js';
import { linkState, receiveLag, sendLag } from '../link-state.js';
import { engineView } from './engine.js';

export function replica(node: Node): ReplicaReply {
  const { data, self, acks } = node.core.status;
  return {
    name: self.name,
    replica: self.replica,
    entries: keyCount(data.store),
    evicted: data.store.evictedKeyCount,
    tombstones: data.store.tombstoneCount,
    logRows: data.store.logRowCount,
    vector: vectorJson(data.vector),
    ownSeq: data.vector.get(data.origin),
    durableSeq: self.memoryOnly ? 0 : (acks.latest(self.replica)?.data.get(data.origin) ?? 0),
    engine: engineView(node),
    lacks: lacks(node),
    links: links(node),
  };
}

function lacks(node: Node): ReplicaReply['lacks'] {
  const { acks, records, data, self } = node.core.status;
  const found: ReplicaReply['lacks'] = [];
  for (const member of records.active()) {
    const acked = member.replica === self.replica ? undefined : acks.latest(member.replica)?.data;
    for (const [origin, upto] of acked?.seqs ?? []) {
      const from = data.vector.get(origin);
      if (from < upto) found.push({ peer: member.name, origin, from, upto });
    }
  }
  return found;
}

function links(node: Node): ReplicaReply['links'] {
  const { records, self, peers } = node.core.status;
  const others = records.active().filter((member) => member.replica !== self.replica);
  return others.map(({ replica, name, address }) => {
    const peer = peers.get(replica);
    const link = peer === undefined ? undefined : node.links.get(peer.link);
    return {
      peer: name,
      state: linkState(node, replica),
      address,
      sendLag: sendLag(node, replica),
      receiveLag: receiveLag(node, replica),
      roundTripMs: peer?.roundTripMs ?? null,
      clockSkewMs: peer?.skewMs ?? null,
      bytesSent: link?.bytesSent ?? 0,
      bytesReceived: link?.bytesReceived ?? 0,
      connectedSinceMs: link?.connectedSinceMs ?? null,
    };
  });
}
