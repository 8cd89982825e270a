import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import type { Context } from '../../session.js';
import { REDIS_VERSION } from '../redis-version.js';
import type { Section } from './sections.js';

export function serverSection({ host, keyspace }: Context): Section {
  const nowMs = keyspace.nowMs();
  const uptimeSeconds = Math.max(0, Math.floor((nowMs - host.startedMs) / 1000));
  return {
    redis_version: REDIS_VERSION,
    redis_git_sha1: '00000000',
    redis_git_dirty: 0,
    redis_build_id: 0,
    redis_mode: 'standalone',
    os: `${process.platform} ${release()} ${process.arch}`,
    arch_bits: 64,
    multiplexing_api: 'libuv',
    process_id: process.pid,
    process_supervised: 'no',
    run_id: RUN_ID,
    tcp_port: host.port,
    server_time_usec: Math.floor(nowMs) * 1000,
    uptime_in_seconds: uptimeSeconds,
    uptime_in_days: Math.floor(uptimeSeconds / 86_400),
    hz: 10,
    configured_hz: 10,
    executable: process.execPath,
    config_file: '',
    io_threads_active: 0,
  };
}

export function clientsSection({ host }: Context): Section {
  const sessions = [...host.sessions.values()];
  return {
    connected_clients: sessions.length,
    cluster_connections: 0,
    maxclients: host.clientsMax,
    blocked_clients: sessions.filter(({ waiting }) => waiting !== null).length,
    tracking_clients: 0,
    clients_in_timeout_table: 0,
  };
}

/** What a node keeps is in its journal, which to a client of Redis is an append-only file. */
export function persistenceSection({ host, keyspace }: Context): Section {
  return {
    loading: keyspace.unavailable()?.startsWith('LOADING') === true ? 1 : 0,
    async_loading: 0,
    rdb_changes_since_last_save: 0,
    rdb_bgsave_in_progress: 0,
    rdb_last_save_time: Math.floor(host.startedMs / 1000),
    rdb_last_bgsave_status: 'ok',
    rdb_last_bgsave_time_sec: -1,
    rdb_current_bgsave_time_sec: -1,
    aof_enabled: keyspace.parameters().appendonly === 'yes' ? 1 : 0,
    aof_rewrite_in_progress: 0,
    aof_rewrite_scheduled: 0,
    aof_last_bgrewrite_status: 'ok',
    aof_last_write_status: keyspace.unwritable(false)?.startsWith('MISCONF') === true ? 'err' : 'ok',
  };
}

export function statsSection({ host }: Context): Section {
  const { counters, activity } = host;
  return {
    total_connections_received: counters.connections,
    total_commands_processed: counters.commands,
    rejected_connections: counters.rejected,
    sync_full: 0,
    sync_partial_ok: 0,
    sync_partial_err: 0,
    evicted_clients: host.clientMemory.evicted,
    pubsub_channels: host.subscriptions.size('channels'),
    pubsub_patterns: host.subscriptions.size('patterns'),
    pubsubshard_channels: host.subscriptions.size('shards'),
    tracking_total_keys: 0,
    total_error_replies: activity.stats.errors.reduce((sum, [, count]) => sum + count, 0),
  };
}

/** Every node takes writes, so to a client of Redis each is a master; the members are in the section of Mneme's own. */
export function replicationSection(): Section {
  return {
    role: 'master',
    connected_slaves: 0,
    master_failover_state: 'no-failover',
    master_replid: RUN_ID,
    master_replid2: '0'.repeat(40),
    master_repl_offset: 0,
    second_repl_offset: -1,
    repl_backlog_active: 0,
  };
}

// ---

/** Of this process, as Redis has one: 40 hexadecimal digits. */
const RUN_ID = randomBytes(20).toString('hex');
