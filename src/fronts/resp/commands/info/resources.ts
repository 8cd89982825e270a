import { totalmem } from 'node:os';
import type { Context } from '../../session.js';
import type { Section } from './sections.js';

export function memorySection({ host: { clientMemory, scripts } }: Context): Section {
  const rss = process.memoryUsage.rss();
  // In kilobytes.
  const peak = process.resourceUsage().maxRSS * 1024;
  return {
    used_memory: rss,
    used_memory_rss: rss,
    used_memory_peak: Math.max(rss, peak),
    total_system_memory: totalmem(),
    used_memory_lua: scripts.luaBytes,
    used_memory_scripts: scripts.byteCount,
    number_of_cached_scripts: scripts.count,
    number_of_functions: 0,
    number_of_libraries: 0,
    maxmemory: 0,
    mem_clients_normal: clientMemory.bytes,
    maxmemory_clients: clientMemory.bytesMax,
    mem_allocator: 'v8',
    active_defrag_running: 0,
    lazyfree_pending_objects: 0,
  };
}

/** Behind each size the same for people, as in Redis: `used_memory_human:1.20M`. */
export function withReadableSizes(section: Section): Section {
  const fields = Object.entries(section).flatMap(([name, value]): [string, string | number][] =>
    SIZES.includes(name)
      ? [
          [name, value],
          [`${name}_human`, readable(Number(value))],
        ]
      : [[name, value]],
  );
  return Object.fromEntries(fields);
}

export function cpuSection(): Section {
  const { user, system } = process.cpuUsage();
  const [userSeconds, systemSeconds] = [(user / 1e6).toFixed(6), (system / 1e6).toFixed(6)];
  return {
    used_cpu_sys: systemSeconds,
    used_cpu_user: userSeconds,
    used_cpu_sys_children: '0.000000',
    used_cpu_user_children: '0.000000',
  };
}

// ---

const SIZES = [
  'used_memory',
  'used_memory_rss',
  'used_memory_peak',
  'total_system_memory',
  'used_memory_lua',
  'used_memory_scripts',
  'maxmemory',
];

function readable(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(2)}${'KMGT'[power - 1]}`;
}
