import type { Context } from './context.js';

/** A context as it is shown. */
export interface NamedContext extends Context {
  readonly name: string;
  /** It is used where none is named. */
  readonly current: boolean;
}

export interface ContextList {
  readonly file: string;
  readonly current: string | null;
  readonly contexts: readonly NamedContext[];
}
