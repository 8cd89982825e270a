import { OperatorError } from '../../core/model/errors.js';
import type { AdminApi, AdminVerb } from '../protocol/api.js';

/** @throws OperatorError `usage`, naming the field of a request that is not what it has to be. Fields that are not known are left alone. */
export function checkShape(verb: AdminVerb, request: object): void {
  for (const [field, kind] of Object.entries(SHAPES[verb] as Fields)) {
    const value = (request as Readonly<Record<string, unknown>>)[field];
    if (kind.fits(value)) continue;
    const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, SHOWN);
    throw new OperatorError('usage', `MNEME ${verb} takes ${kind.words} as "${field}", not ${shown}`);
  }
}

// ---

interface Kind {
  readonly words: string;
  fits(value: unknown): boolean;
}
type Fields = Readonly<Record<string, Kind>>;

const SHOWN = 60;

const text: Kind = { words: 'a text', fits: (value) => typeof value === 'string' };
const flag: Kind = { words: 'true or false', fits: (value) => typeof value === 'boolean' };
const number: Kind = { words: 'a number', fits: (value) => Number.isFinite(value) };
const count: Kind = { words: 'a whole number', fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0 };
const anything: Kind = { words: 'anything', fits: () => true };

function maybe({ words, fits }: Kind): Kind {
  return { words, fits: (value) => value === undefined || fits(value) };
}

function list(of: Kind): Kind {
  return {
    words: `a list of ${of.words}`,
    fits: (value) => Array.isArray(value) && value.every((one) => of.fits(one)),
  };
}

function object(words: string, fields: Fields): Kind {
  return {
    words,
    fits: (value) =>
      isObject(value) &&
      Object.entries(fields).every(([name, kind]) => kind.fits((value as Record<string, unknown>)[name])),
  };
}

function numbers(words: string): Kind {
  return { words, fits: (value) => isObject(value) && Object.values(value).every((one) => Number.isSafeInteger(one)) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const vector = object('a vector', { seqs: numbers('numbers'), floors: numbers('numbers') });
const part = object('a part', { kind: text, nameBase64: text });
const keyName = { keyBase64: text, database: count, part: maybe(part) };
const version = object('a version', {
  ...{ hlc: count, origin: text },
  touch: maybe(object('a touch', { hlc: count, origin: text })),
});
const named = object('a policy', { prefer: maybe(text), rules: maybe(text) });
const policy: Kind = { words: 'a policy', fits: (value) => text.fits(value) || named.fits(value) };
const strategy = object('a strategy', {
  ...{ kind: text, policy: maybe(policy), node: maybe(text), name: maybe(text), decisions: maybe(text) },
  otherwise: maybe(policy),
});
const rows = { prefixBase64: maybe(text), only: maybe(text), island: maybe(text), groups: maybe(count) };
const page = { offset: maybe(count), limit: maybe(count) };

/** What each verb asks of a request; what else it asks, such as the name of a member, it says itself. */
export const SHAPES: { readonly [V in AdminVerb]: { readonly [F in FieldOf<V>]: Kind } } = {
  STATUS: {},
  REPLICA: {},
  DIGESTS: { values: maybe(flag) },
  BUCKET: { buckets: list(count) },
  ENTRY: { ...keyName, valueBytes: maybe(count) },
  LIST: { database: count, cursor: count, limit: count, prefixBase64: maybe(text), values: maybe(flag) },
  PLAN: {
    ...{ strategy: maybe(strategy), plan: maybe(text), limit: count, offset: count, undecided: maybe(flag) },
    ...{ database: maybe(count), ...rows },
  },
  CHANGES: {
    ...{ known: maybe(list(vector)), upto: maybe(vector), limit: maybe(count), keysOnly: maybe(flag) },
    cursor: maybe(object('a cursor', { origin: count, seq: count })),
    keys: maybe(list(object('keys', keyName))),
  },
  DECIDE: {
    plan: text,
    decisions: maybe(list(object('decisions', { ...keyName, replica: text }))),
    picks: maybe(list(object('picks', { ...keyName, candidates: list(version), stands: count }))),
  },
  RESOLVE: {
    ...{ strategy, incident: maybe(text), plan: maybe(text), ask: maybe(flag), asked: maybe(text), exact: maybe(flag) },
  },
  INCIDENTS: {},
  SETASIDE: { incident: text, database: maybe(count), values: maybe(flag), ...rows, ...page },
  UNDO: {
    ...{ incident: text, keyBase64: maybe(text), database: maybe(count), dryRun: maybe(flag), asked: maybe(text) },
    ...{ ...rows, ...page },
  },
  SETTINGS: {},
  SET: { key: text, value: text, force: maybe(text) },
  FORGET: { node: text, force: maybe(text) },
  LEAVE: {},
  DRAIN: { dryRun: maybe(flag) },
  STOP: {},
  ENGINE: { action: text },
  DISCOVER: {},
  DRILL: { cut: maybe(list(text)), heal: maybe(flag) },
  LIMITS: {},
  PULSE: {},
  PREFIXES: { database: count, prefixBase64: text, limit: count },
  USERS: {},
  USER: { action: text, name: text, role: maybe(text), prefixBase64: maybe(text), password: anything },
  BACKUP: { action: text, id: maybe(text), file: maybe(count), offset: maybe(count) },
  RESTORE: {
    ...{ id: text, dryRun: maybe(flag), stage: maybe(text) },
    entries: list(
      object('entries', {
        ...{ keyBase64: text, valueBase64: maybe(text), expiryMs: number, type: maybe(count), asks: maybe(text) },
      }),
    ),
  },
  HEALTH: {},
  SUPPORT: {},
  EVENTS: {
    ...{ after: maybe(count), sinceMs: maybe(number), kinds: maybe(list(text)), limit: maybe(count) },
    ...{ waitMs: maybe(count), remarks: maybe(flag) },
  },
};

type FieldsOf<R> = R extends Record<string, never> ? never : R extends unknown ? keyof R : never;
/** A field of a request that is not checked here fails to compile. */
type FieldOf<V extends AdminVerb> = FieldsOf<AdminApi[V]['request']>;
