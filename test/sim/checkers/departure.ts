import type { MemberRecord } from '../../../src/core/membership/records.js';
import { type Origin, type ReplicaId, replicaOf } from '../../../src/core/model/version.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import type { Write } from '../writes.js';
import { show } from './vector.js';

/** A member that leaves takes none of its writes along: those that stay have all of them, but for who is forgotten later. Nor does it let anybody in. */
export class DepartureChecker implements Checker {
  readonly name = 'departure';
  /** Those that left, with who had all of their writes then. */
  private readonly left = new Map<ReplicaId, readonly ReplicaId[]>();
  private readonly farewells = new Map<ReplicaId, Write>();
  private readonly forgotten = new Set<ReplicaId>();
  private readonly last = new Map<Origin, Write>();

  constructor(private readonly world: World) {}

  writing(node: SimNode, write: Write): void {
    const { group, entry, id } = write;
    if (group === 'data') this.last.set(entry.origin, write);
    if (group !== 'system' || !id.startsWith('member/') || entry.value === null) return;
    const record = JSON.parse(Buffer.from(entry.value).toString()) as MemberRecord;
    if (record.state === 'left' && record.replica === node.replica) {
      this.left.set(record.replica, this.heirsOf(node));
      this.farewells.set(record.replica, write);
    }
    if (record.state === 'member' && record.via === node.replica && this.farewells.get(node.replica)?.lost === false)
      this.world.fail(this.name, `${node.name} let in ${record.name} after it had left`);
    if (record.state === 'forgotten') this.forgotten.add(record.replica);
  }

  end(): void {
    const judge = this.world.nodes.find((node) => node.isJoined);
    if (judge === undefined) return;
    for (const [origin, write] of this.last) {
      const author = replicaOf(origin);
      // Who is forgotten meanwhile is turned out as it is.
      const heirs = this.left.get(author);
      if (heirs === undefined || this.forgotten.has(author) || write.lost) continue;
      // What they alone had was set aside with them.
      if (heirs.length > 0 && heirs.every((heir) => this.world.former.has(heir))) continue;
      if (judge.disk.inner('data').vector.covers(origin, write.entry.seq)) continue;
      this.world.fail(this.name, `${show(write.entry)} of a member that left is on no other one`);
    }
  }
  private heirsOf(node: SimNode): ReplicaId[] {
    const { vector } = node.disk.inner('data');
    const others = this.world.nodes.filter((other) => other !== node && !this.world.former.has(other.replica));
    return others.filter((other) => other.disk.inner('data').vector.coversAll(vector)).map(({ replica }) => replica);
  }
}
