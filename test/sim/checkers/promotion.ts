import type { IncidentRecord } from '../../../src/core/membership/records.js';
import { bytesToId, idToBytes } from '../../../src/core/model/bytes.js';
import { type Entry, isLive, lastWriteOf } from '../../../src/core/model/entry.js';
import { VersionVector } from '../../../src/core/model/vector.js';
import { replicaOf } from '../../../src/core/model/version.js';
import type { Checker } from '../checker.js';
import { isExpiring, looksSame } from '../content.js';
import { isLater, isPart, splitPart, standing } from '../parts.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { keysOf } from './set-aside.js';
import { show } from './vector.js';

interface Promotion {
  readonly incident: IncidentRecord;
  readonly covered: VersionVector;
  readonly atMs: number;
  readonly expected: ReadonlyMap<string, Entry | undefined>;
}

/**
 * After a promotion every node shows the promoted island's data of that moment, for keys that were not written after the
 * fence: a version that the plan covered stands at the end only if it shows what the executor had.
 */
export class PromotionChecker implements Checker {
  readonly name = 'promotion';
  private readonly promotions: Promotion[] = [];
  /** When each fence was raised, by incident and fence. */
  private readonly raisedMs = new Map<string, number>();

  constructor(private readonly world: World) {}

  resolved(executor: SimNode, incident: IncidentRecord): void {
    if (incident.strategy?.kind !== 'promote') return;
    const nodes = [executor, ...incident.participants.flatMap((replica) => this.world.nodeOf(replica) ?? [])];
    const expected = new Map<string, Entry | undefined>();
    for (const node of nodes) {
      for (const id of keysOf(node)) expected.set(id, executor.disk.inner('data').get(idToBytes(id)));
    }
    const covered = VersionVector.from(incident.covered!);
    this.promotions.push({ incident, covered, atMs: executor.wallMs, expected });
  }

  fenced(incident: IncidentRecord): void {
    const id = fenceId(incident);
    if (!this.raisedMs.has(id)) this.raisedMs.set(id, this.world.schedule.nowMs);
  }

  end(): void {
    const judge = this.world.nodes.find((node) => node.isJoined);
    if (judge === undefined) return;
    for (const promotion of this.promotions) {
      // Somebody had forgotten the executor, which did not know: what it resolved counts for nothing.
      if (this.world.former.has(promotion.incident.executor!)) continue;
      for (const [id, expected] of promotion.expected) {
        this.check(judge, promotion, id, expected, this.whole(judge.disk.inner('data').get(idToBytes(id))));
      }
    }
  }

  /** With the value that it was written with, also where it was evicted since. */
  private whole(entry: Entry | undefined): Entry | undefined {
    return entry?.evicted === true ? (this.world.book.find('data', entry)?.entry ?? entry) : entry;
  }

  private check(
    judge: SimNode,
    promotion: Promotion,
    id: string,
    expected: Entry | undefined,
    final: Entry | undefined,
  ): void {
    const { incident, covered } = promotion;
    if (isExpiring(expected, promotion.atMs) || isExpiring(final, promotion.atMs)) return;
    const nowMs = judge.wallMs;
    if (final === undefined) {
      if (expected === undefined || !isLive(expected, nowMs) || this.world.collected.covers('data', expected)) return;
      if (isPart(expected.key) && this.hasEnded(expected)) return;
      this.fail(incident, `${show(expected)} is gone`);
    }
    const last = lastWriteOf(final);
    const isCovered = covered.covers(last.origin, last.seq);
    if (incident.fence !== null && last.hlc > incident.fence) {
      const writtenMs = this.world.book.find('data', final)?.atMs ?? Number.POSITIVE_INFINITY;
      if (!isCovered || writtenMs >= this.raisedMs.get(fenceId(incident))!) return;
      this.fail(
        incident,
        `${show(final)} was written before the fence ${incident.fence} was raised, and lies beyond it`,
      );
    }
    if (isCovered) {
      if (looksSame(final, expected, nowMs) || this.wasChangedIn(id, promotion)) return;
      this.fail(
        incident,
        `${id}: ${show(final)} stands, the promoted data had ${expected === undefined ? 'nothing' : show(expected)}`,
      );
    }
    const author = replicaOf(last.origin);
    const isBefore = incident.fence !== null && last.hlc < incident.fence && incident.participants.includes(author);
    if (isBefore && !looksSame(final, expected, nowMs)) {
      this.fail(incident, `${show(final)} was written before the fence, and was not seen by the plan`);
    }
  }

  /** Whether a part of the key was written beyond the fence, as the plan saw it: an ordinary write after it, which keeps what it was made in. */
  private wasChangedIn(id: string, { incident: { fence }, covered }: Promotion): boolean {
    const { book } = this.world;
    for (const origin of book.origins('data'))
      for (const { entry } of book.of('data', origin)) {
        if (fence === null || entry.hlc <= fence || !covered.covers(origin, entry.seq)) continue;
        if (isPart(entry.key) && bytesToId(splitPart(entry.key).whole) === id) return true;
      }
    return false;
  }

  /** Whether somebody wrote, or deleted, the key of a part later than what that stands on: nothing but that is kept of it then. */
  private hasEnded(part: Entry): boolean {
    const whole = bytesToId(splitPart(part.key).whole);
    const base = standing(part);
    const { book } = this.world;
    for (const origin of book.origins('data'))
      for (const { id, entry } of book.of('data', origin))
        if (id === whole && entry.touch === undefined && isLater(entry, base)) return true;
    return false;
  }

  private fail(incident: IncidentRecord, message: string): never {
    this.world.fail(this.name, `${incident.id}: ${message}`);
  }
}

function fenceId({ id, fence }: IncidentRecord): string {
  return `${id} ${fence}`;
}
