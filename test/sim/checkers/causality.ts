import { type Entry, lastWriteOf } from '../../../src/core/model/entry.js';
import { lastHlcOf } from '../../../src/core/model/version.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { isLaterEntry } from '../parts.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import type { Write } from '../writes.js';
import { show } from './vector.js';

/** R1: a write never loses to a value that its node had already seen; only resolutions write below the clock, at their fence. */
export class CausalityChecker implements Checker {
  readonly name = 'causality';
  private readonly seen = new Map<string, number>();

  constructor(private readonly world: World) {}

  writing(node: SimNode, write: Write, before: Entry | undefined): void {
    const { group, entry } = write;
    if (before !== undefined && !isLaterEntry(entry, before)) {
      this.fail(node, `${group} write ${show(entry)} loses to ${show(before)}, which its node had seen`);
    }
    const collected = this.world.collected.get(group, write.id);
    if (collected !== undefined && isLaterEntry(collected, entry) && this.knew(write, collected)) {
      this.fail(node, `${group} write ${show(entry)} loses to the collected ${show(collected)}`);
    }
    const isAtFence =
      node.core?.status.records.openIncidents().some((incident) => incident.fence === entry.hlc) === true;
    const seen = this.seen.get(slot(node, group)) ?? 0;
    const { hlc } = lastWriteOf(entry);
    if (!isAtFence && hlc <= seen) this.fail(node, `${group} write ${show(entry)} is not above the clock ${seen}`);
    this.note(node, group, hlc);
  }

  putting(node: SimNode, group: Group, entry: Entry): void {
    this.note(node, group, lastHlcOf(entry));
  }

  /** A power loss takes what was seen and not kept. */
  crashed(node: SimNode): void {
    for (const group of ['data', 'system'] as const) {
      let greatest = 0;
      for (const entry of entriesOf(node, group)) greatest = Math.max(greatest, lastHlcOf(entry));
      this.seen.set(slot(node, group), greatest);
    }
  }

  setBack(node: SimNode): void {
    this.crashed(node);
  }

  private knew(write: Write, collected: Entry): boolean {
    const { origin, seq } = lastWriteOf(collected);
    return write.group === 'data' && write.knew.covers(origin, seq);
  }

  private note(node: SimNode, group: Group, hlc: number): void {
    const key = slot(node, group);
    if (hlc > (this.seen.get(key) ?? 0)) this.seen.set(key, hlc);
  }

  private fail(node: SimNode, message: string): never {
    this.world.fail(this.name, `${node.name}: ${message}`);
  }
}

function slot(node: SimNode, group: Group): string {
  return `${group}/${node.replica}`;
}

function* entriesOf(node: SimNode, group: Group): Generator<Entry> {
  const store = node.disk.inner(group);
  for (let bucket = 0; bucket < 4096; bucket++) yield* store.bucket(bucket);
}
