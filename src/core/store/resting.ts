import type { Bytes } from '../model/bytes.js';
import type { Hlc } from '../model/hlc.js';
import type { PartKind } from '../model/parts.js';
import type { Origin, Stamp } from '../model/version.js';

/**
 * What is known of a key with a few parts as long as nobody asks for it, where all of them are of one kind and live, and there is no whole. The
 * rest is in the parts: scores, shares of a number, the expiry.
 */
export interface Resting {
  readonly kind: PartKind;
  /** As Owner.plain says it. */
  readonly isPlain: boolean;
  readonly newest: Stamp;
  readonly oldest: Hlc;
  readonly changes: number;
  /** 0: it has none. */
  readonly expiryMs: number;
  /** In ascending order. */
  readonly hashes: readonly number[];
}

/** `origin`: the number of the newest version's. */
export function restingBytes(resting: Resting, origin: number): Bytes {
  const { kind, isPlain, newest, oldest, changes, expiryMs, hashes } = resting;
  const start = expiryMs === 0 ? HEAD_BYTES : HEAD_BYTES + EXPIRY_BYTES;
  const bytes = Buffer.allocUnsafe(start + 4 * hashes.length);
  bytes.writeDoubleLE(newest.hlc, 0);
  bytes.writeDoubleLE(oldest, 8);
  bytes.writeDoubleLE(changes, 16);
  const flags = kind | (isPlain ? PLAIN : 0) | (expiryMs === 0 ? 0 : EXPIRES);
  bytes.writeUInt32LE((origin << FLAG_BITS) | flags, 24);
  if (expiryMs !== 0) bytes.writeDoubleLE(expiryMs, HEAD_BYTES);
  for (let i = 0; i < hashes.length; i++) bytes.writeUInt32LE(hashes[i]!, start + 4 * i);
  return bytes;
}

export function restingFrom(bytes: Buffer, originOf: (number: number) => Origin): Resting {
  const last = bytes.readUInt32LE(24);
  const expiryMs = restingExpiry(bytes);
  const hashes: number[] = [];
  const start = expiryMs === 0 ? HEAD_BYTES : HEAD_BYTES + EXPIRY_BYTES;
  for (let at = start; at < bytes.length; at += 4) hashes.push(bytes.readUInt32LE(at));
  return {
    kind: (last & KIND_MASK) as PartKind,
    isPlain: (last & PLAIN) !== 0,
    newest: { hlc: bytes.readDoubleLE(0), origin: originOf(last >>> FLAG_BITS) },
    oldest: bytes.readDoubleLE(8),
    changes: bytes.readDoubleLE(16),
    expiryMs,
    hashes,
  };
}

/** The time of the newest version alone. */
export function restingNewest(bytes: Buffer): Hlc {
  return bytes.readDoubleLE(0);
}

/** The expiry alone; 0: it has none. */
export function restingExpiry(bytes: Buffer): number {
  return (bytes.readUInt32LE(24) & EXPIRES) === 0 ? 0 : bytes.readDoubleLE(HEAD_BYTES);
}

// ---

const HEAD_BYTES = 28;
const EXPIRY_BYTES = 8;
/** Beside the number of the origin, which is far below 2^26. */
const FLAG_BITS = 5;
const KIND_MASK = 7;
const PLAIN = 8;
const EXPIRES = 16;
