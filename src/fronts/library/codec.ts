import { shown } from '../../core/model/fields.js';
import { usage } from './errors.js';

/** How values of the application become bytes, and bytes values. Both must be pure. */
export interface Codec<V> {
  /** A string stands for its bytes in UTF-8. */
  encode(value: V): Uint8Array | string;
  /** `bytes` are the caller's: they never change. Throw where they are no value. */
  decode(bytes: Buffer): V;
  /** The same of bytes where they lie, which are valid during the call alone: for codecs that need no copy of them. */
  decodeAt?(source: Buffer, start: number, end: number): V;
}

/** Strings, in UTF-8, as Redis clients write them. What is no UTF-8 is read with replacement characters. */
export const text: Codec<string> = {
  encode: (value) => {
    if (typeof value !== 'string') throw usage(`the codec "text" takes strings, not ${kindOf(value)}`);
    return value;
  },
  decode: (bytes) => bytes.toString('utf8'),
  decodeAt: (source, start, end) => source.toString('utf8', start, end),
};

/** Bytes as they are. What is read is a copy, and the caller's own. */
export const bytes: Codec<Uint8Array> & Codec<Buffer> = {
  encode: (value: Uint8Array) => {
    if (!(value instanceof Uint8Array)) throw usage(`the codec "bytes" takes a Uint8Array, not ${kindOf(value)}`);
    return value;
  },
  decode: (value: Buffer) => value,
};

/**
 * Anything that JSON can hold. The type is what the application says it is: nothing checks what other programs have written.
 *
 *     const carts = await openNode({ dir: 'data', codec: json<Cart>() });
 */
export function json<V = unknown>(): Codec<V> {
  return JSON_CODEC as Codec<V>;
}

/** What is wrong with what is given as a codec; null: nothing. */
export function faultOfCodec(given: unknown): string | null {
  const { encode, decode, decodeAt } = (given ?? {}) as Partial<Codec<unknown>>;
  const isOne = typeof encode === 'function' && typeof decode === 'function';
  if (isOne && (decodeAt === undefined || typeof decodeAt === 'function')) return null;
  const hint = given === json ? ': json() makes one' : '';
  return `a codec is an object with encode and decode, as text, bytes and json() are, not ${shown(given)}${hint}`;
}

// ---

const JSON_CODEC: Codec<unknown> = {
  encode: (value) => {
    const written = writtenAsJson(value);
    if (written === undefined) throw usage(`JSON has no form for ${kindOf(value)}`);
    return written;
  },
  decode: (value) => JSON.parse(value.toString('utf8')),
  decodeAt: (source, start, end) => JSON.parse(source.toString('utf8', start, end)),
};

function writtenAsJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw usage(`JSON has no form for this value: ${(error as Error).message}`, { cause: error });
  }
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`;
}
