import { type Bytes, bytesToId, compareBytes, hashBytes } from '../../src/core/model/bytes.js';
import {
  type CollectionKind,
  type Part,
  type ScoredMember,
  type SortedCollection,
  scoreOf,
} from '../../src/fronts/resp/collection.js';
import { type Item, RespError } from '../../src/fronts/resp/keyspace.js';

/** A collection as the plainest code has it. */
export class MemoryCollection implements Item, SortedCollection {
  readonly kind: 'zset';
  private readonly parts = new Map<string, Part>();
  private writes = 0;

  constructor(
    readonly key: Bytes,
    kind: CollectionKind,
    public expiryMs: number,
    private readonly number: number,
  ) {
    this.kind = kind as 'zset';
  }

  get type(): string {
    return this.kind;
  }

  get value(): Bytes {
    throw new RespError('WRONGTYPE Operation against a key holding the wrong kind of value');
  }

  get version(): string {
    return `${this.number}/${this.writes}`;
  }

  get size(): number {
    return this.parts.size;
  }

  get(name: Bytes): Bytes | undefined {
    return this.parts.get(bytesToId(name))?.value;
  }

  at(place: number): Part {
    return [...this.parts.values()][place]!;
  }

  scan(cursor: number, count: number): { parts: Part[]; next: number } {
    const inOrder = [...this.parts.values()].sort((a, b) => hashBytes(a.name) - hashBytes(b.name));
    const rest = inOrder.filter(({ name }) => hashBytes(name) >= cursor);
    const last = rest[Math.min(count, rest.length) - 1];
    if (last === undefined || hashBytes(last.name) === 2 ** 32 - 1) return { parts: rest, next: 0 };
    const parts = rest.filter(({ name }) => hashBytes(name) <= hashBytes(last.name));
    return { parts, next: parts.length === rest.length ? 0 : hashBytes(last.name) + 1 };
  }

  rankOf(name: Bytes): number | undefined {
    const rank = this.ranked().findIndex((one) => compareBytes(one.name, name) === 0);
    return rank === -1 ? undefined : rank;
  }

  atRank(rank: number): ScoredMember {
    return this.ranked()[rank]!;
  }

  countBelow(score: number, orEqual: boolean): number {
    return this.ranked().filter((one) => one.score < score || (orEqual && one.score === score)).length;
  }

  put(name: Bytes, value: Bytes): void {
    this.writes++;
    this.parts.set(bytesToId(name), { name: new Uint8Array(name), value: new Uint8Array(value) });
  }

  delete(name: Bytes): boolean {
    this.writes++;
    return this.parts.delete(bytesToId(name));
  }

  copy(key: Bytes, number: number): MemoryCollection {
    const copy = new MemoryCollection(key, this.kind, this.expiryMs, number);
    for (const { name, value } of this.parts.values()) copy.put(name, value);
    return copy;
  }

  private ranked(): ScoredMember[] {
    const members = [...this.parts.values()].map(({ name, value }) => ({ name, score: scoreOf(value) }));
    return members.sort((a, b) => a.score - b.score || compareBytes(a.name, b.name));
  }
}
