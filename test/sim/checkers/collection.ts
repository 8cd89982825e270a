import { type Entry, isDeleted, isTombstone } from '../../../src/core/model/entry.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { isEnded, isHeld, isLaterEntry, isPart, kindOf } from '../parts.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { keyId } from '../writes.js';
import { show } from './vector.js';

/**
 * R7: a tombstone is collected only when every member has it, or something greater, on its disk; what a snapshot sweeps
 * was collected elsewhere; and nothing deleted comes back: no version below a collected one is ever put again.
 */
export class CollectionChecker implements Checker {
  readonly name = 'collection';

  constructor(private readonly world: World) {}

  dropping(node: SimNode, group: Group, entry: Entry): void {
    // A joiner may drop what it has of a snapshot that broke off.
    if (this.world.former.has(node.replica) || node.disk.getMeta('joined') === undefined) return;
    // A stub is dropped as a tombstone is; see the eviction checker for what else that takes.
    if (!isTombstone(entry, node.wallMs) && entry.evicted !== true && !(group === 'data' && isPart(entry.key))) {
      if (this.world.collected.covers(group, entry)) return;
      this.fail(node, `${group} ${show(entry)} was dropped, though it is live and was never collected`);
    }
    // A snapshot’s giver had forgotten it by its whole, which is in the snapshot, too.
    const isForgotten = this.world.nodes.some((other) => isEnded(durableOf(other, group), entry));
    const others = this.world.nodes.filter((other) => !isForgotten && this.mustHave(node, other));
    for (const other of others) this.check(node, other, group, entry);
    this.world.collected.add(group, entry);
  }

  putting(node: SimNode, group: Group, entry: Entry): void {
    if (this.world.former.has(node.replica)) return;
    // A joiner gets what its giver has, which may have to take all anew itself; what would stay of it is no convergence.
    if (node.handling !== null && this.world.setBack.has(node.handling.replica) && !node.isJoined) return;
    // What its whole had ended was forgotten by that. A tombstone that somebody has kept brings nothing back.
    if (group === 'data' && isPart(entry.key) && isDeleted(entry)) return;
    const collected = this.world.collected.get(group, keyId(entry));
    if (collected !== undefined && isLaterEntry(collected, entry)) {
      this.fail(node, `${group} ${show(entry)} came back, though ${show(collected)} was collected`);
    }
  }

  private mustHave(node: SimNode, other: SimNode): boolean {
    // Until it takes all anew it has less than it said. What it must not do is bring anything back: see putting, and convergence.
    if (this.world.setBack.has(other.replica)) return false;
    if (other === node || this.world.former.has(other.replica) || !other.disk.hasDurableMeta('joined')) return false;
    const record = node.core?.status.records.member(other.replica);
    return record === undefined ? !this.world.former.has(other.replica) : record.state === 'member';
  }

  private check(node: SimNode, other: SimNode, group: Group, entry: Entry): void {
    if (isHeld(durableOf(other, group), entry)) return;
    if (this.world.collected.covers(group, entry)) return;
    const has = other.disk.durableEntry(group, entry.key);
    // What began a count is in its value: without that, the whole that has ended it elsewhere does not tell.
    if (entry.evicted === true && isPart(entry.key) && kindOf(entry.key) === 'count') return;
    const what = has === undefined ? 'nothing' : show(has);
    this.fail(node, `${group} ${show(entry)} was collected, but ${other.name} has ${what}`);
  }

  private fail(node: SimNode, message: string): never {
    this.world.fail(this.name, `${node.name}: ${message}`);
  }
}

function durableOf(node: SimNode, group: Group): { get(key: Uint8Array): Entry | undefined } {
  return { get: (key) => node.disk.durableEntry(group, key) };
}
