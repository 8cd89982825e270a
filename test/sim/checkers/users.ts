import type { PasswordRecord, User, UserRecord } from '../../../src/core/membership/user-records.js';
import { isAfter } from '../../../src/core/model/version.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import type { Write } from '../writes.js';

/**
 * In the end all nodes let the same users in, by the same passwords: those that were added last. One that was removed last is gone,
 * whoever has changed its password meanwhile.
 */
export class UsersChecker implements Checker {
  readonly name = 'users';
  /** By name, where a user was added or removed; by id, where it got a password. */
  private readonly changes = new Map<string, Write[]>();
  private readonly passwords = new Map<string, Write[]>();

  constructor(private readonly world: World) {}

  writing(_node: SimNode, write: Write): void {
    const { group, id } = write;
    if (group !== 'system') return;
    if (id.startsWith('user/') && this.world.adminDoes !== 'password')
      keep(this.changes, id.slice('user/'.length), write);
    if (id.startsWith('password/') && write.entry.value !== null)
      keep(this.passwords, id.slice('password/'.length), write);
  }

  pending(): string | null {
    const nodes = this.world.nodes.filter((node) => node.isJoined);
    const lists = nodes.map(({ core }) => textOf(core!.status.records.users.list()));
    const other = lists.findIndex((list) => list !== lists[0]);
    return other < 0 ? null : `${nodes[0]!.name} has the users ${lists[0]}, ${nodes[other]!.name} ${lists[other]}`;
  }

  end(): void {
    const judge = this.world.nodes.find((node) => node.isJoined);
    if (judge === undefined) return;
    const { users } = judge.core!.status.records;
    for (const [name, writes] of this.changes) {
      const last = this.last(writes, judge);
      if (last === 'unknown') continue;
      const value = last?.entry.value ?? null;
      const added = value === null ? null : (read(value) as UserRecord);
      const user = users.get(name);
      if (user?.id !== added?.id)
        this.world.fail(
          this.name,
          `of ${name} ${added?.id ?? 'the removal'} is the last change, and ${user?.id ?? 'nobody'} is there`,
        );
      if (user !== undefined) this.checkPassword(user, judge);
    }
  }

  private checkPassword({ name, id, password }: User, judge: SimNode): void {
    const last = this.last(this.passwords.get(id) ?? [], judge);
    if (last === 'unknown' || last?.entry.value == null) return;
    const { keyBase64 } = read(last.entry.value) as PasswordRecord;
    if (password?.keyBase64 !== keyBase64)
      this.world.fail(this.name, `${name} is not let in by the password that was set last`);
  }

  /** The last of those that a node has; unknown: one of them was made before its author's disk was set back. */
  private last(writes: readonly Write[], judge: SimNode): Write | null | 'unknown' {
    const { vector } = judge.disk.inner('system');
    const known = writes.filter(({ entry, lost }) => !lost && vector.covers(entry.origin, entry.seq));
    if (known.some(({ isUncertain }) => isUncertain)) return 'unknown';
    return known.reduce<Write | null>((a, b) => (a === null || isAfter(b.entry, a.entry) ? b : a), null);
  }
}

function keep(map: Map<string, Write[]>, name: string, write: Write): void {
  map.set(name, [...(map.get(name) ?? []), write]);
}

function textOf(users: readonly User[]): string {
  return users
    .map(({ name, id, role, password }) => `${name} ${id} ${role} ${password?.keyBase64 ?? 'none'}`)
    .join(', ');
}

function read(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString());
}
