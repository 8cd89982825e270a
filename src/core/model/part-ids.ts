import { type Bytes, bytesToId } from './bytes.js';
import { countFrom, expiryFrom, nameOf, PART, type PartKind, type PartsExpiry, partKindOf, scoreIn } from './parts.js';

/** Ids (see bytesToId) of wholes and of parts. */
const KIND_SHIFT = 4;
const DATABASE_MASK = 15;

export const PART_NAMES = ['whole', 'field', 'member', 'score', 'count', 'expiry'] as const;
export type PartName = Exclude<(typeof PART_NAMES)[number], 'whole'>;

export function isPartId(id: string): boolean {
  const first = id.charCodeAt(0);
  return first > DATABASE_MASK && first >>> KIND_SHIFT <= PART.expiry;
}

export function partKindOfId(id: string): PartKind {
  return (id.charCodeAt(0) >>> KIND_SHIFT) as PartKind;
}

/** Counts and expiries are merged by a rule of their own: nobody is asked about them. */
export function isBookkeeping(id: string): boolean {
  return isPartId(id) && partKindOfId(id) >= PART.count;
}

/** The id of the key that a part belongs to; that of a whole is its own. */
export function wholeIdOf(id: string): string {
  if (!isPartId(id)) return id;
  let [at, length] = [1, 0];
  for (let shift = 0; ; shift += 7) {
    const byte = id.charCodeAt(at++);
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return String.fromCharCode(id.charCodeAt(0) & DATABASE_MASK) + id.slice(at, at + length);
}

/** The order in which keys are shown: the parts of a key follow its whole. */
export function compareIds(a: string, b: string): number {
  const [isPartA, isPartB] = [isPartId(a), isPartId(b)];
  if (isPartA || isPartB) {
    const [wholeA, wholeB] = [wholeIdOf(a), wholeIdOf(b)];
    if (wholeA !== wholeB) return wholeA < wholeB ? -1 : 1;
    if (isPartA !== isPartB) return isPartA ? 1 : -1;
  }
  return a === b ? 0 : a < b ? -1 : 1;
}

/** What a reader sees of a part's value. Of a member that is nothing but its presence. `value`: its beginning may be enough. */
export function partText(key: Bytes, value: Bytes): Bytes {
  const kind = partKindOf(key);
  if (kind === PART.score) return Buffer.from(scoreText(scoreIn(value)));
  if (kind === PART.count) return Buffer.from(String(countFrom(value).sum));
  return kind === PART.expiry ? Buffer.from(expiryText(expiryFrom(value))) : value;
}

/** How a part is named beside its key. A count's name is its replica's id. */
export function partNameText(key: Bytes): string {
  const kind = partKindOf(key);
  return kind >= PART.count ? PART_NAMES[kind]! : Buffer.from(nameOf(key)).toString();
}

/** A share is named by its replica, or begins so (see Collections.add). */
export function countReplica(key: Bytes): string {
  return bytesToId(nameOf(key)).split('+')[0]!;
}

function scoreText(score: number): string {
  if (Number.isFinite(score)) return String(score);
  return score > 0 ? 'inf' : '-inf';
}

function expiryText({ expiryMs }: PartsExpiry): string {
  return expiryMs === 0 ? 'never' : new Date(expiryMs).toISOString();
}
