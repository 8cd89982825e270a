import { bytesToId } from '../../src/core/model/bytes.js';
import { type Entry, lastWriteOf } from '../../src/core/model/entry.js';
import type { VersionVector } from '../../src/core/model/vector.js';
import type { Origin, ReplicaId } from '../../src/core/model/version.js';
import { replicaOf } from '../../src/core/model/version.js';
import type { Group } from '../../src/core/store/store.js';
import { isLater, isLaterEntry, isPart, splitPart, standing } from './parts.js';

/** A write that was made, and what its author knew then. */
export interface Write {
  readonly group: Group;
  readonly entry: Entry;
  readonly id: string;
  readonly atMs: number;
  /** What the author had of the others' data. */
  readonly knew: Readonly<VersionVector>;
  /** Members that the author counted as down or held apart, and had no session with. */
  readonly apart: ReadonlySet<ReplicaId>;
  /** A crash took it before it was durable: it never was. */
  lost: boolean;
  /** Its author was set back to a time before it: it is known to those alone who had received it. */
  isUncertain: boolean;
}

/** Every write ever made, by origin and number: the truth that replicas are judged by. */
export class WriteBook {
  private readonly byOrigin: Record<Group, Map<Origin, Write[]>> = { data: new Map(), system: new Map() };

  add(write: Write): void {
    const { group, entry } = write;
    const { origin, seq } = lastWriteOf(entry);
    let writes = this.byOrigin[group].get(origin);
    if (writes === undefined) {
      writes = [];
      this.byOrigin[group].set(origin, writes);
    }
    if (writes.length !== seq - 1) {
      const again = writes[seq - 1];
      throw new Error(`write ${origin}/${seq} made ${again === undefined ? 'out of order' : 'twice'}`);
    }
    writes.push(write);
  }

  of(group: Group, origin: Origin): readonly Write[] {
    return this.byOrigin[group].get(origin) ?? [];
  }

  /** The write that made an entry what it is: of its value, or its touch. */
  find(group: Group, entry: Pick<Entry, 'hlc' | 'origin' | 'seq' | 'touch'>): Write | undefined {
    const { origin, seq } = entry.touch ?? entry;
    return this.byOrigin[group].get(origin)?.[seq - 1];
  }

  /** The write of its value. */
  findWhole(group: Group, { origin, seq }: Pick<Entry, 'origin' | 'seq'>): Write | undefined {
    return this.byOrigin[group].get(origin)?.[seq - 1];
  }

  origins(group: Group): IterableIterator<Origin> {
    return this.byOrigin[group].keys();
  }

  originsOf(group: Group, replica: ReplicaId): Origin[] {
    return [...this.byOrigin[group].keys()].filter((origin) => replicaOf(origin) === replica);
  }
}

/** Whether the author of `later` had `earlier`, or something that overrode it, when it wrote. */
export function knewOf(later: Write, earlier: Write): boolean {
  const { origin, seq } = lastWriteOf(earlier.entry);
  const own = lastWriteOf(later.entry);
  if (own.origin === origin) return own.seq >= seq;
  return later.knew.covers(origin, seq);
}

export function keyId(entry: Pick<Entry, 'key'>): string {
  return bytesToId(entry.key);
}

/** The greatest version of each key that some replica has collected, rightly, as stable garbage. */
export class Collected {
  private readonly greatest: Record<Group, Map<string, Entry>> = { data: new Map(), system: new Map() };

  add(group: Group, entry: Entry): void {
    const id = keyId(entry);
    const known = this.greatest[group].get(id);
    if (known === undefined || isLaterEntry(entry, known)) this.greatest[group].set(id, entry);
  }

  get(group: Group, id: string): Entry | undefined {
    return this.greatest[group].get(id);
  }

  /** Whether something at least as great as the entry was collected. */
  covers(group: Group, entry: Entry): boolean {
    const known = this.greatest[group].get(keyId(entry));
    if (known !== undefined && !isLaterEntry(entry, known)) return true;
    if (group !== 'data' || !isPart(entry.key)) return false;
    const whole = this.greatest[group].get(bytesToId(splitPart(entry.key).whole));
    return whole !== undefined && isLater(whole, standing(entry));
  }
}
