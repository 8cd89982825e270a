import { type Bytes, bytesToId, hashBytes } from '../../../../core/model/bytes.js';

/** Which names there were already. It grows without a pause: a table of a million strings takes tenths of a second to grow. */
export class NameSet {
  size = 0;
  /** About. */
  bytes = 0;
  private tables: Set<string>[] = [new Set()];

  /** Returns whether it is a new one. */
  add(name: Bytes): boolean {
    const id = bytesToId(name);
    const table = this.tables[this.tables.length === 1 ? 0 : hashBytes(name) % TABLES]!;
    if (table.has(id)) return false;
    table.add(id);
    this.size++;
    this.bytes += name.length + NAME_BYTES;
    if (this.size === ONE_TABLE_MAX) this.spread();
    return true;
  }

  private spread(): void {
    const [first] = this.tables;
    this.tables = Array.from({ length: TABLES }, () => new Set());
    for (const id of first!) this.tables[hashBytes(Buffer.from(id, 'latin1')) % TABLES]!.add(id);
  }
}

// ---

const TABLES = 256;
const ONE_TABLE_MAX = 4096;
/** What is held for each beside its bytes. */
const NAME_BYTES = 40;
