import { type Bytes, bytesToId, hashBytes } from '../../../../core/model/bytes.js';
import type { ScoredMember } from '../../collection.js';

/** A member that a command has found, with the score that it will have. */
export interface FoundMember extends ScoredMember {
  score: number;
}

/** Members by their names. It grows without a pause: a table of a million strings takes tenths of a second to grow. */
export class FoundMembers {
  size = 0;
  private tables: Map<string, FoundMember>[] = [new Map()];

  /** A member of this name was found. `again` is told of it if it is not the first time. */
  add(name: Bytes, score: number, again: (member: FoundMember) => void): void {
    const id = bytesToId(name);
    const table = this.tables[this.tables.length === 1 ? 0 : hashBytes(name) % TABLES]!;
    const known = table.get(id);
    if (known !== undefined) return again(known);
    table.set(id, { name, score });
    this.size++;
    if (this.size === ONE_TABLE_MAX) this.spread();
  }

  /** All of them, in no order, by steps. */
  *list(): Generator<undefined, FoundMember[]> {
    const all: FoundMember[] = [];
    for (const table of this.tables) {
      for (const member of table.values()) all.push(member);
      yield;
    }
    return all;
  }

  private spread(): void {
    const [first] = this.tables;
    this.tables = Array.from({ length: TABLES }, () => new Map());
    for (const [id, member] of first!) this.tables[hashBytes(member.name) % TABLES]!.set(id, member);
  }
}

// ---

const TABLES = 256;
const ONE_TABLE_MAX = 4096;
