import type { Bytes } from '../../core/bytes.js';
import { type Context, DATABASES } from '../session.js';
import { textOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';
import { REDIS_VERSION } from './redis-version.js';

export const infoCommand: CommandDefinition = {
  name: 'info',
  arity: -1,
  flags: ['loading', 'stale'],
  handle: (context, args) => ({ kind: 'verbatim', text: infoText(context, args.slice(1)) }),
};

// ---

type Section = Record<string, string | number>;

function infoText(context: Context, wanted: readonly Bytes[]): string {
  const names = new Set(wanted.map((name) => textOf(name).toLowerCase()));
  const isAll = names.size === 0 || ['all', 'default', 'everything'].some((name) => names.has(name));
  const parts: string[] = [];
  for (const [name, fields] of Object.entries(sectionsOf(context))) {
    if (!isAll && !names.has(name.toLowerCase())) continue;
    const lines = Object.entries(fields).map(([field, value]) => `${field}:${value}\r\n`);
    parts.push(`# ${name}\r\n${lines.join('')}`);
  }
  return parts.join('\r\n');
}

/** Redis' sections first; a section of the node's with one of their names adds to it. */
function sectionsOf(context: Context): Record<string, Section> {
  const sections: Record<string, Section> = {
    Server: serverSection(context),
    Clients: { connected_clients: context.host.sessions.size, maxclients: context.host.clientsMax },
    Memory: memorySection(context),
    Persistence: { loading: context.keyspace.unavailable()?.startsWith('LOADING') === true ? 1 : 0 },
    Stats: statsSection(context),
    Replication: { role: 'master', connected_slaves: 0 },
    Keyspace: keyspaceSection(context),
  };
  for (const [name, fields] of Object.entries(context.keyspace.info())) {
    const known = Object.keys(sections).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    sections[known ?? name] = { ...sections[known ?? name], ...fields };
  }
  return sections;
}

function serverSection({ host, keyspace }: Context): Section {
  const uptimeSeconds = Math.max(0, Math.floor((keyspace.nowMs() - host.startedMs) / 1000));
  return {
    redis_version: REDIS_VERSION,
    redis_mode: 'standalone',
    os: `${process.platform} ${process.arch}`,
    arch_bits: 64,
    process_id: process.pid,
    tcp_port: host.port,
    server_time_usec: Math.floor(keyspace.nowMs()) * 1000,
    uptime_in_seconds: uptimeSeconds,
    uptime_in_days: Math.floor(uptimeSeconds / 86_400),
  };
}

function memorySection({ host }: Context): Section {
  return {
    used_memory: process.memoryUsage.rss(),
    used_memory_rss: process.memoryUsage.rss(),
    mem_clients_normal: host.clientMemory.bytes,
    maxmemory_clients: host.clientMemory.bytesMax,
  };
}

function statsSection({ host }: Context): Section {
  return {
    total_connections_received: host.counters.connections,
    total_commands_processed: host.counters.commands,
    rejected_connections: host.counters.rejected,
    evicted_clients: host.clientMemory.evicted,
  };
}

function keyspaceSection({ keyspace }: Context): Section {
  const section: Section = {};
  for (let database = 0; database < DATABASES; database++) {
    const count = keyspace.count(database);
    if (count > 0) section[`db${database}`] = `keys=${count},expires=0,avg_ttl=0`;
  }
  return section;
}
