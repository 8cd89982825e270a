import type { Bytes } from '../../../core/model/bytes.js';

/**
 * Splits an inline command as Redis does (sdssplitargs): words between blanks, "double quotes" with \n \r \t \b \a \xHH,
 * 'single quotes' with \'. undefined when a quote is not closed, or is closed in the middle of a word.
 */
export function splitInline(line: Bytes): Bytes[] | undefined {
  const words: Bytes[] = [];
  let at = skipBlanks(line, 0);
  while (at < line.length) {
    const word: number[] = [];
    const next = readWord(line, at, word);
    if (next < 0) return undefined;
    words.push(Uint8Array.from(word));
    at = skipBlanks(line, next);
  }
  return words;
}

// ---

const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 98: 8, 97: 7 };

/** Appends one word to `word`; returns where it ended, -1 on unbalanced quotes. */
function readWord(line: Bytes, from: number, word: number[]): number {
  let at = from;
  while (at < line.length && !isBlank(line[at]!)) {
    const byte = line[at]!;
    if (byte !== DOUBLE_QUOTE && byte !== SINGLE_QUOTE) {
      word.push(byte);
      at++;
      continue;
    }
    at = byte === DOUBLE_QUOTE ? readDoubleQuoted(line, at + 1, word) : readSingleQuoted(line, at + 1, word);
    if (at < 0 || (at < line.length && !isBlank(line[at]!))) return -1;
  }
  return at;
}

function readDoubleQuoted(line: Bytes, from: number, word: number[]): number {
  for (let at = from; at < line.length; at++) {
    const byte = line[at]!;
    if (byte === DOUBLE_QUOTE) return at + 1;
    if (byte !== BACKSLASH || at + 1 >= line.length) {
      word.push(byte);
      continue;
    }
    const hex = line[at + 1] === 0x78 ? hexByte(line[at + 2], line[at + 3]) : -1;
    word.push(hex >= 0 ? hex : (ESCAPES[line[at + 1]!] ?? line[at + 1]!));
    at += hex >= 0 ? 3 : 1;
  }
  return -1;
}

function readSingleQuoted(line: Bytes, from: number, word: number[]): number {
  for (let at = from; at < line.length; at++) {
    const byte = line[at]!;
    if (byte === SINGLE_QUOTE) return at + 1;
    const escaped = byte === BACKSLASH && line[at + 1] === SINGLE_QUOTE;
    if (escaped) at++;
    word.push(escaped ? SINGLE_QUOTE : byte);
  }
  return -1;
}

function hexByte(high: number | undefined, low: number | undefined): number {
  const value =
    Number.parseInt(String.fromCharCode(high ?? 0), 16) * 16 + Number.parseInt(String.fromCharCode(low ?? 0), 16);
  return Number.isNaN(value) ? -1 : value;
}

function skipBlanks(line: Bytes, from: number): number {
  let at = from;
  while (at < line.length && isBlank(line[at]!)) at++;
  return at;
}

/** isspace of C, and the NUL at which C strings end. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0;
}
