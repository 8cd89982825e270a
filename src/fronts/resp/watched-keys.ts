import { type Bytes, bytesToId, idToBytes } from '../../core/model/bytes.js';

/** The keys that a client watches, each with the version that it had at the first WATCH; '' is that of a missing one. */
export class WatchedKeys {
  /** What they hold, about. */
  byteCount = 0;
  /** By one character for the database, and one for each byte of the key. */
  private readonly versions = new Map<string, string>();

  get size(): number {
    return this.versions.size;
  }

  add(database: number, key: Bytes, version: () => string): void {
    const id = String.fromCharCode(database) + bytesToId(key);
    if (this.versions.has(id)) return;
    this.versions.set(id, version());
    this.byteCount += id.length + KEY_BYTES;
  }

  /** Database, key and version of each. */
  *[Symbol.iterator](): Generator<readonly [number, Bytes, string]> {
    for (const [id, version] of this.versions) yield [id.charCodeAt(0), idToBytes(id.slice(1)), version];
  }

  clear(): void {
    this.versions.clear();
    this.byteCount = 0;
  }
}

// ---

/** What a key costs beside its bytes: its place in the map, the head of its id, its version. */
const KEY_BYTES = 160;
