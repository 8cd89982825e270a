import type { LimitName, Limits } from './limits.js';
import type { Session } from './session.js';

/** Who is there, as far as there are limits: how many of each address, and who has yet to say who it is. */
export class Places {
  private readonly ofHost = new Map<string, number>();
  private readonly unproven = new Map<Session, number>();

  constructor(private readonly limits: Limits) {}

  /** Which limit keeps one more client of this address out; null: none. `isUnproven`: it will have to say who it is. */
  limitFor(address: string, isUnproven: boolean): LimitName | null {
    const max = this.limits['clients-per-address'];
    if (max > 0 && (this.ofHost.get(hostOf(address)) ?? 0) >= max) return 'clients-per-address';
    return isUnproven && this.unproven.size >= this.limits.unauthenticated ? 'unauthenticated' : null;
  }

  take(session: Session): void {
    const host = hostOf(session.address);
    this.ofHost.set(host, (this.ofHost.get(host) ?? 0) + 1);
    this.note(session);
  }

  leave(session: Session): void {
    const host = hostOf(session.address);
    const left = this.ofHost.get(host)! - 1;
    if (left > 0) this.ofHost.set(host, left);
    else this.ofHost.delete(host);
    this.unproven.delete(session);
  }

  /** To be called when it has said who it is, or has to again. */
  note(session: Session): void {
    if (session.identity !== null) this.unproven.delete(session);
    else if (!this.unproven.has(session)) this.unproven.set(session, 0);
  }

  get unauthenticated(): number {
    return this.unproven.size;
  }

  /** The most clients that one address has. */
  get mostOfAddress(): number {
    return Math.max(0, ...this.ofHost.values());
  }

  /** Those who were there, and had not said who they are, at so many looks. */
  *overdue(looks: number): Iterable<Session> {
    for (const [session, seen] of this.unproven) {
      if (seen >= looks) yield session;
      else this.unproven.set(session, seen + 1);
    }
  }
}

// ---

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}
