import { bytesToId } from '../../../src/core/model/bytes.js';
import { databaseOf, type Entry } from '../../../src/core/model/entry.js';
import { type PartKind, partKindOf, scoreIn, wholeKeyOf } from '../../../src/core/model/parts.js';

interface Stamp {
  readonly hlc: number;
  readonly origin: string;
}

/** What R13 says of a key's whole and parts, with two maps and no index. It compares versions by itself. */
export class PartModel {
  readonly wholes = new Map<string, Entry>();
  readonly parts = new Map<string, Entry>();

  /** Returns whether the entry was put. */
  take(entry: Entry, isPart: boolean): boolean {
    return isPart ? this.takePart(entry) : this.takeWhole(entry);
  }

  /** A whole that nobody needs any more, or a tombstone of a part. */
  drop(key: Uint8Array): void {
    this.wholes.delete(bytesToId(key));
    this.parts.delete(bytesToId(key));
  }

  get(key: Uint8Array): Entry | undefined {
    return this.wholes.get(bytesToId(key)) ?? this.parts.get(bytesToId(key));
  }

  wholeOf(part: Uint8Array): Entry | undefined {
    return this.wholes.get(bytesToId(wholeKeyOf(part)));
  }

  /** The parts of a key that a reader finds at a time. */
  living(whole: Uint8Array, kind: PartKind, nowMs: number): Entry[] {
    const from = this.deadBelow(whole, nowMs);
    return this.partsOf(whole).filter(
      (part) => partKindOf(part.key) === kind && part.value !== null && standing(part).hlc >= from,
    );
  }

  expiryOf(whole: Uint8Array): Expiry | null {
    const part = this.partsOf(whole).find(({ key }) => partKindOf(key) === EXPIRY);
    return part === undefined ? null : readExpiry(part.value!);
  }

  /** Keys of a database that a reader finds. */
  count(database: number, nowMs: number): number {
    const keys = new Set<string>();
    for (const [id, { key, value }] of this.wholes) if (value !== null && databaseOf(key) === database) keys.add(id);
    for (const { key } of this.parts.values()) {
      const whole = wholeKeyOf(key);
      if (databaseOf(whole) === database && LISTED.some((kind) => this.living(whole, kind, nowMs).length > 0))
        keys.add(bytesToId(whole));
    }
    return keys.size;
  }

  private takeWhole(entry: Entry): boolean {
    const id = bytesToId(entry.key);
    const current = this.wholes.get(id);
    if (current !== undefined && !isLater(entry, current)) return false;
    this.wholes.set(id, entry);
    // A tombstone of a part says nothing any more, but stays until it is stable.
    for (const part of this.partsOf(entry.key))
      if (part.value !== null && isLater(entry, standing(part))) this.parts.delete(bytesToId(part.key));
    return true;
  }

  private takePart(entry: Entry): boolean {
    const id = bytesToId(entry.key);
    const whole = this.wholeOf(entry.key);
    if (whole !== undefined && isLater(whole, standing(entry))) return false;
    const current = this.parts.get(id);
    if (current !== undefined && !isLaterPart(entry, current)) return false;
    this.parts.set(id, entry);
    return true;
  }

  private partsOf(whole: Uint8Array): Entry[] {
    const id = bytesToId(whole);
    return [...this.parts.values()].filter(({ key }) => bytesToId(wholeKeyOf(key)) === id);
  }

  private deadBelow(whole: Uint8Array, nowMs: number): number {
    const expiry = this.expiryOf(whole);
    if (expiry === null) return 0;
    const { expiryMs, floor } = expiry;
    return expiryMs !== 0 && expiryMs <= nowMs ? Math.max(floor, (expiryMs - EPOCH_MS) * 4096) : floor;
  }
}

export interface Expiry {
  readonly base: Stamp;
  readonly expiryMs: number;
  readonly floor: number;
}

/** By their scores, and where these are equal by their names. */
export function byScore(members: readonly Entry[]): { readonly name: string; readonly score: number }[] {
  return members
    .map(({ key, value }) => ({ name: bytesToId(key.subarray(key.length - nameLength(key))), score: scoreIn(value!) }))
    .sort((a, b) => (a.score !== b.score ? a.score - b.score : a.name < b.name ? -1 : 1));
}

/** 2020-01-01, where HLCs begin. */
export const EPOCH_MS = Date.UTC(2020, 0, 1);
const COUNT = 4;
const EXPIRY = 5;
const LISTED: readonly PartKind[] = [1, 2, 3, 4];

function nameLength(key: Uint8Array): number {
  let [at, length] = [1, 0];
  for (let shift = 0; ; shift += 7) {
    const byte = key[at++]!;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) return key.length - at - length;
  }
}

function isLater(a: Stamp, b: Stamp): boolean {
  return a.hlc !== b.hlc ? a.hlc > b.hlc : a.origin > b.origin;
}

function isLaterPart(a: Entry, b: Entry): boolean {
  if (partKindOf(a.key) !== EXPIRY) return isLater(a, b);
  const [base, than] = [standing(a), standing(b)];
  return isLater(base, than) || (!isLater(than, base) && isLater(a, b));
}

/** The version that a whole must be above to end it. */
function standing(part: Entry): Stamp {
  if (part.value === null) return part;
  const kind = partKindOf(part.key);
  if (kind === EXPIRY) return readExpiry(part.value).base;
  const bytes = Buffer.from(part.value);
  return kind === COUNT ? { hlc: bytes.readDoubleLE(8), origin: bytes.toString('latin1', 16) } : part;
}

function readExpiry(value: Uint8Array): Expiry {
  const bytes = Buffer.from(value);
  const base = { hlc: bytes.readDoubleLE(0), origin: bytes.toString('latin1', 24) };
  return { base, expiryMs: bytes.readDoubleLE(8), floor: bytes.readDoubleLE(16) };
}
