import { type Entry, lastWriteOf } from '../../../src/core/model/entry.js';
import { bootOf, type Origin, type ReplicaId } from '../../../src/core/model/version.js';
import type { Group } from '../../../src/core/store/store.js';
import { GROUPS } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { isHeld, isLaterEntry } from '../parts.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import type { Write } from '../writes.js';

/**
 * R3 at every moment: what a vector covers is held, or something greater, or it was collected as stable garbage.
 * Each write is looked at when a vector comes to cover it; after that, an entry may only be replaced by a greater one, or
 * be dropped as the collection checker allows. So the property is held without ever going through all the data.
 */
export class VectorChecker implements Checker {
  readonly name = 'vector';

  constructor(private readonly world: World) {}

  advanced(node: SimNode, group: Group, origin: Origin, from: number, upto: number): void {
    const writes = this.world.book.of(group, origin);
    if (upto > writes.length)
      this.fail(node, `${group} vector at ${origin}/${upto}, beyond its last write ${writes.length}`);
    for (let seq = from + 1; seq <= upto; seq++) this.check(node, writes[seq - 1]!);
  }

  retired(node: SimNode, group: Group, replica: ReplicaId, boot: number): void {
    for (const origin of this.world.book.originsOf(group, replica)) {
      if (bootOf(origin) >= boot) continue;
      const upto = this.world.former.has(replica) ? this.reachOf(group, origin) : Number.POSITIVE_INFINITY;
      for (const write of this.world.book.of(group, origin)) {
        if (!write.lost && !write.isUncertain && lastWriteOf(write.entry).seq <= upto) this.check(node, write);
      }
    }
  }

  /** What a former member wrote and no member received is gone with it. */
  private reachOf(group: Group, origin: Origin): number {
    const members = this.world.nodes.filter((node) => !this.world.former.has(node.replica));
    const seqs = members.map((node) => node.disk.inner(group).vector.get(origin));
    return Math.max(0, ...seqs.filter((seq) => Number.isFinite(seq)));
  }

  putting(node: SimNode, group: Group, entry: Entry, before: Entry | undefined): void {
    if (before !== undefined && isLaterEntry(before, entry)) {
      this.fail(node, `${group} ${show(entry)} replaced the greater ${show(before)}`);
    }
  }

  /**
   * What a crash leaves must keep the rule too. A joiner that crashed in its second snapshot has dropped what came of the first
   * beyond its vector; it takes a whole one before it is in.
   */
  started(node: SimNode): void {
    if (!node.disk.hasDurableMeta('joined')) return;
    for (const group of GROUPS) {
      for (const [origin, seq] of node.disk.inner(group).vector.seqs) {
        const writes = this.world.book.of(group, origin);
        for (let i = 0; i < Math.min(seq, writes.length); i++) this.check(node, writes[i]!);
      }
    }
  }

  private check(node: SimNode, write: Write): void {
    const { group, entry } = write;
    // What a node does that was forgotten, and does not know it yet, harms nobody.
    if (this.world.former.has(node.replica)) return;
    if (write.lost) this.fail(node, `${group} vector covers ${show(entry)}, which was lost in a crash`);
    const store = node.disk.inner(group);
    if (isHeld(store, entry) || this.world.collected.covers(group, entry)) return;
    const held = store.get(entry.key);
    this.fail(
      node,
      `${group} vector covers ${show(entry)}, but it holds ${held === undefined ? 'nothing' : show(held)}`,
    );
  }

  private fail(node: SimNode, message: string): never {
    this.world.fail(this.name, `${node.name}: ${message}`);
  }
}

export function show(entry: Entry): string {
  const key = JSON.stringify(Buffer.from(entry.key).toString('latin1'));
  const missing = entry.evicted === true ? 'stub' : 'tombstone';
  const value = entry.value === null ? missing : Buffer.from(entry.value).toString('latin1').slice(0, 60);
  const { touch } = entry;
  const touched = touch === undefined ? '' : ` touched @${touch.hlc}/${touch.origin}/${touch.seq}`;
  return `${key}=${value}@${entry.hlc}/${entry.origin}/${entry.seq}${touched}`;
}
