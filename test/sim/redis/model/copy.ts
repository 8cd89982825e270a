import type { Item } from './item.js';

export type Databases = Map<number, Map<string, Item>>;

/** A copy of a server's data that lags behind: what a replica has, or a file on its disk. */
export class LaggingCopy {
  private data: Databases;
  private offset: number;
  private readonly later: { atMs: number; offset: number; database: number; key: string; item: Item | null }[] = [];

  constructor(data: Databases, offset: number) {
    this.data = copyOf(data);
    this.offset = offset;
  }

  note(atMs: number, offset: number, database: number, key: string, item: Item | null): void {
    this.later.push({ atMs, offset, database, key, item });
  }

  /** Takes over what changed up to then. */
  advance(untilMs: number): void {
    let count = 0;
    for (const { atMs, offset, database, key, item } of this.later) {
      if (atMs > untilMs) break;
      count++;
      this.offset = offset;
      put(this.data, database, key, item);
    }
    this.later.splice(0, count);
  }

  /** What it holds, to be changed by whoever takes it. */
  take(): { readonly data: Databases; readonly offset: number } {
    return { data: copyOf(this.data), offset: this.offset };
  }
}

export function put(data: Databases, database: number, key: string, item: Item | null): void {
  let keys = data.get(database);
  if (keys === undefined) {
    keys = new Map();
    data.set(database, keys);
  }
  if (item === null) keys.delete(key);
  else keys.set(key, item);
}

// ---------------------------------------------------------------------------------------------------------------------

function copyOf(data: Databases): Databases {
  return new Map([...data].map(([database, keys]) => [database, new Map(keys)]));
}
