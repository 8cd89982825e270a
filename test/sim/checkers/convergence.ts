import { BUCKETS } from '../../../src/core/model/bytes.js';
import type { Entry } from '../../../src/core/model/entry.js';
import { isSameVersion } from '../../../src/core/model/version.js';
import { GROUPS, type Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { show } from './vector.js';

/** Once all is healed, every member serves, knows the same members, and holds the same entries, versions and expiries. */
export class ConvergenceChecker implements Checker {
  readonly name = 'convergence';

  constructor(private readonly world: World) {}

  pending(): string | null {
    const nodes = this.world.nodes.filter((node) => !node.isGone);
    for (const node of nodes) {
      if (node.core === null) return `${node.name} is down`;
      if (node.core.state !== 'serving') return `${node.name} is ${node.core.state}`;
      const problem = this.unsettled(node, nodes);
      if (problem !== null) return `${node.name}: ${problem}`;
    }
    for (const node of nodes.slice(1)) {
      for (const group of GROUPS) {
        const difference = firstDifference(nodes[0]!, node, group);
        if (difference !== null) return `${group} of ${nodes[0]!.name} and ${node.name} differ: ${difference}`;
      }
    }
    return null;
  }

  private unsettled(node: SimNode, nodes: readonly SimNode[]): string | null {
    const { records, separations, peers } = node.core!.status;
    const open = records.openIncidents()[0];
    if (open !== undefined) return `incident ${open.id} is ${open.state} (${open.problem ?? 'no problem'})`;
    const members = records.active().map(({ replica }) => replica);
    const expected = nodes.map(({ replica }) => replica).sort();
    if (members.join() !== expected.join()) return `its members are ${members}, not ${expected}`;
    const apart = separations.list()[0];
    if (apart !== undefined) return `apart from ${records.nameOf(apart[0])} (${apart[1].split ? 'split' : 'down'})`;
    for (const peer of peers.values())
      if (!peer.isOpen) return `gates to ${peer.hello.name}: ${peer.ourGate}, ${peer.theirGate}`;
    if (peers.size !== nodes.length - 1) return `has ${peers.size} links`;
    return null;
  }
}

function firstDifference(a: SimNode, b: SimNode, group: Group): string | null {
  const one = a.disk.inner(group);
  const other = b.disk.inner(group);
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const entries = one.bucket(bucket);
    const others = other.bucket(bucket);
    if (entries.length + others.length === 0 && one.digest(bucket, 0) === other.digest(bucket, 0)) continue;
    // A stub that no member has the value of counts in the digest of those who still keep it.
    let isEnding = false;
    for (const entry of [...entries, ...others]) {
      const twin = (entries.includes(entry) ? other : one).get(entry.key);
      const isEnded = twin === undefined || isGone(twin);
      if (entry.evicted === true && isEnded) isEnding = true;
      if (entry.evicted === true && twin === undefined && a.world.collected.covers(group, entry)) continue;
      if (
        twin === undefined ||
        !isSameVersion(twin, entry) ||
        (twin.expiryMs !== entry.expiryMs && !isGone(twin) && !isGone(entry))
      ) {
        return `${show(entry)} and ${twin === undefined ? 'nothing' : show(twin)}`;
      }
      if (twin.evicted === true || entry.evicted === true) continue;
      if ((twin.value === null) !== (entry.value === null)) return `${show(entry)} and ${show(twin)}`;
      if (twin.value !== null && Buffer.compare(twin.value, entry.value!) !== 0)
        return `${show(entry)} and ${show(twin)}`;
    }
    const isEqual = one.digest(bucket, 0) === other.digest(bucket, 0);
    if (!isEqual && !isEnding) return `bucket ${bucket} is the same, its digests are not`;
  }
  return null;
}

/** A stub that no member has the value of turns into a tombstone, on one before the other. */
function isGone(entry: Entry): boolean {
  return entry.value === null && entry.evicted !== true;
}
