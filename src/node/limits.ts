import { closest } from '../core/model/closest.js';
import { OperatorError } from '../core/model/errors.js';
import { type AsideLimits, USUAL_ASIDE_LIMITS } from '../core/resolution/aside-room.js';
import { isLimitName, LIMIT_NAMES, LIMITS, type Limits, limitRange, readLimit } from '../fronts/resp/limits.js';

/** Limits as an operator gives them, each as `NAME=VALUE`; `usual` in the place of one says that it is the usual one. */
export function limitsOf(texts: readonly string[]): Partial<Limits> {
  return Object.fromEntries(texts.flatMap((text) => (text === USUAL ? [] : [limitOf(text)])));
}

/** Given again, one takes the place of what the directory remembers; `usual` ends all of those. */
export function limitsToKeep(given: readonly string[] | undefined, kept: readonly string[] = []): readonly string[] {
  if (given === undefined) return kept;
  limitsOf(given);
  if (given.includes(USUAL)) return given.filter((text) => text !== USUAL);
  const names = new Set(given.map(nameOf));
  return [...kept.filter((text) => !names.has(nameOf(text))), ...given];
}

export { LIMIT_NAMES, LIMITS };

/** What a node may hold set aside. */
export function asideLimits(limits: Partial<Limits> = {}): AsideLimits {
  const { entries, bytes } = USUAL_ASIDE_LIMITS;
  return { entries: limits['set-aside'] ?? entries, bytes: limits['set-aside-memory'] ?? bytes };
}

// ---

const USUAL = 'usual';

function limitOf(text: string): [string, number] {
  const name = nameOf(text);
  if (!text.includes('=')) throw new OperatorError('usage', `--limit ${text} is not NAME=VALUE`, KNOWN);
  if (!isLimitName(name)) {
    const meant = closest(name, LIMIT_NAMES);
    throw new OperatorError(
      'usage',
      `there is no limit "${name}"${meant === null ? '' : `; did you mean ${meant}?`}`,
      KNOWN,
    );
  }
  const value = readLimit(name, text.slice(name.length + 1));
  if (value !== undefined) return [name, value];
  throw new OperatorError('usage', `--limit ${text} is no value for it: it takes ${limitRange(name)}`, KNOWN);
}

function nameOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf('=')));
}

const KNOWN = `Limits are: ${LIMIT_NAMES.join(', ')}.`;
