import { type IncidentRecord, readSetAside } from '../../../src/core/membership/records.js';
import { bytesToId } from '../../../src/core/model/bytes.js';
import { type Entry, isLive, lastWriteOf } from '../../../src/core/model/entry.js';
import { VersionVector } from '../../../src/core/model/vector.js';
import { isAfter, type Origin, type ReplicaId, replicaOf } from '../../../src/core/model/version.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { looksSame } from '../content.js';
import { isPart, splitPart } from '../parts.js';
import { authorOf, type SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { keyId, knewOf, type Write } from '../writes.js';
import { isOneValue } from './set-aside.js';
import { show } from './vector.js';

/** Writes younger than this may have been under way when the sides compared: they count as made after it. */
const UNDER_WAY_MS = 400;

/**
 * R10: two values, written by members that counted each other as down, never meet unseen: when one overrides the other,
 * the loser is set aside, or somebody who had seen it has written the key again.
 */
export class SilentMergeChecker implements Checker {
  readonly name = 'silent-merge';
  private readonly aside = new Set<string>();
  /** Versions that have lost in the ordinary way somewhere: that others hear of it late is nothing new. */
  private readonly lost = new Set<string>();
  /** When two members were last in sync over a link of theirs. */
  private readonly met = new Map<string, number>();
  private readonly byKey = new Map<string, Write[]>();

  private readonly resolutions: {
    fence: number;
    covered: VersionVector;
    participants: readonly ReplicaId[];
    atMs: number;
  }[] = [];

  constructor(private readonly world: World) {}

  resolved(_node: SimNode, incident: IncidentRecord): void {
    const { fence, participants } = incident;
    const covered = VersionVector.from(incident.covered!);
    this.resolutions.push({ fence: fence!, covered, participants, atMs: this.world.schedule.nowMs });
  }

  writing(_node: SimNode, write: Write): void {
    if (write.group === 'data') {
      const writes = this.byKey.get(write.id);
      if (writes === undefined) this.byKey.set(write.id, [write]);
      else writes.push(write);
      return;
    }
    const aside = readSetAside(write.entry, null);
    if (aside !== null) this.aside.add(`${bytesToId(aside.key)}|${aside.hlc}|${aside.origin}`);
  }

  putting(node: SimNode, group: Group, entry: Entry, before: Entry | undefined): void {
    if (group === 'data' && before !== undefined) this.judge(node, entry, before, before);
  }

  /** What loses on arrival never takes a place. */
  advanced(node: SimNode, group: Group, origin: Origin, from: number, upto: number): void {
    if (group !== 'data') return;
    const writes = this.world.book.of('data', origin);
    for (let seq = from + 1; seq <= Math.min(upto, writes.length); seq++) {
      const { entry } = writes[seq - 1]!;
      const held = node.disk.inner('data').get(entry.key);
      if (held !== undefined && isAfter(held, entry)) this.judge(node, held, entry, held);
    }
  }

  private judge(node: SimNode, winner: Entry, loser: Entry, local: Entry): void {
    // A joiner that changes its giver serves nobody yet.
    if (!node.isJoined) return;
    const nowMs = node.wallMs;
    if (!isLive(loser, nowMs) || isOneValue(loser, winner, nowMs)) return;
    const id = keyId(loser);
    const name = `${id}|${loser.hlc}|${loser.origin}`;
    const state = `${name}|${loser.touch?.hlc}`;
    if (this.lost.has(state) || looksSame(winner, loser, nowMs)) return;
    if (
      !this.isSilent(node, winner, loser, id) ||
      this.aside.has(name) ||
      !this.cameFromApart(node, local, local === winner ? loser : winner)
    ) {
      this.lost.add(state);
      return;
    }
    const views = this.world.nodes.map((other) => {
      const { vector } = other.disk.inner('data');
      const held = other.disk.inner('data').get(loser.key);
      const { origin, seq } = lastWriteOf(loser);
      const has = `${vector.covers(origin, seq) ? 'has' : 'lacks'} it`;
      return `${other.name} (${other.replica.slice(0, 4)}) ${has}, holds ${held === undefined ? 'nothing' : show(held)}`;
    });
    const message = `${show(loser)} was overridden by ${show(winner)}, and is not set aside; ${views.join('; ')}`;
    this.world.fail(this.name, `${node.name}: ${message}`);
  }

  received(node: SimNode): void {
    for (const peer of node.core?.status.peers.values() ?? []) {
      if (peer.isSettled) this.met.set(pairOf(node.replica, peer.replica), this.world.schedule.nowMs);
    }
  }

  /** The authors were in sync again after one of the writes: they were not made in one separation. */
  private hadMetBetween(one: Write, other: Write): boolean {
    const metMs = this.met.get(pairOf(authorOf(one.entry), authorOf(other.entry)));
    return metMs !== undefined && metMs > Math.min(one.atMs, other.atMs) && metMs < Math.max(one.atMs, other.atMs);
  }

  /**
   * R10 judges the two ends of a link with their islands: both authors are in them now, and the one whose version was here
   * had counted who brings the other as down when it wrote.
   */
  private cameFromApart(node: SimNode, local: Entry, remote: Entry): boolean {
    const carrier = node.handling;
    if (carrier === null) return true;
    const isNear = (one: SimNode, entry: Entry): boolean =>
      one.core?.status.liveness.island().includes(authorOf(entry)) === true;
    if (!isNear(node, local) || !isNear(carrier, remote)) return false;
    return this.world.book.find('data', local)?.apart.has(carrier.replica) === true;
  }

  private isSilent(node: SimNode, winner: Entry, loser: Entry, id: string): boolean {
    // It has won by its value.
    const later = this.world.book.findWhole('data', winner);
    const earlier = this.world.book.find('data', loser);
    if (later === undefined || earlier === undefined || knewOf(later, earlier)) return false;
    if (!earlier.apart.has(replicaOf(winner.origin)) || !later.apart.has(authorOf(loser))) return false;
    const now = this.world.schedule.nowMs;
    if (now - later.atMs < UNDER_WAY_MS || now - earlier.atMs < UNDER_WAY_MS) return false;
    if (this.isResolvedBetween(node, earlier, later) || this.hadMetBetween(earlier, later)) return false;
    // A part goes with its key, too.
    const ids = isPart(loser.key) ? [id, bytesToId(splitPart(loser.key).whole)] : [id];
    const others = ids.flatMap((one) => this.byKey.get(one) ?? []);
    return !others.some((other) => other !== later && other !== earlier && knewOf(other, earlier));
  }

  /**
   * A resolution took in both, so it is for the set-aside checker to judge; or it took in the earlier one, and the later
   * one was written beyond its fence: an ordinary write after it. So are both if participants wrote them beyond it while it went on.
   */
  private isResolvedBetween(node: SimNode, earlier: Write, later: Write): boolean {
    const { origin, seq } = lastWriteOf(earlier.entry);
    const winner = later.entry;
    const ends = [node.replica, node.handling?.replica ?? node.replica];
    return this.resolutions.some(({ fence, covered, participants, atMs }) => {
      // One that this link was no part of has not opened it.
      if (!ends.every((end) => participants.includes(end))) return false;
      const isBeyond = ({ entry, atMs: writtenMs }: Write): boolean =>
        lastWriteOf(entry).hlc > fence && participants.includes(authorOf(entry)) && writtenMs < atMs;
      if (covered.covers(origin, seq)) return winner.hlc > fence || covered.covers(winner.origin, winner.seq);
      return isBeyond(earlier) && isBeyond(later);
    });
  }
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}
