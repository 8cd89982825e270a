import type { Entry } from '../../../src/core/model/entry.js';
import { NO_LIMIT } from '../../../src/core/store/eviction.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { keyId, type Write } from '../writes.js';
import { show } from './vector.js';

/**
 * R13: a touch changes the expiry of the very value that it was made on, and no touch ever revives a key. It compares by itself, so that a
 * bug in the comparison of versions does not hide what it does.
 */
export class TouchChecker implements Checker {
  readonly name = 'touch';
  /** The key that a client is touching, as its node has it. */
  private expected: Entry | null = null;

  constructor(private readonly world: World) {}

  touching(node: SimNode, key: Uint8Array): void {
    this.expected = node.disk.inner('data').get(key) ?? null;
  }

  touched(): void {
    this.expected = null;
  }

  writing(node: SimNode, { group, entry }: Write): void {
    const { expected } = this;
    if (group !== 'data' || expected === null || keyId(entry) !== keyId(expected)) return;
    const isKept = isOneWrite(entry, expected) && haveOneValue(entry, expected);
    if (!isKept) this.fail(node, `a touch of ${show(expected)} made ${show(entry)}`);
  }

  putting(node: SimNode, group: Group, entry: Entry, before: Entry | undefined): void {
    if (group !== 'data' || entry.touch === undefined) return;
    if (before !== undefined && isLater(before, entry))
      this.fail(node, `the touched ${show(entry)} took the place of ${show(before)}`);
    const isStub = entry.evicted === true;
    if (isStub && this.world.nodes.every(({ memory }) => memory === NO_LIMIT))
      this.fail(node, `${show(entry)} came without its value, and nobody evicts anything`);
    const written = this.world.book.findWhole(group, entry)?.entry;
    if (written !== undefined && entry.value !== null && !haveOneValue(entry, written))
      this.fail(node, `${show(entry)} has another value than ${show(written)}`);
  }

  /** What stands has the expiry of the last touch of its value. */
  end(): void {
    const judge = this.world.nodes.find((node) => node.isJoined);
    if (judge === undefined) return;
    const { book } = this.world;
    for (const origin of book.origins('data')) {
      for (const { entry, lost, isUncertain } of book.of('data', origin)) {
        const held = judge.disk.inner('data').get(entry.key);
        if (lost || isUncertain || entry.touch === undefined || held === undefined || held.value === null) continue;
        if (!isOneWrite(entry, held) || (held.touch !== undefined && !isLater(entry.touch, held.touch))) continue;
        if (!this.world.former.has(origin.slice(0, 16)))
          this.fail(judge, `${show(held)} stands, and was touched later by ${show(entry)}`);
      }
    }
  }

  private fail(node: SimNode, message: string): never {
    this.world.fail(this.name, `${node.name}: ${message}`);
  }
}

interface Stamp {
  readonly hlc: number;
  readonly origin: string;
}

function isOneWrite(one: Stamp, other: Stamp): boolean {
  return one.hlc === other.hlc && one.origin === other.origin;
}

function isLater(one: Stamp, other: Stamp): boolean {
  return one.hlc > other.hlc || (one.hlc === other.hlc && one.origin > other.origin);
}

function haveOneValue(one: Entry, other: Entry): boolean {
  if (one.value === null || other.value === null) return one.value === other.value;
  return Buffer.compare(one.value, other.value) === 0;
}
