import { afterEach, describe, expect, test } from '@jest/globals';
import { Harness, until } from './harness.js';
import { type RawClient, request } from './raw-client.js';

let harness: Harness | undefined;

afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

const KEYS = Array.from({ length: 400 }, (_, i) => `key:${i}`);
const PAIRS = KEYS.flatMap((key) => [key, 'value']);

/** A keyspace in which each of these takes a fifth of a millisecond. */
async function startSlow(): Promise<Harness> {
  const started = await Harness.start();
  harness = started;
  const { keyspace } = started;
  const slowly = <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      for (const end = performance.now() + 0.2; performance.now() < end; );
      return call(...args);
    };
  };
  keyspace.writeAdmitted = slowly(keyspace.writeAdmitted.bind(keyspace));
  keyspace.deleteShort = slowly(keyspace.deleteShort.bind(keyspace));
  keyspace.set = slowly(keyspace.set.bind(keyspace));
  return started;
}

/** What another client finds of first and last key, asked over and over while `large` runs, and how often it was PONGed. */
async function seenMeanwhile(large: RawClient, ...command: string[]): Promise<{ reply: string; seen: Set<string> }> {
  const other = await harness!.client();
  const seen = new Set<string>();
  let reply: string | undefined;
  void large.call(...command).then((text) => {
    reply = text;
  });
  while (reply === undefined) seen.add(await other.call('MGET', KEYS[0]!, KEYS[399]!));
  return { reply, seen };
}

const NONE = '*2\r\n$-1\r\n$-1\r\n';
const BOTH = '*2\r\n$5\r\nvalue\r\n$5\r\nvalue\r\n';

describe('a command that takes long and is atomic', () => {
  test('MSET: other clients find all of it or nothing', async () => {
    const large = await (await startSlow()).client();
    const { reply, seen } = await seenMeanwhile(large, 'MSET', ...PAIRS);
    expect(reply).toBe('+OK\r\n');
    for (const found of seen) expect([NONE, BOTH]).toContain(found);
  });

  test('DEL: likewise', async () => {
    const large = await (await startSlow()).client();
    await large.call('MSET', ...PAIRS);
    const { reply, seen } = await seenMeanwhile(large, 'DEL', ...KEYS);
    expect(reply).toBe(':400\r\n');
    for (const found of seen) expect([NONE, BOTH]).toContain(found);
  });

  test('MSETNX of which one key exists writes nothing', async () => {
    const large = await (await startSlow()).client();
    await large.call('SET', KEYS[399]!, 'old');
    expect(await large.call('MSETNX', ...PAIRS)).toBe(':0\r\n');
    expect(await large.call('EXISTS', ...KEYS)).toBe(':1\r\n');
  });

  test('EXEC: other clients find all of it or nothing, and a command inside may take long too', async () => {
    const large = await (await startSlow()).client();
    await large.call('MULTI');
    for (const key of KEYS) await large.call('SET', key, 'value');
    await large.call('MSET', ...PAIRS);
    await large.call('FLUSHALL');
    await large.call('MSET', ...PAIRS);
    const { reply, seen } = await seenMeanwhile(large, 'EXEC');
    expect(reply).toBe(`*403\r\n${'+OK\r\n'.repeat(403)}`);
    for (const found of seen) expect([NONE, BOTH]).toContain(found);
  });

  test('what needs no data is answered meanwhile, and the event loop turns', async () => {
    const large = await (await startSlow()).client();
    const other = await harness!.client();
    const order: string[] = [];
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (order.length < 2) setImmediate(turn);
    };
    const done = large.call('MSET', ...PAIRS).then(() => order.push('MSET'));
    await until(() => harness!.keyspace.stored.size > 0, 'MSET has begun');
    turn();
    expect(await other.call('PING')).toBe('+PONG\r\n');
    order.push('PING');
    await done;
    expect(order).toEqual(['PING', 'MSET']);
    expect(turns).toBeGreaterThan(3);
  });

  test('commands that were held back are performed in their order, pipelines too', async () => {
    const large = await (await startSlow()).client();
    const other = await harness!.client();
    const done = large.call('MSET', ...PAIRS);
    await until(() => harness!.keyspace.stored.size > 0, 'MSET has begun');
    other.send(Buffer.concat([request('SET', KEYS[399]!, 'mine'), request('GET', KEYS[399]!), request('PING')]));
    expect(await other.replies(3)).toBe('+OK\r\n$4\r\nmine\r\n+PONG\r\n');
    expect(await done).toBe('+OK\r\n');
    expect(await large.call('GET', KEYS[399]!)).toBe('$4\r\nmine\r\n');
  });

  test('a client that is gone in the middle has what it asked for done whole, and the others go on', async () => {
    const large = await (await startSlow()).client();
    const other = await harness!.client();
    large.send(request('MSET', ...PAIRS));
    await until(() => harness!.keyspace.stored.size > 0, 'MSET has begun');
    large.socket.destroy();
    expect(await other.call('EXISTS', ...KEYS)).toBe(':400\r\n');
  });

  test('a write that is refused is refused as a whole', async () => {
    const large = await (await startSlow()).client();
    harness!.keyspace.refuseWrites = 'NOQUORUM nobody there';
    expect(await large.call('MSET', ...PAIRS)).toBe('-NOQUORUM nobody there\r\n');
    harness!.keyspace.refuseWrites = null;
    expect(await large.call('EXISTS', ...KEYS)).toBe(':0\r\n');
  });

  test('WATCH of many keys notices a change of the last one', async () => {
    const large = await (await startSlow()).client();
    await large.call('WATCH', ...KEYS);
    await large.call('MULTI');
    await large.call('GET', 'a');
    expect(await (await harness!.client()).call('SET', KEYS[399]!, '1')).toBe('+OK\r\n');
    expect(await large.call('EXEC')).toBe('*-1\r\n');
  });
});

test('a command that takes few arguments refuses a hundred thousand of them by number', async () => {
  harness = await Harness.start();
  const client = await harness.client();
  const many = Array.from({ length: 100_000 }, () => 'NX');
  const call = (...args: string[]): Promise<string> => {
    client.send(
      `*${args.length + many.length}\r\n${[...args, ...many].map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`,
    );
    return client.reply();
  };
  expect(await call('SET', 'a', '1')).toBe("-ERR 'set' takes no more than 16384 arguments, not 100003\r\n");
  expect(await call('EXISTS')).toBe(':0\r\n');
  expect(await call('MGET')).toBe(`*100000\r\n${'$-1\r\n'.repeat(100_000)}`);
});
