import { quoteWord } from '../../hints/advice.js';
import { bytesOfBase64, textOf } from './text-bytes.js';

/**
 * A key as one word of a text that people read and edit: a JSON string, or `base64:…` where it is not UTF-8. What cannot be seen
 * is written out, so that a text shows all that is in it.
 */
export function keyText(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text === null) return `base64:${Buffer.from(bytes).toString('base64')}`;
  return JSON.stringify(text).replace(UNSEEN, (character) => {
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** The inverse of {@link keyText}; null: the text is not a key. */
export function readKeyText(word: string): Buffer | null {
  if (word.startsWith('base64:')) return bytesOfBase64(word.slice(7));
  if (!word.startsWith('"')) return null;
  try {
    const text: unknown = JSON.parse(word);
    return typeof text === 'string' && !/\p{Surrogate}/u.test(text) ? Buffer.from(text, 'utf8') : null;
  } catch {
    return null;
  }
}

/** A key as a shell takes it: in single quotes unless it is plain, in base64 unless it is text. */
export function shellKey(keyBase64: string): string {
  const text = textOf(Buffer.from(keyBase64, 'base64'));
  return text === null || /\p{C}/u.test(text) ? `${keyBase64} --base64` : quoteWord(text);
}

/** A key, as a regular expression. */
export const KEY_WORD = String.raw`"(?:[^"\\]|\\.)*"|base64:[A-Za-z0-9+/]*=*`;

/** Control and format characters, line ends of other scripts, and what has no sign of its own. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;
