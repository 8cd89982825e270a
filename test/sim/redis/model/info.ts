import type { SimRedis } from './server.js';

/** What INFO says, as far as anybody asks. */
export function infoOf(server: SimRedis): string {
  const { predecessor } = server;
  const fields = {
    redis_version: '7.0.15',
    run_id: server.runId,
    used_memory: server.usedBytes,
    maxmemory: server.options.maxMemory,
    maxmemory_policy: server.options.policy,
    loading: server.isLoading ? 1 : 0,
    evicted_keys: server.evicted,
    role: server.isReplica ? 'slave' : 'master',
    connected_slaves: server.options.hasReplica ? 1 : 0,
    master_replid: server.replicationId,
    master_replid2: predecessor.replicationId,
    master_repl_offset: server.offset,
    second_repl_offset: predecessor.offset + 1,
    cluster_enabled: 0,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
}
