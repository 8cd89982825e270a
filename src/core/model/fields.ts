import { closest } from './closest.js';

/** More would hide what is wrong. */
const NAMED_MAX = 8;

/** What a field of the options takes: a test, and in words. */
export interface Kind {
  readonly is: (value: unknown) => boolean;
  readonly takes: string;
}

/** The fields of some options, by their names. */
export type Kinds = Readonly<Record<string, Kind>>;

export const ANYTHING: Kind = { is: () => true, takes: 'anything' };
export const TEXT: Kind = { is: (value) => typeof value === 'string', takes: 'a text' };
export const TEXTS: Kind = { is: (value) => Array.isArray(value) && value.every(TEXT.is), takes: 'a list of texts' };
export const BYTES: Kind = {
  is: (value) => typeof value === 'string' || value instanceof Uint8Array,
  takes: 'a text or a Uint8Array',
};
export const SWITCH: Kind = { is: (value) => typeof value === 'boolean', takes: 'true or false' };
export const NUMBER: Kind = { is: (value) => typeof value === 'number', takes: 'a number' };
export const COUNT: Kind = {
  is: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  takes: 'a whole number from 1 on',
};
export const FUNCTION: Kind = { is: (value) => typeof value === 'function', takes: 'a function' };
export const SIGNAL: Kind = {
  is: (value) => typeof (value as Partial<AbortSignal> | null)?.throwIfAborted === 'function',
  takes: 'an AbortSignal',
};

/**
 * What is wrong with options that come from an application, which no compiler may have looked at; null: nothing.
 * @param what whose options they are, as the message begins
 */
export function faultOf(what: string, given: unknown, kinds: Kinds): string | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || given instanceof Date)
    return `${what} takes an object of options (${Object.keys(kinds).join(', ')}), not ${shown(given)}`;
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      return `there is no option "${name}"${instead(name, Object.keys(kinds))}`;
    }
    if (value !== undefined && !kind.is(value)) return `${name} is ${shown(value)}: it takes ${kind.takes}`;
  }
  return null;
}

function instead(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  if (meant !== null) return `; did you mean ${meant}?`;
  return known.length > NAMED_MAX ? '' : `: there are ${known.join(', ')}`;
}

/** A value as a message names it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (value instanceof Date) return `a Date (${value.getTime()} ms)`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
