import { bytesToId } from '../../../src/core/bytes.js';
import { type Entry, isLive } from '../../../src/core/entry.js';
import { readSetAside } from '../../../src/core/records.js';
import type { Group } from '../../../src/core/store.js';
import type { Checker } from '../checker.js';
import { looksSame } from '../content.js';
import { authorOf, type SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { keyId, knewOf, type Write } from '../writes.js';
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
  private readonly byKey = new Map<string, Write[]>();

  constructor(private readonly world: World) {}

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
    if (group !== 'data' || before === undefined) return;
    const nowMs = node.clock.wallMs();
    if (!isLive(before, nowMs) || looksSame(entry, before, nowMs)) return;
    const winner = this.world.book.find('data', entry);
    const loser = this.world.book.find('data', before);
    if (winner === undefined || loser === undefined || knewOf(winner, loser)) return;
    if (!loser.apart.has(authorOf(entry)) || !winner.apart.has(authorOf(before))) return;
    const now = this.world.schedule.nowMs;
    if (now - winner.atMs < UNDER_WAY_MS || now - loser.atMs < UNDER_WAY_MS) return;
    const id = keyId(entry);
    if (this.aside.has(`${id}|${before.hlc}|${before.origin}`)) return;
    if (this.byKey.get(id)?.some((later) => later !== winner && later !== loser && knewOf(later, loser))) return;
    this.world.fail(this.name, `${node.name}: ${show(before)} was overridden by ${show(entry)}, and is not set aside`);
  }
}
