import { Redis } from 'ioredis';
import { type AdminClient, withClient } from '../../src/admin/client/client.js';
import type { UsersReply } from '../../src/admin/protocol/api.js';
import type { Attempt, Removal } from './history.js';
import type { Machine } from './machine.js';
import type { Access, Sealed } from './sealed.js';

const EVERY_MS = 150;
const REPLY_MS_MAX = 2000;

/** Users who come and go while the cluster is in trouble, each of whom tries at every node what it may and what it may not. */
export class Guests {
  readonly attempts: Attempt[] = [];
  readonly removals: Removal[] = [];
  private readonly loops: Promise<void>[] = [];
  private isRunning = true;
  private count = 0;

  constructor(
    private readonly sealed: Sealed,
    private readonly machines: readonly Machine[],
  ) {}

  /**
   * A user is added at one node, gets another password at a second one while it is removed at the third.
   * @returns what the operator was told
   */
  async come([first, second, third]: readonly Machine[], wait: () => Promise<void>): Promise<string> {
    const name = `guest-${++this.count}`;
    const added = await this.sealed.add(name, passwordOf(name), first!.address, prefixOf(name));
    for (const machine of this.machines) this.loops.push(this.visit(name, machine));
    await wait();
    const [changed, removed] = await Promise.all([
      this.sealed.change(name, passwordOf(name), second!.address),
      this.sealed.remove(name, third!.address),
    ]);
    const removal: Removal = { user: name, node: third!.name, atMs: Date.now(), isDone: removed === 0, gone: {} };
    this.removals.push(removal);
    for (const machine of this.machines) this.loops.push(this.lookFor(removal, machine));
    return `${name}: exit codes ${added} of add, ${changed} of password, ${removed} of remove`;
  }

  /** All nodes have heard of each removal that was told to be done; else who has not. */
  missing(): string[] {
    return this.removals
      .filter(({ isDone }) => isDone)
      .flatMap(({ user, gone }) => {
        const left = this.machines.filter(({ name }) => gone[name] === undefined).map(({ name }) => name);
        return left.length === 0 ? [] : [`${user} was removed, and is there yet at ${left.join(' and ')}`];
      });
  }

  async end(): Promise<void> {
    this.isRunning = false;
    await Promise.all(this.loops);
  }

  // -------------------------------------------------------------------------------------------------------------------

  /** Writes under its prefix and beside it, over a connection that it keeps as long as it may. */
  private async visit(user: string, { name, address }: Machine): Promise<void> {
    const redis = connected(address, this.sealed.accessOf(user, passwordOf(user)));
    for (let i = 0; this.isRunning; i++, await pause(EVERY_MS)) {
      const isOutside = i % 4 === 3;
      const startMs = Date.now();
      const reply = await redis
        .set(isOutside ? 'rare:0' : `${prefixOf(user)}${name}`, `${user}-${i}`)
        .catch(() => null);
      this.attempts.push({ user, node: name, startMs, isOutside, isDone: reply === 'OK' });
    }
    redis.disconnect();
  }

  /** When a node is first seen to know no such user. */
  private async lookFor({ user, gone }: Removal, { name, address }: Machine): Promise<void> {
    for (; this.isRunning && gone[name] === undefined; await pause(EVERY_MS)) {
      const reply = await withClient(address, usersOf).catch(() => null);
      if (reply?.users.every((one) => one.name !== user) === true) gone[name] = Date.now();
    }
  }
}

/** null: it has the records of its cluster yet to get. */
async function usersOf(client: AdminClient): Promise<UsersReply | null> {
  const { self } = await client.call('STATUS', {});
  return self.state === 'joining' ? null : client.call('USERS', {});
}

/** Of an application at a node: one that is there all the time. */
export async function addWriters(sealed: Sealed, names: readonly string[], { address }: Machine): Promise<void> {
  await sealed.addAdmin('ada', passwordOf('ada'), address);
  for (const name of names) {
    const code = await sealed.add(name, passwordOf(name), address);
    if (code !== 0) throw new Error(`the user ${name} cannot be added: exit code ${code}`);
  }
}

export function passwordOf(user: string): string {
  return `the password of ${user}`;
}

// ---------------------------------------------------------------------------------------------------------------------

function prefixOf(user: string): string {
  return `${user}:`;
}

function connected(address: string, access: Access): Redis {
  const [host = '', port = ''] = address.split(':');
  const redis = new Redis({
    ...{ host, port: Number(port), protocol: 2, ...access },
    ...{ connectTimeout: REPLY_MS_MAX, commandTimeout: REPLY_MS_MAX, retryStrategy: () => EVERY_MS },
    ...{ maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, enableReadyCheck: false },
  });
  redis.on('error', () => {});
  return redis;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
