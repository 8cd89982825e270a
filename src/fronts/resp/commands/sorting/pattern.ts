import type { Bytes } from '../../../../core/model/bytes.js';
import type { Context } from '../../session.js';
import { copyOf } from '../arguments.js';
import { kindOf } from '../collection-kind.js';

/** Where SORT looks for something that belongs to an element: a key, or a field of a hash (`key->field`), with it in place of the star. */
export class Pattern {
  static readonly OF_NOTHING = new Pattern(null, new Uint8Array(0), null);

  private constructor(
    /** null: there is no such key. */
    private readonly before: Bytes | null,
    private readonly after: Bytes,
    private readonly field: Bytes | null,
  ) {}

  /** null: there is no star in it. */
  static of(text: Bytes): Pattern | null {
    const pattern = Buffer.from(copyOf(text).buffer);
    const star = pattern.indexOf('*');
    if (star < 0) return null;
    const arrow = pattern.indexOf('->', star + 1);
    const hasField = arrow >= 0 && arrow + 2 < pattern.length;
    const after = pattern.subarray(star + 1, hasField ? arrow : pattern.length);
    return new Pattern(pattern.subarray(0, star), after, hasField ? pattern.subarray(arrow + 2) : null);
  }

  /** undefined: there is nothing, or no string. */
  lookUp({ keyspace, session: { database } }: Context, element: Bytes): Bytes | undefined {
    if (this.before === null) return undefined;
    const key = Buffer.concat([this.before, element, this.after]);
    const item = keyspace.get(database, key);
    if (item === undefined) return undefined;
    if (this.field === null) return item.type === undefined || item.type === 'string' ? item.value : undefined;
    return kindOf(item) === 'hash' ? keyspace.collection(database, key, 'hash')?.get(this.field) : undefined;
  }
}

/** The pattern of the element itself. */
export function isItself(text: Bytes): boolean {
  return text.length === 1 && text[0] === NUMBER_SIGN;
}

// ---

const NUMBER_SIGN = 0x23;
