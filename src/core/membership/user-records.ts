import type { Entry } from '../model/entry.js';
import { hlcToMs } from '../model/hlc.js';
import type { Role } from '../model/role.js';
import type { Replica } from '../replication/replica.js';
import { readPassword, readUser } from './record-checks.js';

/** A user, under `user/<name>`: written when it is added, and never changed. */
export interface UserRecord {
  /** Of this user alone: another one of the same name, added later, has another id. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Its keys begin so, as base64; empty: it may touch any key. */
  readonly prefixBase64: string;
}

/** What a password is checked by, under `password/<id of the user>`: nothing that it could be found from but by trying. */
export interface PasswordRecord {
  readonly saltBase64: string;
  readonly keyBase64: string;
  /** The three costs of scrypt. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

export interface User extends UserRecord {
  /** null: it is not here yet, and nobody is let in by it. */
  readonly password: PasswordRecord | null;
  /** Unix times in milliseconds. */
  readonly addedMs: number;
  readonly passwordMs: number;
}

/**
 * The users of the cluster. Of two changes the later stands (R1), as of all records. Two kinds of records see to it that a removal
 * stays one: whoever changes a password at the same time writes the password alone, and so does not bring the user back.
 */
export class UserRecords {
  private readonly byName = new Map<string, UserRecord & { readonly addedMs: number }>();
  private readonly passwords = new Map<string, PasswordRecord & { readonly changedMs: number }>();

  constructor(private readonly replica: Replica) {}

  /** In the order of their names. */
  list(): User[] {
    return [...this.byName.values()].map((user) => this.withPassword(user)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): User | undefined {
    const user = this.byName.get(name);
    return user === undefined ? undefined : this.withPassword(user);
  }

  get count(): number {
    return this.byName.size;
  }

  add(user: UserRecord, password: PasswordRecord): void {
    this.putPassword(user.id, password);
    this.put(`user/${user.name}`, user);
  }

  putPassword(id: string, password: PasswordRecord): void {
    this.put(`password/${id}`, password);
  }

  remove({ name, id }: UserRecord): void {
    this.replica.write(Buffer.from(`user/${name}`), null, 0);
    this.replica.write(Buffer.from(`password/${id}`), null, 0);
  }

  /** Keeps the caches right, as `notePassword` does. Returns whether the record is what its name says. */
  noteUser(name: string, entry: Entry): boolean {
    const record = readUser(name, entry);
    if (record === null) this.byName.delete(name);
    else this.byName.set(name, { ...record, addedMs: hlcToMs(entry.hlc) });
    return record !== null;
  }

  notePassword(id: string, entry: Entry): boolean {
    const record = readPassword(entry);
    if (record === null) this.passwords.delete(id);
    else this.passwords.set(id, { ...record, changedMs: hlcToMs(entry.hlc) });
    return record !== null;
  }

  private withPassword(user: UserRecord & { addedMs: number }): User {
    const password = this.passwords.get(user.id) ?? null;
    return { ...user, password, passwordMs: password?.changedMs ?? user.addedMs };
  }

  private put(name: string, record: object): void {
    this.replica.write(Buffer.from(name), Buffer.from(JSON.stringify(record)), 0);
  }
}
