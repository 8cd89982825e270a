import { CLIENT_DATABASES } from '../../core/model/entry.js';
import { EXPIRY_MAX, isExpiry } from '../../core/model/expiry.js';
import { bytesOfBase64, textOf } from '../common/text-bytes.js';

/** One entry as a line of an export. */
export interface EntryLine {
  database: number;
  key: Buffer;
  value: Buffer;
  /** Unix milliseconds; 0: never. */
  expiryMs: number;
}

/**
 * One line of NDJSON, without its end: `{"db":0,"key":"k","value":"v","expiryMs":0}`. Bytes that are not UTF-8 text are in
 * `keyBase64` and `valueBase64` instead. `db` and `expiryMs` are left out when 0.
 */
export function formatLine({ database, key, value, expiryMs }: EntryLine): string {
  return JSON.stringify({
    ...(database === 0 ? {} : { db: database }),
    ...bytesField('key', key),
    ...bytesField('value', value),
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
    value: readBytes(data, 'value'),
    expiryMs: readExpiry(data.expiryMs ?? 0),
  };
}

const FIELDS: readonly string[] = ['db', 'key', 'keyBase64', 'value', 'valueBase64', 'expiryMs'];

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
  if (text === undefined && base64 === undefined) throw new Error(`no "${name}" and no "${name}Base64"`);
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
