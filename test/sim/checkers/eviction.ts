import { BUCKETS } from '../../../src/core/model/bytes.js';
import { type Entry, isDeleted } from '../../../src/core/model/entry.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { isPart, kindOf, splitPart } from '../parts.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { show } from './vector.js';

/**
 * An eviction is the business of one replica: a value goes only from a node that is over its own limit, and comes back by a
 * newer write alone; a stub goes only when no member has a value of its version; and with that memory stays bounded. A key with
 * parts goes whole: once the first of its values went, readers find none of those that were there.
 */
export class EvictionChecker implements Checker {
  readonly name = 'eviction';

  constructor(private readonly world: World) {}

  putting(node: SimNode, group: Group, entry: Entry, before: Entry | undefined): void {
    if (before === undefined || !isSameWrite(entry, before)) return;
    if (before.value !== null && entry.value === null) this.checkEviction(node, group, entry);
    if (before.evicted === true && entry.value !== null)
      this.fail(node, `${show(entry)} came back without a new write`);
    if (before.evicted === true && isDeleted(entry)) this.checkUseless(node, group, entry);
  }

  dropping(node: SimNode, group: Group, entry: Entry): void {
    if (entry.evicted === true && !isExpired(entry, node)) this.checkUseless(node, group, entry);
  }

  pending(): string | null {
    for (const node of this.members()) {
      const { core } = node;
      const store = node.disk.store('data');
      const { bytesMax, policy } = node.memory;
      if (core === null || bytesMax === 0) continue;
      if (policy === 'allkeys-lru' && store.memoryBytes > bytesMax && hasValues(node))
        return `${node.name} has ${store.memoryBytes} bytes, ${store.liveCount()} values, and a limit of ${bytesMax}`;
      if (store.stubBytes <= bytesMax / 4) continue;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const useless = store.stubs(bucket).find((stub) => this.holders(node, stub).length === 0);
        if (useless !== undefined && !isExpired(useless, node)) return `${node.name} keeps the stub ${show(useless)}`;
      }
    }
    return null;
  }

  private checkEviction(node: SimNode, group: Group, entry: Entry): void {
    const { bytesMax, policy } = node.memory;
    this.world.evictions++;
    if (isDeleted(entry)) this.fail(node, `the value of ${show(entry)} gave way to a tombstone of the same write`);
    if (group !== 'data' || bytesMax === 0 || policy === 'noeviction')
      this.fail(node, `the value of ${show(entry)} is gone, and the node evicts nothing`);
    if (isPart(entry.key)) return this.checkPart(node, entry);
    const { memoryBytes } = node.disk.store('data');
    if (memoryBytes <= bytesMax)
      this.fail(node, `${show(entry)} was evicted at ${memoryBytes} bytes, with a limit of ${bytesMax}`);
  }

  /** Its key was chosen when the node was over its limit. */
  private checkPart(node: SimNode, entry: Entry): void {
    const { owners } = node.disk.inner('data');
    if (!owners.isEvicting) this.fail(node, `the part ${show(entry)} was evicted, and its key was not`);
    const owner = owners.get(splitPart(entry.key).whole);
    const held = node.disk.inner('data').get(entry.key);
    if (owner !== undefined && held !== undefined && owners.lives(owner, held))
      this.fail(node, `the part ${show(entry)} is evicted while readers find it`);
  }

  private checkUseless(node: SimNode, group: Group, entry: Entry): void {
    if (isPart(entry.key) && hasPassed(node, entry)) return;
    if (this.world.former.has(node.replica) || group !== 'data' || node.disk.getMeta('joined') === undefined) return;
    const holder = this.holders(node, entry).find(({ replica }) => !this.world.setBack.has(replica));
    if (holder !== undefined) this.fail(node, `the stub ${show(entry)} is gone, but ${holder.name} has its value`);
  }

  private holders(node: SimNode, entry: Entry): SimNode[] {
    return this.members().filter((other) => {
      const held = other.disk.inner('data').get(entry.key);
      return other !== node && held !== undefined && held.value !== null && isSameWrite(held, entry);
    });
  }

  private members(): SimNode[] {
    return this.world.nodes.filter(
      ({ replica, disk, isGone }) => !isGone && !this.world.former.has(replica) && disk.getMeta('joined') !== undefined,
    );
  }

  private fail(node: SimNode, message: string): never {
    this.world.fail(this.name, `${node.name}: ${message}`);
  }
}

/** Of an expiry the value stays: others' parts go by it. */
function hasValues(node: SimNode): boolean {
  const store = node.disk.store('data');
  for (let bucket = 0; bucket < BUCKETS; bucket++)
    for (const { key, value } of store.bucket(bucket))
      if (value !== null && !(isPart(key) && kindOf(key) === 'expiry')) return true;
  return false;
}

/** Whether a part has expired with its key, or a count with its whole. */
function hasPassed(node: SimNode, part: Entry): boolean {
  const store = node.disk.inner('data');
  const { whole: key } = splitPart(part.key);
  const whole = store.get(key);
  if (kindOf(part.key) === 'count' && whole !== undefined && isExpired(whole, node)) return true;
  const owner = store.owners.get(key);
  return owner !== undefined && part.hlc < owner.settledAt;
}

function isSameWrite(one: Entry, other: Entry): boolean {
  return one.hlc === other.hlc && one.origin === other.origin;
}

function isExpired({ expiryMs }: Entry, node: SimNode): boolean {
  return expiryMs !== 0 && expiryMs <= node.wallMs + 3000;
}
