import { bytesOfBase64, textOf } from '../common/text-bytes.js';
import type { PartsLine } from './line.js';
import type { CollectionPart, CollectionType } from './parts.js';

/** The parts as a field of a line, and whether there were others before: all of them as texts, or all in base64. */
export function partsField({ type, parts, isMore }: PartsLine): Record<string, unknown> {
  const inText = [];
  for (const { name, value = EMPTY } of parts) {
    const texts = [textOf(name), textOf(value)];
    if (texts.includes(null)) break;
    inText.push(texts as [string, string]);
  }
  const isText = inText.length === parts.length;
  const pairs = isText ? inText : parts.map(({ name, value = EMPTY }) => [base64(name), base64(value)] as const);
  const names = pairs.map(([name]) => name);
  const content =
    type === 'hash'
      ? Object.fromEntries(pairs)
      : type === 'set'
        ? names
        : names.map((name, i) => [name, scoreJson(parts[i]!.score!)]);
  return { [isText ? type : `${type}Base64`]: content, ...(isMore ? { more: true } : {}) };
}

/** The inverse. @throws Error that says what is wrong with it. */
export function readParts(data: Record<string, unknown>, type: CollectionType): PartsLine {
  const [plain, coded] = [data[type], data[`${type}Base64`]];
  if (plain !== undefined && coded !== undefined) throw new Error(`both "${type}" and "${type}Base64"`);
  const [name, content] = plain === undefined ? [`${type}Base64`, coded] : [type, plain];
  const bytes = (text: unknown): Buffer => {
    const found = typeof text !== 'string' ? null : plain === undefined ? bytesOfBase64(text) : bytesOfText(text);
    if (found !== null) return found;
    const quotes = typeof text === 'string' ? '' : ': put it in quotes';
    throw new Error(`"${name}" has ${told(text)}, which is not ${plain === undefined ? 'base64' : 'text'}${quotes}`);
  };
  const parts = READERS[type](content, bytes);
  if (parts === null) throw new Error(`"${name}" is not ${FORMS[type]}`);
  const seen = new Set<string>();
  for (const part of parts) {
    const id = base64(part.name);
    if (seen.has(id)) throw new Error(`"${name}" has the member ${told(textOf(part.name) ?? id)} twice`);
    seen.add(id);
  }
  if (parts.length === 0) throw new Error(`"${name}" is empty: there is no such key in Redis`);
  const { more = false } = data;
  if (typeof more !== 'boolean') throw new Error('"more" is not true or false');
  return { type, parts, isMore: more };
}

// ---

const EMPTY = Buffer.alloc(0);

const FORMS = {
  hash: 'an object of fields and their values',
  set: 'a list of members',
  zset: 'a list of members and their scores, as [["member",1.5]]',
} as const;

type Reader = (content: unknown, bytes: (text: unknown) => Buffer) => CollectionPart[] | null;

const READERS: Readonly<Record<CollectionType, Reader>> = {
  hash: (content, bytes) =>
    typeof content === 'object' && content !== null && !Array.isArray(content)
      ? Object.entries(content).map(([name, value]) => ({ name: bytes(name), value: bytes(value) }))
      : null,
  set: (content, bytes) => (Array.isArray(content) ? content.map((name) => ({ name: bytes(name) })) : null),
  zset: (content, bytes) => {
    if (!Array.isArray(content) || !content.every((pair) => Array.isArray(pair) && pair.length === 2)) return null;
    return content.map(([name, score]) => ({ name: bytes(name), score: scoreOf(name, score) }));
  },
};

/** As JSON has it; an infinite one as Redis writes it. */
function scoreJson(text: string): number | string {
  const score = Number(text);
  return Number.isFinite(score) && !Object.is(score, -0) ? score : text;
}

function scoreOf(name: unknown, score: unknown): string {
  if (typeof score === 'number' || score === 'inf' || score === '-inf' || score === '-0') return String(score);
  throw new Error(`the score of ${told(name)} is ${told(score)}, and not a number, "inf" or "-inf"`);
}

/** As the line has it; of something long the beginning. */
function told(found: unknown): string {
  const text = JSON.stringify(found);
  return text.length > TOLD_MAX ? `${text.slice(0, TOLD_MAX)}…` : text;
}

const TOLD_MAX = 60;

function bytesOfText(text: string): Buffer | null {
  return /\p{Surrogate}/u.test(text) ? null : Buffer.from(text, 'utf8');
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}
