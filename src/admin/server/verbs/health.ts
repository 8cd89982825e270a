import { open, readdir, statfs, unlink } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { systemReason } from '../../../core/model/system-errors.js';
import { isTooOpen } from '../../../links/secret-file.js';
import { NO_TRUST, type Trust } from '../../../links/trust.js';
import { descriptorLimit } from '../../../node/descriptors.js';
import type { Node } from '../../../node/node.js';
import type { HealthReply } from '../../protocol/health.js';

const WATCH_MS = 1000;
const RESOLUTION_MS = 10;
const PROBES = 8;
const PROBE_BYTES = 4096;
const PROBE_NAME = 'doctor.probe';

/** Examinations under way: whoever asks meanwhile gets the same one, since all of them would write the same file. */
const running = new WeakMap<Node, Promise<HealthReply>>();

/** Looks at the machine of the node for a second. */
export function health(node: Node): Promise<HealthReply> {
  const found = running.get(node) ?? examine(node).finally(() => running.delete(node));
  running.set(node, found);
  return found;
}

// ---

async function examine(node: Node): Promise<HealthReply> {
  const [lateMs, disk, openFiles] = await Promise.all([
    lateness(),
    node.options.dir === null ? null : diskHealth(node.options.dir),
    readdir('/proc/self/fd').then(
      (all) => all.length,
      () => null,
    ),
  ]);
  return {
    disk,
    files: { limit: descriptorLimit(), open: openFiles },
    clients: { now: node.traffic()?.clients ?? 0, most: node.traffic()?.clientsMax ?? 0 },
    lateMs,
    memory: { residentBytes: process.memoryUsage.rss(), machineBytes: totalmem(), machineFreeBytes: freemem() },
    machine: { cores: availableParallelism(), load: loadavg()[0] ?? 0 },
    trust: trustHealth(node.options.trust ?? NO_TRUST),
  };
}

function trustHealth({ tls, secretFile }: Trust): NonNullable<HealthReply['trust']> {
  const own = tls?.own ?? null;
  const whereOpen = (path: string | null): string | null => (path !== null && isTooOpen(path) === true ? path : null);
  return {
    certificate: own === null ? null : { path: own.path, endsMs: own.endsMs },
    openSecretFile: whereOpen(secretFile),
    openKeyFile: whereOpen(tls?.paths.key ?? null),
  };
}

async function lateness(): Promise<HealthReply['lateMs']> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  await pause(WATCH_MS);
  histogram.disable();
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return { median: late(histogram.percentile(50)), most: late(histogram.max) };
}

/** A file of its own, so that what is measured is the disk, not what the journal has to write now. */
async function diskHealth(dir: string): Promise<HealthReply['disk']> {
  const found = await statfs(dir).catch(() => null);
  if (found === null) return null;
  const space = { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
  const path = join(dir, PROBE_NAME);
  const syncsMs: number[] = [];
  try {
    const file = await open(path, 'w', 0o600);
    try {
      for (let i = 0; i < PROBES; i++) {
        const startMs = performance.now();
        await file.write(Buffer.alloc(PROBE_BYTES, i));
        await file.datasync();
        syncsMs.push(performance.now() - startMs);
      }
    } finally {
      await file.close();
      await unlink(path);
    }
    return { ...space, syncsMs, problem: null };
  } catch (error) {
    return { ...space, syncsMs, problem: systemReason(error as NodeJS.ErrnoException) };
  }
}
