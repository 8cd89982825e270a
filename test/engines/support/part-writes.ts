import fc from 'fast-check';
import { type Entry, fullKey } from '../../../src/core/model/entry.js';
import { countBytes, expiryBytes, PART, type PartKind, partKey } from '../../../src/core/model/parts.js';
import type { Stamp } from '../../../src/core/model/version.js';
import { bytes, ORIGINS } from './entries.js';
import { EPOCH_MS } from './part-model.js';

/** A write of some author, as a store gets to know of it. */
export interface PartWrite {
  readonly entry: Entry;
  /** The full key of its whole. */
  readonly whole: Uint8Array;
  readonly isPart: boolean;
}

/** Neighbours of all kinds: the empty key, one that begins like another, and one whose length takes two bytes. */
export const WHOLES = [
  fullKey(0, bytes('')),
  fullKey(0, bytes('k')),
  fullKey(0, bytes('k\x00')),
  fullKey(1, bytes('k')),
  fullKey(1, bytes('long '.repeat(40))),
];
const NAMES = ['', 'k', '\x00', '\xff', 'a', 'b', 'c', 'long '.repeat(40)].map(bytes);
const SCORES = [0, 1, -1, 1, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Writes of a few authors on few keys, in the order of their versions; with one timestamp for several, now and then. */
export function partWrites(maxLength: number): fc.Arbitrary<PartWrite[]> {
  const shape = fc.record({
    key: fc.nat(WHOLES.length - 1),
    kind: fc.constantFrom(...KINDS),
    name: fc.nat(NAMES.length - 1),
    author: fc.nat(ORIGINS.length - 1),
    gap: fc.constantFrom(0, 1, 1, 1, 4096),
    pick: fc.nat(1000),
  });
  return fc.array(shape, { minLength: 1, maxLength, size: 'max' }).map(made);
}

type Shape = {
  readonly [K in 'key' | 'name' | 'author' | 'gap' | 'pick']: number;
} & { readonly kind: (typeof KINDS)[number] };

const KINDS = [
  ...(['field', 'field', 'field', 'member', 'member', 'score', 'score', 'score', 'gone', 'gone'] as const),
  ...(['count', 'count', 'expiry', 'expiry', 'string', 'deleted'] as const),
];

function made(shapes: readonly Shape[]): PartWrite[] {
  const writes: PartWrite[] = [];
  const last = new Map<number, number>();
  const counts = new Map<string, Stamp>();
  let hlc = 1;
  for (const { key, kind, name, author, gap, pick } of shapes) {
    // The timestamps of one author grow.
    hlc += last.get(author) === hlc ? Math.max(1, gap) : gap;
    last.set(author, hlc);
    const origin = ORIGINS[author]!;
    const seq = writes.filter(({ entry }) => entry.origin === origin).length + 1;
    const whole = WHOLES[key]!;
    const stamp = { hlc, origin };
    const earlier = writes.filter((write) => write.whole === whole).map(({ entry }) => entry as Stamp);
    const base = earlier.length === 0 ? stamp : earlier[pick % earlier.length]!;
    const plain = { hlc, origin, seq, expiryMs: 0 };
    const part = (of: PartKind, value: Uint8Array | null, named = NAMES[name]!): void =>
      void writes.push({ entry: { key: partKey(of, whole, named), value, ...plain }, whole, isPart: true });
    if (kind === 'string')
      writes.push({ entry: { key: whole, value: bytes(`s${pick}`), ...plain }, whole, isPart: false });
    else if (kind === 'deleted') writes.push({ entry: { key: whole, value: null, ...plain }, whole, isPart: false });
    else if (kind === 'field') part(PART.field, bytes('v'.repeat(pick % 150)));
    else if (kind === 'member') part(PART.member, bytes(''));
    else if (kind === 'score') part(PART.score, scoreBytes(SCORES[pick % SCORES.length]!));
    else if (kind === 'gone') part([PART.field, PART.member, PART.score][pick % 3]!, null);
    else if (kind === 'expiry')
      part(
        PART.expiry,
        expiryBytes({
          base,
          expiryMs: pick % 3 === 0 ? 0 : EPOCH_MS + 1 + (pick % 40),
          floor: pick % 4 === 0 ? base.hlc : 0,
        }),
        NO_NAME,
      );
    else {
      const owner = `${key}/${author}`;
      const since = pick % 3 === 0 ? stamp : (counts.get(owner) ?? stamp);
      counts.set(owner, since);
      part(PART.count, countBytes({ sum: BigInt(pick), since }), bytes(origin));
    }
  }
  return writes;
}

function scoreBytes(score: number): Uint8Array {
  const value = Buffer.alloc(8);
  value.writeDoubleBE(score);
  return value;
}

const NO_NAME = new Uint8Array(0);
