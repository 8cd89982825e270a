import type { LagHistory } from '../operations/dashboard/lag-history.js';
import type { Look } from '../operations/dashboard/look.js';
import type { Questions } from '../operations/dashboard/questions.js';

/** Who is at this browser. `refusal`: why nobody can sign in this way. */
export interface Session {
  readonly node: string;
  /** What commands that are shown name it by; null: they need not, or somebody has to sign in. */
  readonly address: string | null;
  /** null: nobody has to sign in. */
  readonly user: string | null;
  /** null: somebody has to. */
  readonly role: 'read' | 'write' | 'admin' | null;
  readonly refusal: string | null;
  readonly whoMay: string;
}

/** What the node refused, and what to do next. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string | null,
  ) {
    super(message);
  }
}

export async function session(): Promise<Session> {
  return answerOf(await fetch('api/session'));
}

export function signIn(user: string, password: string): Promise<unknown> {
  return post('sign-in', { user, password });
}

export function signOut(): Promise<unknown> {
  return post('sign-out', {});
}

export function ask<Q extends keyof Questions>(
  question: Q,
  request: Questions[Q]['request'],
): Promise<Questions[Q]['reply']> {
  return post(question, request) as Promise<Questions[Q]['reply']>;
}

export interface Listening {
  history(history: LagHistory): void;
  look(look: Look): void;
  /** The node cannot say how the cluster is. */
  trouble(message: string): void;
  /** Nothing comes any more; it is tried again. */
  lost(): void;
  signedOut(): void;
}

/** Hears how the cluster is, until it is closed. */
export function listen(to: Listening): { close(): void } {
  const source = new EventSource('api/live');
  const on = (name: string, take: (data: never) => void): void =>
    source.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as never));
  on('history', (history: LagHistory) => to.history(history));
  on('look', (look: Look) => to.look(look));
  on('trouble', ({ message }: { message: string }) => to.trouble(message));
  on('signed-out', () => {
    source.close();
    to.signedOut();
  });
  let again: number | undefined;
  source.addEventListener('error', () => {
    to.lost();
    // A browser tries again by itself, but not where it was refused: the session may be over.
    if (source.readyState !== EventSource.CLOSED) return;
    again = window.setTimeout(() => {
      session().then(
        ({ role }) => (role === null ? to.signedOut() : restart()),
        () => restart(),
      );
    }, 2000);
  });
  let next: { close(): void } | null = null;
  const restart = (): void => {
    next = listen(to);
  };
  return {
    close() {
      window.clearTimeout(again);
      source.close();
      next?.close();
    },
  };
}

// ---

async function post(name: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return answerOf(await fetch(`api/${name}`, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function answerOf<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const text = await response.text();
  let error = { code: 'refused', message: text.trim(), hint: null as string | null };
  try {
    ({ error } = JSON.parse(text) as { error: typeof error });
  } catch {
    // It is no JSON: a text for people.
  }
  throw new Refused(error.code, error.message, error.hint);
}
