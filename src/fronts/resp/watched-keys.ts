import { type Bytes, bytesToId, idToBytes } from '../../core/model/bytes.js';

/**
 * The keys that a client watches, each with the version that it had at the first WATCH. A missing one has none, so that it looks as before once
 * it was written and deleted again: what counts is whether the client has looked at it meanwhile.
 */
export class WatchedKeys {
  /** What they hold, about. */
  byteCount = 0;
  /** The client has found something at a key that was missing, so a transaction may rest on what is not there any more. */
  hasSeenChange = false;
  /** By one character for the database, and one for each byte of the key. */
  private readonly versions = new Map<string, string>();

  private missing = 0;

  get size(): number {
    return this.versions.size;
  }

  /** Whether some of them were missing. */
  get hasMissing(): boolean {
    return this.missing > 0;
  }

  wasMissing(database: number, key: Bytes): boolean {
    return this.versions.get(idOf(database, key)) === MISSING;
  }

  add(database: number, key: Bytes, version: () => string): void {
    const id = idOf(database, key);
    if (this.versions.has(id)) return;
    const found = version();
    if (found === MISSING) this.missing++;
    this.versions.set(id, found);
    this.byteCount += id.length + KEY_BYTES;
  }

  /** Database, key and version of each. */
  *[Symbol.iterator](): Generator<readonly [number, Bytes, string]> {
    for (const [id, version] of this.versions) yield [id.charCodeAt(0), idToBytes(id.slice(1)), version];
  }

  clear(): void {
    this.versions.clear();
    this.byteCount = 0;
    this.missing = 0;
    this.hasSeenChange = false;
  }
}

/** The version of a key that is missing. */
export const MISSING = '';

// ---

/** What a key costs beside its bytes: its place in the map, the head of its id, its version. */
const KEY_BYTES = 160;

function idOf(database: number, key: Bytes): string {
  return String.fromCharCode(database) + bytesToId(key);
}
