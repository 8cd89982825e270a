import { CLIENT_DATABASES } from '../../core/model/entry.js';
import { EXPIRY_MAX, isExpiry } from '../../core/model/expiry.js';
import { bytesOfBase64, textOf } from '../common/text-bytes.js';
import type { CollectionPart, CollectionType } from './parts.js';
import { partsField, readParts } from './parts-line.js';

/** One entry as a line of an export, or some of the parts of one. */
export interface EntryLine {
  database: number;
  key: Buffer;
  content: Buffer | PartsLine;
  /** Unix milliseconds; 0: never. */
  expiryMs: number;
}

/** Parts of a hash, a set or a sorted set. Of one that has many the first line has some, and others go on with it. */
export interface PartsLine {
  type: CollectionType;
  parts: readonly CollectionPart[];
  isMore: boolean;
}

/**
 * One line of NDJSON, without its end: `{"db":0,"key":"k","value":"v","expiryMs":0}`, or in the place of the value `"hash":{"field":"value"}`,
 * `"set":["member"]` or `"zset":[["member",1.5]]`, with `"more":true` where the line goes on with the one before. Bytes that are not UTF-8
 * text are in `keyBase64`, `valueBase64`, `hashBase64`, … instead. `db` and `expiryMs` are left out when 0.
 */
export function formatLine({ database, key, content, expiryMs }: EntryLine): string {
  return JSON.stringify({
    ...(database === 0 ? {} : { db: database }),
    ...bytesField('key', key),
    ...(content instanceof Uint8Array ? bytesField('value', content) : partsField(content)),
    ...(expiryMs === 0 ? {} : { expiryMs }),
  });
}

/** The inverse of {@link formatLine}. @throws Error that says what is wrong with the line. */
export function parseLine(line: Uint8Array): EntryLine {
  const text = textOf(line);
  if (text === null) throw new Error('not valid UTF-8');
  const data = parseObject(text);
  for (const name of Object.keys(data)) if (!FIELDS.includes(name)) throw new Error(unknownField(name));
  return {
    database: wholeNumber(data, 'db', CLIENT_DATABASES - 1),
    key: readBytes(data, 'key'),
    content: readContent(data),
    expiryMs: readExpiry(data.expiryMs ?? 0),
  };
}

const TYPES = ['hash', 'set', 'zset'] as const;
const FIELDS: readonly string[] = [
  ...['db', 'key', 'keyBase64', 'value', 'valueBase64', 'expiryMs', 'more'],
  ...TYPES.flatMap((type) => [type, `${type}Base64`]),
];

/** What other tools call it. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['database', 'db'],
  ['k', 'key'],
  ['name', 'key'],
  ['v', 'value'],
  ['val', 'value'],
  ['data', 'value'],
]);

/** To ignore it could mean that a key never expires, or gets another value than was meant. */
function unknownField(name: string): string {
  const shown = JSON.stringify(name.slice(0, 60));
  if (/ttl|^[ep]x(at)?$|expir|life/i.test(name))
    return `unknown field ${shown}: an expiry is "expiryMs", the Unix time in milliseconds at which the key ends`;
  const meant =
    OTHER_NAMES.get(name.toLowerCase()) ?? FIELDS.find((field) => field.toLowerCase() === name.toLowerCase());
  const known = meant === undefined ? `there are ${FIELDS.join(', ')}` : `did you mean "${meant}"?`;
  return `unknown field ${shown}: ${known}`;
}

function bytesField(name: 'key' | 'value', bytes: Buffer): Record<string, string> {
  const text = textOf(bytes);
  return text === null ? { [`${name}Base64`]: bytes.toString('base64') } : { [name]: text };
}

function readContent(data: Record<string, unknown>): EntryLine['content'] {
  const types = TYPES.filter((type) => data[type] !== undefined || data[`${type}Base64`] !== undefined);
  if (types.length > 1) throw new Error(`both "${types[0]}" and "${types[1]}"`);
  const [type] = types;
  if (type === undefined) {
    if (data.more !== undefined) throw new Error('"more" goes with a hash, a set or a zset alone');
    return readBytes(data, 'value');
  }
  if (data.value !== undefined || data.valueBase64 !== undefined) throw new Error(`both "${type}" and a value`);
  return readParts(data, type);
}

function parseObject(text: string): Record<string, unknown> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error('not valid JSON');
  }
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  throw new Error('not a JSON object');
}

function readBytes(data: Record<string, unknown>, name: 'key' | 'value'): Buffer {
  const text = data[name];
  const base64 = data[`${name}Base64`];
  if (text !== undefined && base64 !== undefined) throw new Error(`both "${name}" and "${name}Base64"`);
  if (typeof text === 'string' && !/\p{Surrogate}/u.test(text)) return Buffer.from(text, 'utf8');
  const bytes = typeof base64 === 'string' ? bytesOfBase64(base64) : null;
  if (bytes !== null) return bytes;
  if (text === undefined && base64 === undefined)
    throw new Error(`no "${name}" and no "${name}Base64"${name === 'key' ? '' : ', and no "hash", "set" or "zset"'}`);
  throw new Error(text === undefined ? `"${name}Base64" is not base64` : `"${name}" is not text`);
}

/** A far one comes as the nearest double, whatever digits the line has. */
function readExpiry(value: unknown): number {
  const expiryMs = value === LAST_MS ? EXPIRY_MAX : value;
  if (typeof expiryMs === 'number' && isExpiry(expiryMs)) return expiryMs;
  throw new Error('"expiryMs" is not a whole number from 0 to 9223372036854775807');
}
const LAST_MS = 2 ** 63;

function wholeNumber(data: Record<string, unknown>, name: string, most: number): number {
  const value = data[name] ?? 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw new Error(`"${name}" is not a whole number from 0 to ${most}`);
}
