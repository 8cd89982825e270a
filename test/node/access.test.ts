import { scryptSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Records } from '../../src/core/membership/records.js';
import type { PasswordRecord, UserRecord } from '../../src/core/membership/user-records.js';
import { HybridClock } from '../../src/core/model/hlc.js';
import type { NodeStatus } from '../../src/core/node-status.js';
import { Replica } from '../../src/core/replication/replica.js';
import { DATA_CLIENT, withSecret } from '../../src/fronts/resp/access/with-secret.js';
import { FairQueue, QueueFull } from '../../src/node/access/fair-queue.js';
import { NodeAccess } from '../../src/node/access/node-access.js';
import { OPERATOR, OperatorKey, readOperatorKey } from '../../src/node/access/operator-key.js';
import { hashPassword, isPassword } from '../../src/node/access/password-hash.js';
import { A1 } from '../core/samples.js';
import { MemoryStore } from '../core/support/memory-store.js';

const ADA: UserRecord = { id: 'ada1', name: 'ada', role: 'admin', prefixBase64: '' };
const HOME = '10.0.0.7:1234';

/** Of little cost, so that tests need not wait. */
function cheaply(password: string): PasswordRecord {
  const costs = { cost: 16, blockSize: 8, parallelization: 1 };
  const salt = Buffer.alloc(16, 7);
  const key = scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 });
  return { saltBase64: salt.toString('base64'), keyBase64: key.toString('base64'), ...costs };
}

let nowMs: number;
let pauses: number[];
let records: Records;
let access: NodeAccess;

beforeEach(async () => {
  nowMs = 0;
  pauses = [];
  const clock = new HybridClock(() => 1_800_000_000_000);
  records = new Records(new Replica('system', A1, new MemoryStore(), clock, (entry) => records.noteEntry(entry)));
  const status = { records, self: { isJoined: true } } as unknown as NodeStatus;
  const pause = async (ms: number) => void pauses.push(ms);
  access = new NodeAccess(
    () => status,
    null,
    () => nowMs,
    pause,
  );
  records.users.add(ADA, cheaply('right'));
  access.refresh();
});

const login = (password: string, name = 'ada', from = HOME) => access.authenticate(name, Buffer.from(password), from);

describe('a password', () => {
  test('for "default" makes nobody an operator where there is a secret, and no user yet', async () => {
    records.users.remove(ADA);
    access.refresh();
    const guarded = withSecret(access);
    expect([guarded.anonymous, await guarded.authenticate('default', Buffer.from('any'), HOME)]).toEqual([
      DATA_CLIENT,
      DATA_CLIENT,
    ]);
  });

  test('is computed once for a pool of a thousand connections, and never again', async () => {
    const pool = await Promise.all(Array.from({ length: 1000 }, (_, i) => login('right', 'ada', `10.0.0.7:${i}`)));
    expect(pool.every((identity) => identity?.name === 'ada')).toBe(true);
    expect(access.computed).toBe(1);
    expect((await login('right', 'ada', '10.9.9.9:1'))?.role).toBe('admin');
    expect(access.computed).toBe(1);
  });

  test('that is another one now lets in nobody who had the old one, and ends its identity', async () => {
    const before = await login('right');
    records.users.putPassword(ADA.id, cheaply('new'));
    access.refresh();
    expect(access.isValid(before!)).toBe(false);
    expect(await login('right')).toBeNull();
    const after = await login('new');
    expect(access.isValid(after!)).toBe(true);
    access.refresh();
    expect(access.isValid(after!)).toBe(true);
  });

  test('that is changed while it is checked lets in nobody', async () => {
    const checking = login('right');
    records.users.remove(ADA);
    records.users.add({ ...ADA, id: 'ada2', role: 'read' }, cheaply('other'));
    access.refresh();
    expect(await checking).toBeNull();
  });

  test('is computed at its full cost outside of the event loop, whether there is such a user or not', async () => {
    const record = await hashPassword(Buffer.from('right'));
    const costs = { N: record.cost, r: record.blockSize, p: record.parallelization, maxmem: 2 ** 26 };
    expect(scryptSync('right', Buffer.from(record.saltBase64, 'base64'), 32, costs).toString('base64')).toBe(
      record.keyBase64,
    );
    for (const [password, kept, isRight] of [
      ['right', record, true],
      ['wrong', record, false],
      ['', null, false],
    ] as const) {
      let turns = 0;
      let isDone = false;
      const checking = isPassword(Buffer.from(password), kept).finally(() => {
        isDone = true;
      });
      for (; !isDone; turns++) await new Promise((resolve) => setImmediate(resolve));
      expect(await checking).toBe(isRight);
      expect(turns).toBeGreaterThan(10);
    }
  });
});

describe('wrong passwords', () => {
  test('are held back longer and longer, by address, and are forgotten after a while', async () => {
    for (let i = 0; i < 7; i++) expect(await login(`wrong ${i}`)).toBeNull();
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3000, 3000]);
    expect(await login('wrong', 'nobody', '10.0.0.8:1')).toBeNull();
    expect(pauses.at(-1)).toBe(100);
    nowMs += 61_000;
    await login('wrong');
    expect(pauses.at(-1)).toBe(100);
    expect(access.wrong.total).toBe(9);
  });

  test('many at a time from one address are refused, and another address is let in', async () => {
    const many = Array.from({ length: 50 }, (_, i) => login(`wrong ${i}`));
    const other = login('right', 'ada', '10.0.0.8:1');
    const outcomes = await Promise.allSettled(many);
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThan(30);
    expect(String((refused[0] as PromiseRejectedResult).reason)).toContain('too many passwords from this address');
    expect((await other)?.name).toBe('ada');
    expect(access.computed).toBeLessThan(15);
  });

  test('of one address are told to the operator while they come', () => {
    for (let i = 0; i < 10; i++) access.wrong.note('10.0.0.7');
    access.wrong.note('10.0.0.8');
    expect(access.wrong.suspects()).toEqual([{ address: '10.0.0.7', count: 10 }]);
    nowMs += 61_000;
    expect(access.wrong.suspects()).toEqual([]);
  });
});

describe('who has to say who they are', () => {
  test('is nobody while there are no users, or while the cluster allows it', () => {
    expect(access.anonymous).toBeNull();
    records.putSetting('anonymous-clients', 'allow');
    expect(access.anonymous?.role).toBe('admin');
    records.putSetting('anonymous-clients', 'refuse');
    records.users.remove(ADA);
    expect(access.anonymous?.role).toBe('admin');
  });
});

describe("the operator's key", () => {
  test('lies in the directory for its owner alone, is another one at each start, and opens from the machine itself', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'mneme-key-'));
    try {
      const first = OperatorKey.write(dir);
      const old = readOperatorKey(dir)!.password;
      const key = OperatorKey.write(dir);
      const password = readFileSync(join(dir, 'operator-key'), 'utf8').trim();
      expect(statSync(join(dir, 'operator-key')).mode & 0o777).toBe(0o600);
      expect(old).not.toBe(password);
      expect(first.opensWith(Buffer.from(password), '127.0.0.1:1')).toBe(false);
      for (const address of ['127.0.0.1:1', '[::1]:1', '[::ffff:127.0.0.1]:9'])
        expect(key.opensWith(Buffer.from(password), address)).toBe(true);
      const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      for (const { address, family } of own) {
        const from = family === 'IPv6' ? `[${address}]:1` : `${address}:1`;
        expect({ from, opens: key.opensWith(Buffer.from(password), from) }).toEqual({ from, opens: true });
      }
      for (const address of ['192.0.2.1:1', '[2001:db8::1]:1', '12.127.0.0:1'])
        expect(key.opensWith(Buffer.from(password), address)).toBe(false);
      const status = { records, self: { isJoined: true } } as unknown as NodeStatus;
      const withKey = new NodeAccess(() => status, key);
      expect(await withKey.authenticate('operator', Buffer.from(password), '127.0.0.1:1')).toBe(OPERATOR);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('a fair queue', () => {
  test('serves everybody in turn, and takes so much of each', async () => {
    const queue = new FairQueue({ ofOne: 3, inAll: 5 });
    const done: string[] = [];
    const work = (name: string) => queue.run(name[0]!, async () => void done.push(name));
    const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map(work);
    await Promise.all(all);
    // The first is begun at once, and so takes no place.
    expect(done).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
    const held = Array.from({ length: 4 }, () => queue.run('a', async () => {}));
    expect(() => queue.run('a', async () => {})).toThrow(QueueFull);
    await Promise.all(held);
  });
});
