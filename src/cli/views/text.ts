import stringWidth from 'fast-string-width';
import type { KeyName, PartFacts } from '../../admin/protocol/api.js';

/** Printable text: what comes out of a cache may hold escape sequences, and must not reach the terminal as such. */

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/**
 * Bytes as one line of printable text, else as hex.
 * @param cut whether the bytes were cut off somewhere, maybe within a character.
 */
export function printable(bytes: Uint8Array, cut = false): string {
  const text = decode(bytes, cut);
  return text === null ? `0x${Buffer.from(bytes).toString('hex')}` : escapeText(text);
}

/** Bytes as text for a terminal, lines and tabs kept; else as hex. */
export function printableLines(bytes: Uint8Array): string {
  const text = decode(bytes, false);
  if (text === null) return printable(bytes);
  return text.replace(/[^\n\t\P{C}]/gu, (character) => escapeText(character));
}

/** A key as it is shown; the empty key would be invisible. */
export function printableKey(keyBase64: string): string {
  const text = printable(Buffer.from(keyBase64, 'base64'));
  return text === '' ? '""' : text;
}

/** A key, or a part of it, as it is shown: `KEY › name`. */
export function keyLabel({ keyBase64, part }: Pick<KeyName, 'keyBase64' | 'part'>): string {
  return part === undefined ? printableKey(keyBase64) : `${printableKey(keyBase64)} › ${partLabel(part)}`;
}

/** A key or a name within a sentence: of one as long as a page the beginning. */
export function inSentence(label: string): string {
  return cutTo(label, LABEL_MAX);
}

const LABEL_MAX = 200;

export function partLabel({ kind, nameBase64, node }: PartFacts): string {
  if (kind === 'count') return node === undefined ? 'count' : `count of ${escapeText(node)}`;
  return kind === 'expiry' ? 'expiry' : printableKey(nameBase64);
}

/** Control, format and other invisible characters by their number. */
export function escapeText(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\\]/gu, (character) => {
    return ESCAPES[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}

function decode(bytes: Uint8Array, cut: boolean): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
    // Many control characters mean that it is not text, even if it happens to be valid UTF-8.
    const controls = text.match(/\p{Cc}/gu)?.filter((character) => !'\n\r\t'.includes(character)).length ?? 0;
    return controls * 4 > text.length ? null : text;
  } catch {
    return null;
  }
}

/** Columns that a text takes in a terminal: East Asian wide characters and emoji take two, combining marks none. */
export function columnsOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

const PLAIN = /^[ -~]*$/;

/** The longest beginning of a text that fits, with an ellipsis if it was cut. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const [head] = splitAt(text, columns - 1);
  return `${head}…`;
}

/**
 * Lines no wider than this, broken at spaces where there are any near.
 * @param most of more lines than this the last one kept ends in an ellipsis
 */
export function wrapTo(text: string, columns: number, most = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  let rest = text;
  for (;;) {
    const [head, tail] = splitAt(rest, columns);
    if (tail === '') break;
    if (lines.length === most - 1) return [...lines, `${splitAt(rest, columns - 1)[0].trimEnd()}…`];
    const space = tail.startsWith(' ') ? head.length : head.lastIndexOf(' ');
    const end = space > head.length / 3 ? space : head.length;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  if (rest !== '' || lines.length === 0) lines.push(rest);
  return lines;
}

/** A paragraph that fits the width. Lines keep their own breaks. */
export function paragraph(text: string, columns: number, indent = ''): string {
  return text
    .split('\n')
    .flatMap((line) => wrapTo(line, Math.max(8, columns - indent.length)))
    .map((line) => `${indent}${line}`)
    .join('\n');
}

/** What a reader takes for one character stays in one piece: a letter with its accents, a flag, a family. */
function splitAt(text: string, columns: number): [string, string] {
  let taken = 0;
  let end = 0;
  // At least one, or nothing would ever fit a column narrower than it.
  const least = Math.max(1, columns);
  // A name may have a million characters, of which a line takes a few: no more of them is looked at.
  if (PLAIN.test(text.slice(0, least + 1))) return [text.slice(0, least), text.slice(least)];
  // Loading what it knows of all scripts takes a tenth of the time in which a command starts.
  graphemes ??= new Intl.Segmenter();
  const near = wholeUnits(text, least * UNITS_A_COLUMN);
  for (const { segment } of graphemes.segment(near)) {
    taken += columnsOf(segment);
    if (taken > columns && end > 0) break;
    end += segment.length;
    if (taken > columns) break;
  }
  return [text.slice(0, end), text.slice(end)];
}

/** No character is cut in two. */
function wholeUnits(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length + 1 : length);
}

/** A family with its joiners and skin tones takes 19 in two columns. More of them without a column, and a line is broken there. */
const UNITS_A_COLUMN = 32;

let graphemes: Intl.Segmenter | null = null;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** 1234567 as 1 234 567: readable in every locale. Four digits stay together. */
export function grouped(count: number): string {
  const digits = String(count);
  return digits.length <= 4 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ' ');
}
