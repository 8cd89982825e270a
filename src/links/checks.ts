import { COUNTER_MAX, malformed } from './byte-reader.js';

/** Returns the value back, rebuilt of what is known, or throws a LinkProtocolError that names the place. */
export type Check<T> = (value: unknown, path: string) => T;

/** A check for each field; unknown fields are left out, so that a later version may add some. */
export type Fields<T> = { readonly [Field in keyof T]-?: Check<T[Field]> };

export const text: Check<string> = (value, path) => (typeof value === 'string' ? value : fail(value, path, 'a text'));

export const flag: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(value, path, 'true or false');

/** A wall-clock time in milliseconds, or a difference of two: as far as dates go. */
export const time: Check<number> = (value, path) =>
  typeof value === 'number' && Math.abs(value) <= 8.64e15 ? value : fail(value, path, 'a time');

/** A safe integer from 0. */
export const whole: Check<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : fail(value, path, 'a whole number');

/** A counter that somebody counts on from: it is nowhere near its end. */
export const counter: Check<number> = (value, path) => {
  const found = whole(value, path);
  return found <= COUNTER_MAX ? found : fail(value, path, `a number up to ${COUNTER_MAX}`);
};

/** A boot number. */
export const boot: Check<number> = whole;

export const replicaId: Check<string> = (value, path) => matching(value, path, /^[0-9a-f]{16}$/, 'a replica id');

export const origin: Check<string> = (value, path) =>
  matching(value, path, /^[0-9a-f]{16}\.([0-9a-f]{8}|[01][0-9a-f]{13})$/, 'an origin');

/** An incident's id; see incidentId. */
export const incident: Check<string> = (value, path) => matching(value, path, /^[0-9a-z-]{1,32}$/, 'an incident id');

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

/** For a field that may be absent. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function oneOf<const T extends string>(...choices: readonly T[]): Check<T> {
  return (value, path) => choices.find((choice) => choice === value) ?? fail(value, path, choices.join(' or '));
}

export function listOf<T>(check: Check<T>): Check<T[]> {
  return (value, path) =>
    Array.isArray(value) ? value.map((item, i) => check(item, `${path}[${i}]`)) : fail(value, path, 'a list');
}

/** An object used as a map. The check of the keys also keeps out names that mean something to an object. */
export function recordOf<T>(key: Check<string>, check: Check<T>): Check<Record<string, T>> {
  return (value, path) => {
    const record: Record<string, T> = {};
    for (const [name, item] of Object.entries(objectAt(value, path))) {
      record[key(name, `${path}, key`)] = check(item, `${path}.${name}`);
    }
    return record;
  };
}

export function objectOf<T extends object>(fields: Fields<T>): Check<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path) => {
    const source = objectAt(value, path);
    const found: Partial<T> = {};
    for (const name of names) found[name] = fields[name](source[name], `${path}.${name}`);
    return found as T;
  };
}

// -----------------------------------------------------------------------------------------------

function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(value, path, 'an object');
  return value as Record<string, unknown>;
}

function matching(value: unknown, path: string, form: RegExp, expected: string): string {
  return typeof value === 'string' && form.test(value) ? value : fail(value, path, expected);
}

function fail(value: unknown, path: string, expected: string): never {
  throw malformed(`${path} is ${String(JSON.stringify(value)).slice(0, 60)}, not ${expected}`);
}
