import type { Node } from './node.js';
import { VERSION } from './version.js';

/** What INFO says of Mneme itself. */
export function nodeInfo(node: Node): Record<string, Record<string, string | number>> {
  const { core, identity, options } = node;
  const { eviction } = core;
  const { data } = core.status;
  const { sent, received, dropped } = node.publications.counts;
  return {
    server: {
      mneme_version: VERSION,
      mneme_node: options.name,
      mneme_replica: identity.replica,
      mneme_boot: identity.boot,
    },
    memory: {
      used_memory: eviction.usedBytes,
      maxmemory: eviction.limit.bytesMax,
      maxmemory_policy: eviction.limit.policy,
    },
    stats: { evicted_keys: eviction.evictions },
    mneme: {
      mneme_cluster_id: core.status.self.clusterId ?? '',
      mneme_state: core.state,
      mneme_members: core.status.records.active().length,
      mneme_island: core.status.liveness.island().length,
      mneme_open_incidents: core.status.records.openIncidents().length,
      mneme_evicted: data.store.evictedKeyCount,
      mneme_tombstones: data.store.tombstoneCount,
      mneme_log_rows: data.store.logRowCount,
      mneme_disk_bytes: node.engine.diskBytes,
      mneme_publications_sent: sent,
      mneme_publications_received: received,
      mneme_publications_dropped: dropped,
    },
  };
}
