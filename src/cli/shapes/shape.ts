/**
 * The shapes of what `--json` prints, written once: each is a JSON Schema for scripts (`mneme help json`) and, by `Of`, the type that the
 * code which makes the JSON must return. All fields are required and no others allowed: what there is not is null.
 */
export interface Shape<T> {
  readonly schema: Schema;
  /** Shapes that it refers to by their names. */
  readonly parts: Readonly<Record<string, Schema>>;
  /** Never there: it carries the type. */
  readonly type?: T;
}

export type Schema = Readonly<Record<string, unknown>>;

/** What fits a shape. */
export type Of<S> = S extends Shape<infer T> ? T : never;

export const text = (description?: string): Shape<string> => leaf({ type: 'string' }, description);
export const flag = (description?: string): Shape<boolean> => leaf({ type: 'boolean' }, description);
export const number = (description?: string): Shape<number> => leaf({ type: 'number' }, description);
export const count = (description?: string): Shape<number> => leaf({ type: 'integer', minimum: 0 }, description);
/** A moment. */
export const time = (description = ''): Shape<number> =>
  leaf({ type: 'number', minimum: 0 }, `${description} Unix time in milliseconds.`.trim());
/** How long something takes or has been so. Differences of clocks may be negative. */
export const duration = (description = ''): Shape<number> =>
  leaf({ type: 'number' }, `${description} In milliseconds.`.trim());
export const bytes64 = (description?: string): Shape<string> =>
  leaf({ type: 'string', contentEncoding: 'base64' }, description);
export const words = <const W extends string>(known: readonly W[], description?: string): Shape<W> =>
  leaf({ enum: known }, description);
/** The number of an island, as in tables. */
export const island = (description?: string): Shape<number> => leaf({ type: 'integer', minimum: 1 }, description);

export function nullable<T>({ schema, parts }: Shape<T>, description?: string): Shape<T | null> {
  return { schema: { anyOf: [schema, { type: 'null' }], ...said(description) }, parts };
}

export function list<T>({ schema, parts }: Shape<T>, description?: string): Shape<readonly T[]> {
  return { schema: { type: 'array', items: schema, ...said(description) }, parts };
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type Fitting<F extends Fields> = { [K in keyof F]: Of<F[K]> };

export function object<F extends Fields>(fields: F, description?: string): Shape<Fitting<F>> {
  const entries = Object.entries(fields);
  const schema = {
    type: 'object',
    ...said(description),
    properties: Object.fromEntries(entries.map(([name, field]) => [name, field.schema])),
    required: entries.map(([name]) => name),
    additionalProperties: false,
  };
  return { schema, parts: Object.assign({}, ...entries.map(([, { parts }]) => parts)) };
}

/** A shape that is used in many places: a schema holds it once, and refers to it. */
export function named<T>(name: string, { schema, parts }: Shape<T>): Shape<T> {
  return { schema: { $ref: `#/$defs/${name}` }, parts: { ...parts, [name]: schema } };
}

/** A schema that stands by itself. */
export function wholeSchema(title: string, { schema, parts }: Shape<unknown>): Schema {
  const defs = Object.keys(parts).length === 0 ? {} : { $defs: parts };
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title, ...schema, ...defs };
}

// ---

function leaf<T>(schema: Schema, description: string | undefined): Shape<T> {
  return { schema: { ...schema, ...said(description) }, parts: {} };
}

function said(description: string | undefined): Schema {
  return description === undefined ? {} : { description };
}
