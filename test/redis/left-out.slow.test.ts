import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { sitesOfTests, type TestSite, whereRedis } from './sites.js';

const MIB = 1024 * 1024;

whereRedis('a key that one of the two cannot take', () => {
  const site = sitesOfTests();

  async function pair(options: Parameters<typeof site>[1] = {}): Promise<[TestSite, TestSite]> {
    const [a, b] = [site('a'), site('b', options)];
    await a.start();
    await b.start(a);
    return [a, b];
  }

  /** Writes at one site reach the other, both ways. */
  async function untilBothPass(a: TestSite, b: TestSite, key = 'ok:probe'): Promise<void> {
    const value = String(Math.random());
    await a.redis.set(key, value);
    await until('a write of a is at b', async () => (await b.redis.get(key)) === value);
    await b.redis.set(key, `${value} of b`);
    await until('a write of b is at a', async () => (await a.redis.get(key)) === `${value} of b`);
  }

  const leftOut = ({ status }: TestSite): [string, string, string][] =>
    status.leftOut.keys.map(({ keyBase64, way, reason }) => [Buffer.from(keyBase64, 'base64').toString(), way, reason]);

  test('with an expiry beyond 53 bits passes, ends no earlier, and the bridge stays attached', async () => {
    const [a, b] = await pair();
    const far = [
      '9223372036854775807',
      '9223372036854775000',
      '9007199254740992',
      '9007199254740993',
      '1152921504606846977',
    ];
    for (const expiry of far) {
      // In one, so that a node sees one change of each.
      await a.redis
        .multi()
        .set(expiry, 'v')
        .call('PEXPIREAT', expiry, expiry)
        .hset(`hash ${expiry}`, 'field', 'v')
        .call('PEXPIREAT', `hash ${expiry}`, expiry)
        .exec();
    }
    await untilBothPass(a, b);
    for (const expiry of far) {
      for (const key of [expiry, `hash ${expiry}`]) {
        await until(`${key} is at b`, async () => (await exactExpiryOf(b, key)) >= BigInt(expiry));
        expect((await exactExpiryOf(b, key)) - BigInt(expiry)).toBeLessThan(1024n);
        expect(await exactExpiryOf(a, key)).toBe(BigInt(expiry));
      }
    }
    for (const expiry of far.slice(0, 3)) expect(await exactExpiryOf(b, expiry)).toBe(BigInt(expiry));
    // What b wrote is no change at a, and the other way round.
    await untilBothPass(a, b);
    expect([a.status.counters.captured, b.status.counters.captured]).toEqual([12, 2]);
    expect([...a.log, ...b.log].filter((line) => line.includes('again'))).toEqual([]);
  });

  test('of more than 64 MiB, or under a key of more than 1 MiB, is listed, and passes once it is smaller', async () => {
    const [a, b] = await pair();
    await a.redis.setrange('large', 64 * MIB, 'x');
    await a.redis.set('k'.repeat(MIB + 1), 'x');
    await a.redis.set('k'.repeat(MIB), 'of exactly 1 MiB');
    await untilBothPass(a, b);
    await until('both are listed', async () => a.status.leftOut.count === 2);
    const found = leftOut(a);
    expect(found.map(([, way]) => way)).toEqual(['from-redis', 'from-redis']);
    expect(found.find(([key]) => key === 'large')![2]).toContain(String(64 * MIB + 1));
    await until('the longest key is at b', async () => (await b.redis.get('k'.repeat(MIB))) === 'of exactly 1 MiB');
    expect(a.status.obstacles).toMatchObject([{ keys: 2 }]);
    await a.redis.set('large', 'small by now');
    await until('it has passed', async () => (await b.redis.get('large')) === 'small by now');
    await a.redis.del('k'.repeat(MIB + 1));
    await until('nothing is left out', async () => a.status.leftOut.count === 0);
    expect(a.status.obstacles).toEqual([]);
  }, 60_000);

  test('that the user has no right to is listed at both ends, and passes once there is one', async () => {
    const [a, b] = [site('a'), site('b', { user: 'mneme:secret@' })];
    await a.start();
    await b.startRedis();
    await b.redis.call('ACL', 'SETUSER', 'mneme', 'on', '>secret', '~ok:*', '&*', '+@all');
    await b.startNode(a);
    await b.redis.set('no:of b', 'x');
    await a.redis.set('no:of a', 'x');
    await untilBothPass(a, b);
    await until('both are listed', async () => b.status.leftOut.count === 2);
    expect(
      leftOut(b)
        .map(([key, way]) => [key, way])
        .sort(),
    ).toEqual([
      ['no:of a', 'to-redis'],
      ['no:of b', 'from-redis'],
    ]);
    for (const [, , reason] of leftOut(b)) expect(reason).toContain('no right to this key');
    expect(b.status).toMatchObject({ state: 'attached', problem: null });
    await b.redis.call('ACL', 'SETUSER', 'mneme', '~*');
    await until(
      'both have passed',
      async () => (await a.redis.get('no:of b')) === 'x' && (await b.redis.get('no:of a')) === 'x',
    );
    await until('nothing is left out', async () => b.status.leftOut.count === 0);
  });

  test('that a full Redis takes no more holds up no deletes, and passes once there is room', async () => {
    const [a, b] = await pair({ flags: ['--save', '', '--maxmemory', '3mb'] });
    await a.redis.set('early', 'x');
    await until('b has it', async () => (await b.redis.exists('early')) === 1);
    for (let i = 0; i < 100; i++) await a.redis.set(`key ${i}`, 'v'.repeat(40_000));
    await until('b says so', async () =>
      leftOut(b).some(([, way, reason]) => way === 'to-redis' && reason.startsWith('OOM')),
    );
    await a.redis.del('early');
    await until('the delete is at b', async () => (await b.redis.exists('early')) === 0);
    await b.redis.config('SET', 'maxmemory', '0');
    await until('b has all', async () => (await b.redis.dbsize()) === 100);
    await until('nothing is left out', async () => b.status.leftOut.count === 0);
    expect(b.status.problem).toBeNull();
  });

  test('among thousands passes at once when there is room, and the log tells of a few of them', async () => {
    const [a, b] = await pair({ flags: ['--save', '', '--maxmemory', '3mb'] });
    const keys = 15_000;
    for (let at = 0; at < keys; at += 1000)
      await a.redis.mset(...Array.from({ length: 1000 }, (_, i) => [`key ${at + i}`, 'v'.repeat(100)]).flat());
    const isThrough = async (): Promise<boolean> => (await b.redis.dbsize()) + b.status.refusedKeys === keys;
    await until('b has tried all', isThrough, { timeoutMs: 60_000 });
    expect(b.status.refusedKeys).toBeGreaterThan(3000);
    await b.redis.config('SET', 'maxmemory', '0');
    await until('b has all', async () => (await b.redis.dbsize()) === keys);
    await until('nothing is left out', async () => b.status.leftOut.count === 0);
    expect(b.log.filter((line) => line.includes('OOM')).length).toBeLessThan(10);
  }, 90_000);

  test('that makes Redis close the connection is left out after it has done so, and the others go on', async () => {
    const [a, b] = await pair();
    await b.redis.config('SET', 'proto-max-bulk-len', String(MIB));
    await a.redis.set('long', Buffer.alloc(2 * MIB, 'x'));
    await until('it is listed', async () => leftOut(b).some(([key, way]) => key === 'long' && way === 'to-redis'));
    await until('b is attached again', async () => b.status.state === 'attached');
    await untilBothPass(a, b);
    const ends = (): number => b.log.filter((line) => line.includes('again')).length;
    expect(ends()).toBeLessThanOrEqual(3);
    await a.redis.set('long', 'short by now');
    await until('it has passed', async () => (await b.redis.get('long')) === 'short by now');
    expect(b.status.leftOut).toEqual({ count: 0, keys: [] });
  });

  test('is not in the way of values that are many megabytes together, nor they of a short one', async () => {
    const [a, b] = await pair();
    const values = Array.from({ length: 6 }, (_, i) => Buffer.alloc(5_000_000, i));
    await Promise.all(values.map((value, i) => a.redis.set(`long ${i}`, value)));
    await untilBothPass(a, b, 'short');
    const all = Array.from(values, (_, i) => `long ${i}`);
    await until('all are there', async () => (await b.redis.exists(...all)) === 6, { timeoutMs: 60_000 });
    for (const [i, value] of values.entries()) expect((await b.redis.getBuffer(`long ${i}`))!.equals(value)).toBe(true);
    expect([...a.log, ...b.log].filter((line) => line.includes('no answer'))).toEqual([]);
  }, 90_000);
});

/** ioredis makes doubles of integers, unless it is told to leave them as text. */
async function exactExpiryOf({ redis }: TestSite, key: string): Promise<bigint> {
  const exact = redis.duplicate({ stringNumbers: true });
  const text = await exact.pexpiretime(key).finally(() => exact.disconnect());
  return BigInt(text);
}
