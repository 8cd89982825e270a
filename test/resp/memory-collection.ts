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
  private touches = 0;
  private ranks: { writes: number; members: ScoredMember[] } | null = null;
  private inOrder: { writes: number; parts: Part[] } | null = null;
  private hashed: { writes: number; parts: { part: Part; hash: number }[] } | null = null;

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
    return `${this.number}/${this.writes}/${this.touches}`;
  }

  touch(expiryMs: number): void {
    this.expiryMs = expiryMs;
    this.touches++;
  }

  get size(): number {
    return this.parts.size;
  }

  get(name: Bytes): Bytes | undefined {
    return this.parts.get(bytesToId(name))?.value;
  }

  at(place: number): Part {
    return this.listed()[place]!;
  }

  scan(cursor: number, count: number): { parts: Part[]; next: number } {
    const rest = this.byHash().filter(({ hash }) => hash >= cursor);
    const last = rest[Math.min(count, rest.length) - 1];
    const parts = rest.filter(({ hash }) => hash <= (last?.hash ?? 0)).map(({ part }) => part);
    return { parts, next: last === undefined || parts.length === rest.length ? 0 : last.hash + 1 };
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
    const wasThere = this.parts.delete(bytesToId(name));
    if (wasThere) this.writes++;
    return wasThere;
  }

  copy(key: Bytes, number: number): MemoryCollection {
    const copy = new MemoryCollection(key, this.kind, this.expiryMs, number);
    for (const { name, value } of this.parts.values()) copy.put(name, value);
    return copy;
  }

  /** All parts, made anew after a change; and so are those by their hashes. */
  private listed(): Part[] {
    if (this.inOrder?.writes !== this.writes) this.inOrder = { writes: this.writes, parts: [...this.parts.values()] };
    return this.inOrder.parts;
  }

  private byHash(): { part: Part; hash: number }[] {
    if (this.hashed?.writes === this.writes) return this.hashed.parts;
    const parts = this.listed().map((part) => ({ part, hash: hashBytes(part.name) }));
    parts.sort((a, b) => a.hash - b.hash);
    this.hashed = { writes: this.writes, parts };
    return parts;
  }

  private ranked(): ScoredMember[] {
    if (this.ranks?.writes === this.writes) return this.ranks.members;
    const members = [...this.parts.values()].map(({ name, value }) => ({ name, score: scoreOf(value) }));
    members.sort((a, b) => (a.score === b.score ? compareBytes(a.name, b.name) : a.score < b.score ? -1 : 1));
    this.ranks = { writes: this.writes, members };
    return members;
  }
}
