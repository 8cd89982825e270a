import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { COUNT, SWITCH, shown, TEXT } from '../../core/model/fields.js';
import { checkAdapter } from './adapter.js';
import { bytes, json } from './codec.js';
import type { Entries, FoundEntry } from './entries.js';
import { usage } from './errors.js';

/** What a session is to a store: something that JSON can hold, with a cookie that says how long it lives. */
export interface SessionData {
  cookie: SessionCookie;
  // biome-ignore lint/suspicious/noExplicitAny: what an application keeps in a session is its own
  [name: string]: any;
}

export interface SessionCookie {
  expires?: Date | string | null | undefined;
  maxAge?: number | null | undefined;
  originalMaxAge?: number | null | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: attributes of the cookie, which pass through
  [name: string]: any;
}

export interface MnemeStoreOptions {
  /** Put before the ids of sessions. Default: "sess:", as other stores have it. */
  readonly prefix?: string;
  /** How long a session lives whose cookie ends with the browser. Default: one day. */
  readonly ttlMs?: number;
  /** Leave the expiry alone when a session was used and not changed. Default: false. */
  readonly disableTouch?: boolean;
}

/** `error` is null, or why it failed. */
// biome-ignore lint/suspicious/noExplicitAny: as express-session and @fastify/session declare it, each in its own way
type Callback<T = void> = (error: any, result?: T) => void;

const DAY_MS = 86_400_000;

/** The base class that express-session gives its stores where it is there; it knows how to make a session of what a store holds. */
const Base = baseOfStores();

/**
 * A session store for express-session, and for @fastify/session, on a node in this process:
 *
 *     app.use(session({ store: new MnemeStore(node), secret, resave: false, saveUninitialized: false }));
 *
 * Sessions are read from this process' memory. A login is answered once it is in the node's journal, and the other nodes have it some
 * milliseconds later. `touch` changes the expiry and nothing else, so a session that was logged out, here or at another node, stays so.
 */
export class MnemeStore extends Base {
  readonly prefix: string;
  readonly ttlMs: number;
  readonly disableTouch: boolean;
  private readonly sessions: Entries<SessionData>;
  private readonly stored: Entries<Buffer>;

  constructor(node: Pick<Entries<unknown>, 'as'>, options: MnemeStoreOptions = {}) {
    super();
    checkAdapter('MnemeStore', node, options, { prefix: TEXT, ttlMs: COUNT, disableTouch: SWITCH });
    this.prefix = options.prefix ?? 'sess:';
    this.ttlMs = options.ttlMs ?? DAY_MS;
    this.disableTouch = options.disableTouch ?? false;
    this.sessions = node.as(json<SessionData>());
    this.stored = node.as<Buffer>(bytes);
  }

  // biome-ignore lint/suspicious/noExplicitAny: sessions are of the application's own type
  get(sid: string, callback: Callback<any>): void {
    answer(callback, async () => {
      const key = this.keyOf(sid);
      const session = this.sessions.get(key);
      return session === undefined ? null : current(session, this.sessions.expiresAtMs(key) ?? null);
    });
  }

  /** A session whose cookie has expired is destroyed. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  set(sid: string, session: any, callback?: Callback): void {
    answer(callback, async () => {
      const key = this.keyOf(sid);
      const expiresAtMs = this.endOf(session);
      if (expiresAtMs <= Date.now()) await this.sessions.delete(key);
      else await this.sessions.set(key, session, { expiresAtMs });
    });
  }

  /** Changes when a session ends, if there is one. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  touch(sid: string, session: any, callback?: Callback): void {
    answer(callback, async () => {
      if (!this.disableTouch) await this.sessions.touch(this.keyOf(sid), { expiresAtMs: this.endOf(session) });
    });
  }

  destroy(sid: string, callback?: Callback): void {
    answer(callback, async () => {
      await this.sessions.delete(this.keyOf(sid));
    });
  }

  /** All sessions, each with its `id`. What others have put among them and is no session is passed over. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  all(callback: Callback<any>): void {
    answer(callback, async () => {
      const found: SessionData[] = [];
      for await (const { key, value, expiresAtMs } of this.found())
        found.push({ ...current(value, expiresAtMs), id: key.slice(this.prefix.length) });
      return found;
    });
  }

  /** How many sessions there are. */
  length(callback: Callback<number>): void {
    answer(callback, async () => {
      let count = 0;
      for await (const _ of this.found()) count++;
      return count;
    });
  }

  /** Ends all sessions, and deletes whatever else is among them. */
  clear(callback?: Callback): void {
    answer(callback, async () => {
      const deleted: Promise<boolean>[] = [];
      for await (const { keyBytes } of this.stored.entries(this.prefix)) deleted.push(this.sessions.delete(keyBytes));
      await Promise.all(deleted);
    });
  }

  toJSON(): object {
    return { prefix: this.prefix, ttlMs: this.ttlMs, disableTouch: this.disableTouch };
  }

  private async *found(): AsyncGenerator<FoundEntry<SessionData>, void, void> {
    for await (const entry of this.stored.entries(this.prefix)) {
      const value = sessionIn(entry.value);
      if (value !== null) yield { ...entry, value };
    }
  }

  private keyOf(sid: string): string {
    if (typeof sid !== 'string') throw usage(`the id of a session is a text, not ${shown(sid)}`);
    return this.prefix + sid;
  }

  private endOf({ cookie }: { readonly cookie?: SessionCookie }): number {
    const { expires, maxAge, originalMaxAge } = cookie ?? {};
    if (typeof expires === 'string' || expires instanceof Date) {
      const atMs = new Date(expires).getTime();
      if (!Number.isNaN(atMs)) return atMs;
    }
    const ageMs = maxAge ?? originalMaxAge;
    if (typeof ageMs === 'string') throw usage(`maxAge of the cookie is "${ageMs}": it takes a number of milliseconds`);
    return Date.now() + (typeof ageMs === 'number' ? ageMs : this.ttlMs);
  }
}

// ---

/** As stores are to answer: not before the call has returned. What a callback throws is its own affair. */
function answer<T>(callback: Callback<T> | undefined, work: () => Promise<T>): void {
  work().then(
    (result) => callback && process.nextTick(callback, null, result),
    (error: unknown) => callback && process.nextTick(callback, error),
  );
}

/** null: it is none. */
function sessionIn(written: Buffer): SessionData | null {
  try {
    const value: unknown = JSON.parse(written.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SessionData) : null;
  } catch {
    return null;
  }
}

/** A touch does not write into the session when its cookie ends. */
function current(session: SessionData, expiresAtMs: number | null): SessionData {
  if (expiresAtMs === null || session.cookie?.expires == null) return session;
  return { ...session, cookie: { ...session.cookie, expires: new Date(expiresAtMs).toISOString() } };
}

/** express-session asks of a store that it makes sessions, which that package's own classes do. @fastify/session does not. */
interface StoreBase extends EventEmitter {
  // biome-ignore lint/suspicious/noExplicitAny: requests and sessions of express-session
  regenerate(request: any, callback: (error?: any) => any): void;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  load(sid: string, callback: (error: any, session?: any) => any): void;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  createSession(request: any, session: any): any;
}

function baseOfStores(): new () => StoreBase {
  try {
    const { Store } = createRequire(import.meta.url)('express-session') as { Store: new () => StoreBase };
    return Store;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return EventEmitter as unknown as new () => StoreBase;
  }
}
