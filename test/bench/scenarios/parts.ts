import type { Measured } from '../figures.js';
import { redisBenchmarkVersion } from '../redis-server.js';
import type { Scenario } from '../scenario.js';
import { measureLargeHash } from './parts-large.js';
import { measurePartsMemory } from './parts-memory.js';
import { measurePaces } from './parts-pace.js';

export const parts: Scenario = {
  number: 17,
  name: 'parts',
  title: 'hashes, sets and sorted sets, against redis-server: pace, memory, and a hash of a million fields',
  runs: 3,
  async measure(stage) {
    const figures: Measured[] = [];
    if (redisBenchmarkVersion() === null) stage.leaveOut('the pace, by redis-benchmark', 'not installed');
    else figures.push(...(await measurePaces(stage)));
    figures.push(...(await measurePartsMemory(stage)));
    figures.push(...(await measureLargeHash(stage)));
    return figures;
  },
};
