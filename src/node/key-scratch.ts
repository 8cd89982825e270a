import type { Bytes } from '../core/model/bytes.js';
import type { ShortRequest } from '../fronts/resp/codec/short-request.js';

/**
 * Full keys in memory that is used again: one piece for each length, as it has to be exact. A key is valid until the next one
 * is asked for, so it is only for calls that keep nothing of it.
 */
export class KeyScratch {
  private readonly byLength: (Buffer | undefined)[] = new Array(LENGTHS).fill(undefined);

  /** The full key of a request: the database byte, then the client's key. */
  fullKey(database: number, { bytes, keyStart, keyEnd }: ShortRequest): Bytes {
    const length = keyEnd - keyStart;
    const key = this.memory(length + 1);
    key[0] = database;
    if (length > LOOP_BYTES) bytes.copy(key, 1, keyStart, keyEnd);
    else for (let i = 0; i < length; i++) key[i + 1] = bytes[keyStart + i]!;
    return key;
  }

  private memory(length: number): Buffer {
    if (length >= LENGTHS) return Buffer.allocUnsafe(length);
    const known = this.byLength[length];
    if (known !== undefined) return known;
    const made = Buffer.allocUnsafeSlow(length);
    this.byLength[length] = made;
    return made;
  }
}

// ---

const LENGTHS = 256;
/** Up to this length a loop copies faster than a call. */
const LOOP_BYTES = 48;
