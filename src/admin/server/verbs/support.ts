import { readdir, readFile, stat } from 'node:fs/promises';
import { arch, availableParallelism, cpus, freemem, loadavg, platform, release, totalmem, uptime } from 'node:os';
import { join } from 'node:path';
import { partCount } from '../../../core/store/store-digest.js';
import type { Node } from '../../../node/node.js';
import { VERSION } from '../../../node/version.js';
import type { SupportReply } from '../../protocol/api.js';
import { FAMILIES } from '../metrics/families.js';
import { engineView } from './engine.js';
import { replica } from './replica.js';
import { status } from './status.js';

const FILES_MAX = 200;

export async function support(node: Node): Promise<SupportReply> {
  return {
    name: node.core.status.self.name,
    version: VERSION,
    options: optionsOf(node),
    process: {
      pid: process.pid,
      uptimeMs: Math.round(process.uptime() * 1000),
      nodeVersion: process.version,
      nodeOptions: process.execArgv,
      memory: { ...process.memoryUsage() },
      resources: { ...process.resourceUsage() },
    },
    machine: {
      ...{ platform: platform(), arch: arch(), release: release(), cores: availableParallelism() },
      processor: cpus()[0]?.model ?? null,
      load: loadavg(),
      memoryBytes: totalmem(),
      memoryFreeBytes: freemem(),
      uptimeMs: Math.round(uptime() * 1000),
    },
    limits: await readFile('/proc/self/limits', 'utf8').catch(() => null),
    files: node.options.dir === null ? null : await filesOf(node.options.dir),
    figures: figuresOf(node),
  };
}

// ---

/** Named one by one, so that what is added to them stays out until somebody has thought about it. */
function optionsOf({ options, address }: Node): SupportReply['options'] {
  const { name, listen, dir, discover = [], allowDrills, fsyncAlways, redis, memory, expect, isNew } = options;
  return {
    ...{ name, listen, address, dir, allowDrills, fsyncAlways },
    discover: discover.map(({ text }) => text).join(' ') || null,
    redis: redis?.label ?? null,
    memoryBytesMax: memory?.bytesMax ?? 0,
    eviction: memory?.policy ?? null,
    expect: expect ?? null,
    isNew: isNew ?? false,
  };
}

async function filesOf(dir: string): Promise<SupportReply['files']> {
  const names = await readdir(dir).catch(() => []);
  const files = await Promise.all(
    names.slice(0, FILES_MAX).map(async (name) => {
      const found = await stat(join(dir, name)).catch(() => null);
      return found === null ? [] : [{ name, bytes: found.size, changedMs: Math.round(found.mtimeMs) }];
    }),
  );
  return files.flat();
}

function figuresOf(node: Node): SupportReply['figures'] {
  const figures = {
    ...{ status: status(node), replica: replica(node), engine: engineView(node) },
    ...{
      traffic: node.traffic(),
      publications: node.publications.counts,
      parts: partCount(node.core.status.data.store),
    },
  };
  return FAMILIES.flatMap(({ name, labels: labelNames = [], read }) =>
    read(figures).map(([value, ...labels]) => ({
      name,
      labels: Object.fromEntries(labelNames.map((label, i) => [label, labels[i] ?? ''])),
      value,
    })),
  );
}
