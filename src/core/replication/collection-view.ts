import { type Bytes, bytesToId, idToBytes } from '../model/bytes.js';
import { nameOf, nameStart, PART, partKey, scoreIn } from '../model/parts.js';
import type { Stamp } from '../model/version.js';
import type { Owner, PartList } from '../store/owner.js';
import type { ScoreList } from '../store/score-list.js';
import type { StoreReader } from '../store/store-reader.js';

interface Part {
  readonly name: Bytes;
  readonly value: Bytes;
}

/** The parts of a collection one by one. */
export interface PartsView {
  readonly kind: 'hash' | 'set' | 'zset';
  readonly size: number;
  at(place: number): Part;
  kept(): PartsView;
}

/** A hash, a set or a sorted set as it is now. Good until something is written. */
export class CollectionView implements PartsView {
  private prefix: Bytes | null = null;

  constructor(
    private readonly key: Bytes,
    private readonly owner: Owner,
    private readonly list: PartList,
    private readonly store: Pick<StoreReader, 'get' | 'owners'>,
  ) {}

  get kind(): 'hash' | 'set' | 'zset' {
    const { kind } = this.list;
    return kind === PART.field ? 'hash' : kind === PART.member ? 'set' : 'zset';
  }

  get size(): number {
    return this.list.size;
  }

  /** The version of the last change of a part that is in it; of one that was deleted since, as a rule. */
  get newest(): Stamp {
    return this.list.newest!;
  }

  /** Its parts, for who writes meanwhile. */
  kept(): PartsView {
    const parts = Array.from({ length: this.size }, (_, i) => this.at(i));
    const kept = { kind: this.kind, size: parts.length, at: (place: number) => parts[place]!, kept: () => kept };
    return kept;
  }

  get(name: Bytes): Bytes | undefined {
    const part = this.store.get(partKey(this.list.kind, this.key, name));
    return part === undefined || !this.store.owners.lives(this.owner, part) ? undefined : (part.value ?? undefined);
  }

  /** The part at a place in an order of its own, 0 <= place < size. */
  at(place: number): Part {
    const { hashes } = this.list;
    const hash = hashes.at(place);
    const parts = this.partsWith(hash);
    return parts.length === 1 ? parts[0]! : parts[place - hashes.countBelow(hash)]!;
  }

  /**
   * The parts from a cursor on (0: the first), at least `count` if there are so many, in the order of the hashes of their keys. `next`: the
   * cursor to go on with; 0: that was all.
   */
  scan(cursor: number, count: number): { readonly parts: Part[]; readonly next: number } {
    const { hashes } = this.list;
    const parts: Part[] = [];
    let place = hashes.countBelow(cursor);
    while (place < hashes.length && parts.length < count) {
      const found = this.partsWith(hashes.at(place));
      parts.push(...found);
      place += found.length;
    }
    return { parts, next: place < hashes.length ? hashes.at(place) : 0 };
  }

  rankOf(name: Bytes): number | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : this.scores.rankOf(scoreIn(value), bytesToId(name));
  }

  atRank(rank: number): { readonly name: Bytes; readonly score: number } {
    const { name, score } = this.scores.at(rank);
    return { name: idToBytes(name), score };
  }

  countBelow(score: number, orEqual: boolean): number {
    return this.scores.countBelow(score, orEqual);
  }

  private get scores(): ScoreList {
    return this.store.owners.scoresOf(this.list);
  }

  private partsWith(hash: number): Part[] {
    const { owners } = this.store;
    this.prefix ??= this.list.prefix;
    return owners
      .partsWith(this.prefix, hash)
      .filter((part) => owners.lives(this.owner, part))
      .map(({ key, value }) => {
        const start = nameStart(key);
        return { name: start === key.length ? EMPTY : nameOf(key), value: value! };
      });
  }
}

const EMPTY = new Uint8Array(0);
