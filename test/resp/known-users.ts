import type { Access } from '../../src/fronts/resp/access/access.js';
import { ANYBODY, type Identity } from '../../src/fronts/resp/access/identity.js';

/** Users whose passwords are their names with a "!" behind. */
export class KnownUsers implements Access {
  private readonly known = new Map<string, Identity>();
  /** Whether those who do not say who they are may do everything, as long as there are users. */
  letsAnybodyIn = false;

  constructor(...identities: Identity[]) {
    for (const identity of identities) this.add(identity);
  }

  add(identity: Identity): void {
    this.known.set(identity.name, identity);
  }

  remove(name: string): void {
    this.known.delete(name);
  }

  get anonymous(): Identity | null {
    return this.known.size === 0 || this.letsAnybodyIn ? ANYBODY : null;
  }

  isValid(identity: Identity): boolean {
    return this.known.get(identity.name) === identity;
  }

  users(): readonly Identity[] {
    return [...this.known.values()];
  }

  async authenticate(name: string, password: Uint8Array): Promise<Identity | null> {
    // As long as it takes elsewhere: other connections have their turns.
    await new Promise((resolve) => setImmediate(resolve));
    return Buffer.from(password).toString() === `${name}!` ? (this.known.get(name) ?? null) : null;
  }
}
