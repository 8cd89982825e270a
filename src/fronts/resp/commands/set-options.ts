import type { Bytes } from '../../../core/model/bytes.js';
import { isWord, syntaxError } from './arguments.js';
import type { ExpiryOption } from './expiry.js';

/** What may follow SET key value, or GETEX key. */
export interface SetOptions {
  condition: 'always' | 'if-missing' | 'if-present';
  returnOld: boolean;
  /** What happens to the expiry; 'unsaid' when no option says it. */
  expiry: 'unsaid' | 'keep' | 'persist' | ExpiryOption;
}

/** Reads the options from args[from] on; throws a syntax error on unknown, conflicting or incomplete ones. */
export function readSetOptions(command: 'set' | 'getex', args: readonly Bytes[], from: number): SetOptions {
  const options: SetOptions = { condition: 'always', returnOld: false, expiry: 'unsaid' };
  for (let at = from; at < args.length; at++) {
    if (command === 'set' && readCondition(options, args[at]!)) continue;
    if (readKeeping(options, command, args[at]!)) continue;
    if (!readExpiry(options, args[at]!, args[at + 1])) throw syntaxError();
    at++;
  }
  return options;
}

// ---

function readCondition(options: SetOptions, word: Bytes): boolean {
  if (isWord(word, 'get')) {
    options.returnOld = true;
    return true;
  }
  const wanted = isWord(word, 'nx') ? 'if-missing' : isWord(word, 'xx') ? 'if-present' : null;
  if (wanted === null) return false;
  if (options.condition !== 'always' && options.condition !== wanted) throw syntaxError();
  options.condition = wanted;
  return true;
}

function readKeeping(options: SetOptions, command: 'set' | 'getex', word: Bytes): boolean {
  const wanted = command === 'set' ? 'keep' : 'persist';
  if (!isWord(word, command === 'set' ? 'keepttl' : 'persist')) return false;
  if (options.expiry !== 'unsaid' && options.expiry !== wanted) throw syntaxError();
  options.expiry = wanted;
  return true;
}

/** The same option twice is no conflict in Redis: the last one counts. */
function readExpiry(options: SetOptions, word: Bytes, argument: Bytes | undefined): boolean {
  const form = EXPIRY_FORMS.find((candidate) => isWord(word, candidate.word));
  if (form === undefined || argument === undefined) return false;
  const { expiry } = options;
  if (expiry === 'keep' || expiry === 'persist') return false;
  if (expiry !== 'unsaid' && (expiry.unit !== form.unit || expiry.absolute !== form.absolute)) return false;
  options.expiry = { argument, unit: form.unit, absolute: form.absolute };
  return true;
}

const EXPIRY_FORMS = [
  { word: 'ex', unit: 'seconds', absolute: false },
  { word: 'px', unit: 'milliseconds', absolute: false },
  { word: 'exat', unit: 'seconds', absolute: true },
  { word: 'pxat', unit: 'milliseconds', absolute: true },
] as const;
