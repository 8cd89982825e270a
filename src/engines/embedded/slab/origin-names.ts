import { hashBytes, idToBytes } from '../../../core/model/bytes.js';
import type { Origin } from '../../../core/model/version.js';

/** Origins by number, so that a record needs no string. A number stays for ever: there are as many as boots of members. */
export class OriginNames {
  private readonly names: Origin[] = [];
  private readonly hashes: number[] = [];
  private readonly numbers = new Map<Origin, number>();
  /** Nearly all records of a time share one origin. */
  private recent: Origin | null = null;
  private recentNumber = 0;

  numberOf(origin: Origin): number {
    if (origin === this.recent) return this.recentNumber;
    let number = this.numbers.get(origin);
    if (number === undefined) {
      number = this.names.push(origin) - 1;
      this.hashes.push(hashBytes(idToBytes(origin)));
      this.numbers.set(origin, number);
    }
    this.recent = origin;
    this.recentNumber = number;
    return number;
  }

  get count(): number {
    return this.names.length;
  }

  nameOf(number: number): Origin {
    return this.names[number]!;
  }

  /** 32 bits of the origin's name. */
  hashOf(number: number): number {
    return this.hashes[number]!;
  }
}
