import { createHmac, randomBytes } from 'node:crypto';
import type { Problems } from '../../core/membership/problems.js';
import type { PasswordRecord, User } from '../../core/membership/user-records.js';
import type { NodeStatus } from '../../core/node-status.js';
import type { Access } from '../../fronts/resp/access/access.js';
import { ANYBODY, type Identity } from '../../fronts/resp/access/identity.js';
import { RespError } from '../../fronts/resp/keyspace.js';
import { FairQueue, QueueFull } from './fair-queue.js';
import { OPERATOR, type OperatorKey } from './operator-key.js';
import { isPassword } from './password-hash.js';
import { WrongPasswords } from './wrong-passwords.js';

/**
 * Lets clients in by the users of the cluster. A password is checked by scrypt outside of the event loop, one at a time, so that the
 * disk and other clients never wait for it, and in turn for each address.
 *
 * What was right is known from then on by a keyed digest, so that a pool of a thousand connections costs one check: an HMAC by a
 * random key that this process alone has, and never writes down. Whoever could read the two in its memory could read the password
 * there as well.
 */
export class NodeAccess implements Access {
  readonly wrong: WrongPasswords;
  /** Passwords that had to be computed since the start. */
  computed = 0;
  private readonly key = randomBytes(32);
  private known = new Map<string, KnownUser>();
  /** Under way, by digest and address. */
  private readonly checks = new Map<string, Promise<Identity | null>>();
  private readonly queue = new FairQueue({ ofOne: 8, inAll: 256 });
  private readonly held = new Map<string, number>();

  constructor(
    private readonly status: () => NodeStatus,
    private readonly operatorKey: OperatorKey | null,
    nowMs: () => number = () => performance.now(),
    private readonly pause: (ms: number) => Promise<void> = pauseFor,
  ) {
    this.wrong = new WrongPasswords(nowMs);
  }

  get anonymous(): Identity | null {
    const { users, settings } = this.status().records;
    return users.count === 0 || this.settingsAllow(settings) ? ANYBODY : null;
  }

  isValid(identity: Identity): boolean {
    return identity === OPERATOR || this.known.get(identity.name)?.identity === identity;
  }

  users(): readonly Identity[] {
    return [...this.known.values()].map(({ identity }) => identity);
  }

  /** Users were added, changed or removed. Whoever is as before keeps its identity, and so its connections. */
  refresh(): void {
    const before = this.known;
    const users = this.status().records.users.list();
    this.known = new Map(users.map((user) => [user.name, knownAgain(user, before.get(user.name))]));
  }

  async authenticate(name: string, password: Uint8Array, address: string): Promise<Identity | null> {
    if (name === OPERATOR.name && this.operatorKey !== null && this.operatorKey.opensWith(password, address)) {
      return OPERATOR;
    }
    if (!this.status().self.isJoined) throw new RespError(NOT_JOINED);
    if (this.known.size === 0) return name === ANYBODY.name ? ANYBODY : null;
    const digest = createHmac('sha256', this.key).update(`${name}\0`).update(password).digest('base64');
    const user = this.known.get(name);
    if (user !== undefined && user.digest === digest) return user.identity;
    return this.checkOnce(name, password, digest, hostOf(address));
  }

  /** To be called now and then: an operator should know who tries passwords. */
  tell(problems: Problems): void {
    const suspects = this.wrong.suspects();
    const addresses = new Set(suspects.map(({ address }) => address));
    for (const { kind, subject } of problems.list()) {
      if (kind === WRONG && !addresses.has(subject)) problems.clear(WRONG, subject);
    }
    for (const { address, count } of suspects) {
      const text = `${address} gives wrong passwords (${count >= 100 ? 'hundreds' : 'ten and more'} lately)`;
      problems.note(WRONG, address, text, 'See who that is. For a client of yours: mneme user password NAME');
    }
  }

  /** Many connections of one client ask at once. */
  private checkOnce(name: string, password: Uint8Array, digest: string, host: string): Promise<Identity | null> {
    const id = `${digest} ${host}`;
    const running = this.checks.get(id);
    if (running !== undefined) return running;
    const check = this.check(name, password, digest, host).finally(() => this.checks.delete(id));
    this.checks.set(id, check);
    return check;
  }

  private async check(name: string, password: Uint8Array, digest: string, host: string): Promise<Identity | null> {
    const user = this.known.get(name);
    if ((this.held.get(host) ?? 0) >= HELD_MAX) throw new RespError(TOO_MANY);
    if (await this.isRight(password, user?.password ?? null, host)) {
      // It may have changed meanwhile.
      if (user === undefined || this.known.get(name)?.identity !== user.identity) return null;
      user.digest = digest;
      return user.identity;
    }
    await this.holdBack(host);
    return null;
  }

  private isRight(password: Uint8Array, record: PasswordRecord | null, host: string): Promise<boolean> {
    try {
      return this.queue.run(host, () => {
        this.computed++;
        return isPassword(password, record);
      });
    } catch (error) {
      if (error instanceof QueueFull) throw new RespError(TOO_MANY);
      throw error;
    }
  }

  private async holdBack(host: string): Promise<void> {
    this.held.set(host, (this.held.get(host) ?? 0) + 1);
    try {
      await this.pause(this.wrong.note(host));
    } finally {
      const left = this.held.get(host)! - 1;
      if (left > 0) this.held.set(host, left);
      else this.held.delete(host);
    }
  }

  private settingsAllow(settings: NodeStatus['records']['settings']): boolean {
    return settings.call(this.status().records)['anonymous-clients'] === 'allow';
  }
}

// ---

interface KnownUser {
  readonly id: string;
  readonly identity: Identity;
  readonly password: PasswordRecord | null;
  /** Of the password, once it was given and was right. */
  digest: string | null;
}

/** Wrong passwords of one address whose answers are held back at a time. */
const HELD_MAX = 8;
const TOO_MANY = 'ERR too many passwords from this address wait to be checked: try again later';
/** The kind of the problem. */
const WRONG = 'wrong-passwords';
const NOT_JOINED = 'LOADING this node has no cluster yet, and so no users';

function knownAgain(user: User, before: KnownUser | undefined): KnownUser {
  const { id, name, role, prefixBase64, password } = user;
  const isSame = before?.id === id && before.password?.keyBase64 === password?.keyBase64;
  if (before !== undefined && isSame) return before;
  const prefix = prefixBase64 === '' ? null : Buffer.from(prefixBase64, 'base64');
  return { id, identity: { name, role, prefix }, password, digest: null };
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

/** Not counted as work that a stop waits for. */
function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
