import { randomBytes } from 'node:crypto';
import type { Identity } from '../../resp/access/identity.js';

/** Somebody who has signed in. */
export interface Session {
  readonly identity: Identity;
  readonly password: string;
  readonly endsMs: number;
}

/** A shift. */
export const SESSION_MS = 8 * 3_600_000;
const SESSIONS_MAX = 64;
const SESSIONS_OF_ONE_MAX = 8;
const TOKEN_BYTES = 32;

/**
 * Who has signed in, by what their browser shows: random bytes that mean nothing elsewhere. In memory alone, so that a restart ends them.
 * Bounded in all and for each user, whose oldest one makes room.
 */
export class Sessions {
  /** The oldest first. */
  private readonly byToken = new Map<string, Session>();

  /** @param nowMs of a clock that never steps */
  constructor(private readonly nowMs: () => number) {}

  get size(): number {
    return this.byToken.size;
  }

  /** Returns what the browser is to show. */
  open(identity: Identity, password: string): string {
    this.forgetOld();
    const own = [...this.byToken].filter(([, one]) => one.identity.name === identity.name);
    if (own.length >= SESSIONS_OF_ONE_MAX) this.byToken.delete(own[0]![0]);
    else if (this.byToken.size >= SESSIONS_MAX) this.byToken.delete(this.byToken.keys().next().value!);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.byToken.set(token, { identity, password, endsMs: this.nowMs() + SESSION_MS });
    return token;
  }

  /** null: there is none, or it is over. */
  get(token: string): Session | null {
    this.forgetOld();
    return this.byToken.get(token) ?? null;
  }

  end(token: string): void {
    this.byToken.delete(token);
  }

  private forgetOld(): void {
    for (const [token, { endsMs }] of this.byToken) {
      if (endsMs > this.nowMs()) return;
      this.byToken.delete(token);
    }
  }
}
