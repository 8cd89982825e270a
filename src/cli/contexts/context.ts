/** How to reach a cluster, under a name. Secrets and passwords are in files of their own: here are their paths alone. */
export interface Context {
  /** Addresses, separated by commas: the first that answers is asked. */
  readonly node: string;
  readonly user?: string | undefined;
  readonly 'password-file'?: string | undefined;
  readonly 'secret-file'?: string | undefined;
  readonly 'secret-optional'?: boolean | undefined;
  readonly 'tls-ca'?: string | undefined;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
  readonly 'tls-optional'?: boolean | undefined;
}

export type ContextField = keyof Context;

/** What kind of value each flag has that a context can stand for. */
export const CONTEXT_FIELDS: { readonly [F in ContextField]-?: 'string' | 'boolean' } = {
  node: 'string',
  user: 'string',
  'password-file': 'string',
  'secret-file': 'string',
  'secret-optional': 'boolean',
  'tls-ca': 'string',
  'tls-cert': 'string',
  'tls-key': 'string',
  'tls-optional': 'boolean',
};

export interface Contexts {
  /** The name of the one that is used where none is named; null: none is. */
  readonly current: string | null;
  readonly contexts: Readonly<Record<string, Context>>;
}

export const NO_CONTEXTS: Contexts = { current: null, contexts: {} };

/** Said once, here and in docs/cli.md, and shown by the help of every command about contexts. */
export const PRECEDENCE =
  'For each value a flag stands first, then the environment (MNEME_NODE and the others), then the context, then the default. ' +
  'A context that --context names is a flag too: what it says stands before the environment. MNEME_CONTEXT names one for a ' +
  'shell, and the command context use one for all shells. A context counts for its own nodes: where --node or MNEME_NODE names others, nothing ' +
  'of it is shown to them, neither its user and password nor its secret, unless --context names it in the same line. Its password file is that ' +
  'of its own user alone.';

/** Names are typed, and completed: no space, nothing that a shell takes for something else. */
export const CONTEXT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
