/** Loaded into a node's process before its program: on SIGUSR2 it writes down for how long its event loop was held since the last time. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const BEAT_MS = 1;

if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution: BEAT_MS });
  delays.enable();
  process.on('SIGUSR2', () => {
    const longestMs = Math.max(0, delays.max / 1e6 - BEAT_MS);
    delays.reset();
    writeFileSync(`${process.env.MNEME_BENCH_PAUSES}/${process.pid}`, `${longestMs}\n`);
  });
}
