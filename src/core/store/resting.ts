import type { Bytes } from '../model/bytes.js';
import type { Hlc } from '../model/hlc.js';
import type { PartKind } from '../model/parts.js';
import type { Origin, Stamp } from '../model/version.js';

/** All that there is to know of a key with a few parts, as long as nobody asks for it: of a plain one without a whole and an expiry. */
export interface Resting {
  readonly kind: PartKind;
  readonly newest: Stamp;
  readonly oldest: Hlc;
  readonly changes: number;
  /** In ascending order. */
  readonly hashes: readonly number[];
}

/** `origin`: the number of the newest version's. */
export function restingBytes({ newest, oldest, changes, hashes }: Resting, origin: number): Bytes {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + 4 * hashes.length);
  bytes.writeDoubleLE(newest.hlc, 0);
  bytes.writeDoubleLE(oldest, 8);
  bytes.writeDoubleLE(changes, 16);
  bytes.writeUInt32LE(origin, 24);
  for (let i = 0; i < hashes.length; i++) bytes.writeUInt32LE(hashes[i]!, HEAD_BYTES + 4 * i);
  return bytes;
}

export function restingFrom(bytes: Buffer, kind: PartKind, originOf: (number: number) => Origin): Resting {
  const hashes: number[] = [];
  for (let at = HEAD_BYTES; at < bytes.length; at += 4) hashes.push(bytes.readUInt32LE(at));
  return {
    kind,
    newest: { hlc: bytes.readDoubleLE(0), origin: originOf(bytes.readUInt32LE(24)) },
    oldest: bytes.readDoubleLE(8),
    changes: bytes.readDoubleLE(16),
    hashes,
  };
}

// ---

const HEAD_BYTES = 28;
