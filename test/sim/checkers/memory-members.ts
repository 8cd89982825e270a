import { lastWriteOf } from '../../../src/core/model/entry.js';
import { hlcToMs } from '../../../src/core/model/hlc.js';
import { originOf, type ReplicaId } from '../../../src/core/model/version.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';

/** Between what a node says of a time and when it was by another clock, beside what these are apart. */
const SLACK_MS = 100;

/** R6: when a memory-only node ends with what clients were told to be kept and nobody else has, the history says so, and since when. */
export class MemoryMembersChecker implements Checker {
  readonly name = 'memory-members';
  /** The time of the first write that went, by the clock that wrote it. */
  private readonly lossMs = new Map<ReplicaId, number>();

  constructor(private readonly world: World) {}

  emptied(node: SimNode): void {
    const { world } = this;
    world.emptied.add(node.replica);
    const origin = originOf(node.replica, node.boot);
    const others = world.nodes.filter((other) => other !== node);
    const isKept = (seq: number): boolean => others.some(({ disk }) => disk.inner('data').vector.covers(origin, seq));
    const isLost = (seq: number): boolean => seq <= node.ackedUpto && !isKept(seq);
    const first = world.book.of('data', origin).find(({ entry }) => isLost(lastWriteOf(entry).seq));
    if (first !== undefined) this.lossMs.set(node.replica, hlcToMs(first.entry.hlc));
  }

  pending(): string | null {
    const { world } = this;
    const judge = world.nodes.find((node) => node.isJoined);
    if (judge === undefined) return null;
    const { records } = judge.core!.status;
    const named = records.incidentList().filter(({ kind }) => kind === 'set-back');
    const slackMs = SLACK_MS + 2 * world.options.skewMaxMs;
    for (const [replica, lossMs] of this.lossMs) {
      // It has not come back yet, or an operator was done with it; or all who knew it kept nothing either.
      if (records.member(replica)?.state !== 'forgotten' || world.dismissed.has(replica)) continue;
      const tells = named.find(({ islands }) => islands[0]?.replicas.includes(replica));
      if (tells === undefined)
        return `${records.nameOf(replica)} has lost what it had acknowledged, and nothing tells of it`;
      if (tells.separatedMs > lossMs + slackMs)
        return `${records.nameOf(replica)} has lost what it wrote at ${lossMs}, and the record says: ${tells.problem}`;
    }
    return null;
  }
}
