/** Runs a durable node and watches the event loop under it. Says its address; then, for each line it reads, what it saw since the last. */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { adminHandler } from '../../src/admin/server/server.js';
import { startNode } from '../../src/node/run.js';
import type { PauseReport } from './watched-node-process.js';

/** The monitor counts from one of its beats to the next, so that an idle event loop shows one beat. */
const BEAT_MS = 1;

const running = await startNode(
  {
    name: 'watched',
    listen: '127.0.0.1:0',
    dir: `${process.argv[2]}/data`,
    allowDrills: false,
    fsyncAlways: false,
    log: (level, message) => {
      if (level !== 'info') process.stderr.write(`${message}\n`);
    },
  },
  adminHandler,
);
await running.inSync;

const delays = monitorEventLoopDelay({ resolution: BEAT_MS });
delays.enable();
let longestGcMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestGcMs = Math.max(longestGcMs, duration);
}).observe({ entryTypes: ['gc'] });

createInterface({ input: process.stdin }).on('line', () => {
  const report: PauseReport = {
    longestMs: Math.max(0, delays.max / 1e6 - BEAT_MS),
    p999Ms: Math.max(0, delays.percentile(99.9) / 1e6 - BEAT_MS),
    longestGcMs,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  delays.reset();
  longestGcMs = 0;
});
process.stdin.once('close', () => process.exit(0));
process.stdout.write(`${running.address}\n`);
