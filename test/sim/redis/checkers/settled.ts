import { BUCKETS } from '../../../../src/core/model/bytes.js';
import { isLive } from '../../../../src/core/model/entry.js';
import type { BridgeChecker } from '../checker.js';
import { nameOfKey, stateOfEntry } from '../content.js';
import type { SimSite } from '../sim-site.js';
import type { BridgedWorld } from '../world.js';

/** Once all faults are over and nobody writes, Redis and node are the same at every site, and nothing waits. */
export class SettledChecker implements BridgeChecker {
  readonly name = 'settled';

  constructor(private readonly world: BridgedWorld) {}

  pending(): string | null {
    for (const site of this.world.sites) {
      const problem = problemOf(site);
      if (problem !== null) return `${site.name}: ${problem}`;
    }
    return null;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function problemOf(site: SimSite): string | null {
  const { node } = site;
  const status = node.bridge?.status();
  if (status === undefined) return 'its node is down';
  const { state, problem, toRead, toWrite, leftOut } = status;
  if (state !== 'attached') return `its bridge is ${state}: ${problem}`;
  if (toRead > 0 || toWrite > 0) return `${toRead} to read, ${toWrite} to write (${problem})`;
  if (leftOut.count > 0) return `${leftOut.count} keys are left out`;
  return differenceOf(site);
}

function differenceOf(site: SimSite): string | null {
  const { node, redis, target } = site;
  const { store } = node.bridge!.site;
  const here = redis.data.get(target.database) ?? new Map();
  const seen = new Set<string>();
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const full of store.keysIn(bucket)) {
      const entry = store.get(full);
      if (!isLive(entry, site.nowMs)) continue;
      const key = nameOfKey(entry.key);
      seen.add(key);
      const item = redis.find(target.database, key);
      const isEvicted =
        item === null && node.bridge!.site.ledger.get(Buffer.from(entry.key).toString('latin1')) !== undefined;
      const state = stateOfEntry(entry, 0);
      if (!isEvicted && item?.state !== state)
        return `${key} is ${item?.state ?? 'nothing'} in Redis, and ${state} in the node`;
    }
  }
  for (const key of here.keys()) {
    if (seen.has(key) || redis.find(target.database, key) === null) continue;
    return `${key} is ${redis.find(target.database, key)?.state} in Redis, and nothing in the node`;
  }
  return null;
}
