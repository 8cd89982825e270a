import type { Socket } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { LIMIT_NAMES, LIMITS, type Limits, readLimit } from '../../src/fronts/resp/limits.js';
import { limitsOf, limitsToKeep } from '../../src/node/limits.js';
import { Harness, until } from './harness.js';
import { KnownUsers } from './known-users.js';
import { MemoryCollection } from './memory-collection.js';
import { itemsOf, type RawClient, request } from './raw-client.js';

let harness: Harness;
let warnings: string[];

afterEach(() => harness?.stop());

async function start(limits: Partial<Limits>, users?: KnownUsers): Promise<void> {
  warnings = [];
  const access = users === undefined ? {} : { access: users };
  const onWarning = (text: string) => void warnings.push(text);
  harness = await Harness.start({ limits, ...access, onWarning, adminHandler: async () => 'fine' });
}

async function served(): Promise<RawClient> {
  const client = await harness.client();
  expect(await client.line('PING')).toBe('+PONG\r\n');
  return client;
}

const USER = { name: 'app', role: 'write', prefix: null } as const;

describe('connections', () => {
  test('beyond those that an address may have are told so, and there is room again once one has gone', async () => {
    await start({ 'clients-per-address': 2 });
    const [first, second] = [await served(), await served()];
    const third = await harness.client();
    expect(await third.line('PING')).toBe(
      '-ERR max number of clients of this address reached (clients-per-address)\r\n',
    );
    await third.closed;
    expect(await (await harness.client()).line('MNEME STATUS')).toContain('-ERR max number');
    const operator = await harness.client();
    expect(await operator.call('MNEME', 'STATUS')).toBe('$4\r\nfine\r\n');
    operator.close();
    first.close();
    await until(() => harness.listener.clients === 1, 'they have gone');
    await served();
    expect(await second.line('PING')).toBe('+PONG\r\n');
    expect(harness.listener.limits()).toMatchObject({ inUse: { clients: 2 }, met: { 'clients-per-address': 2 } });
    expect(warnings.filter((text) => text.includes('limit clients-per-address was met by 127.0.0.1')).length).toBe(1);
  });

  test('of other nodes have places of their own: one too many is closed and told of, until there is room', async () => {
    const told: boolean[] = [];
    const taken: Socket[] = [];
    harness = await Harness.start({
      limits: { links: 2 },
      onWarning: () => {},
      onLinksFull: (isFull) => void told.push(isFull),
      linkHandler: (socket) => void taken.push(socket.on('error', () => {})),
    });
    const dial = async () => {
      const link = await harness.client();
      link.send('MNEMELNK');
      return link;
    };
    const [one] = [await dial(), await dial()];
    await until(() => taken.length === 2, 'both are taken over');
    await (await dial()).closed;
    expect(told).toEqual([true]);
    expect(harness.listener.limits()).toMatchObject({ inUse: { links: 2, clients: 0 }, met: { links: 1 } });
    await served();
    one.close();
    await until(() => told.length === 2, 'there is room');
    expect(told).toEqual([true, false]);
    await dial();
    await until(() => taken.length === 3, 'it is taken over');
    for (const socket of taken) socket.destroy();
  });

  test('that have not said who they are are few, and those who have do not count', async () => {
    await start({ unauthenticated: 2 }, new KnownUsers(USER));
    const [one, two] = [await harness.client(), await harness.client()];
    for (const client of [one, two]) expect(await client.line('PING')).toContain('-NOAUTH');
    expect(await (await harness.client()).line('PING')).toBe(
      '-ERR max number of clients that have not authenticated reached (unauthenticated)\r\n',
    );
    expect(await one.line('AUTH app app!')).toBe('+OK\r\n');
    const late = await harness.client();
    expect(await late.line('AUTH app app!')).toBe('+OK\r\n');
    expect(harness.listener.limits().inUse).toMatchObject({ clients: 3, unauthenticated: 1 });
  });

  test('that do not say who they are in time are ended, and those who have stay, whatever they do', async () => {
    await start({ 'authentication-time': 100 }, new KnownUsers(USER));
    const app = await harness.client();
    expect(await app.line('AUTH app app!')).toBe('+OK\r\n');
    const silent = await harness.client();
    silent.send('\r\n');
    const noisy = await harness.client();
    expect(await noisy.line('PING')).toContain('-NOAUTH');
    for (const client of [silent, noisy]) {
      expect(await client.reply()).toBe('-NOAUTH Authentication did not come in time (authentication-time)\r\n');
      await client.closed;
    }
    expect(await app.line('GET a')).toBe('$-1\r\n');
    // RESET makes it one of them again.
    await app.line('RESET');
    expect(await app.reply()).toContain('did not come in time');
  });
});

describe('a request', () => {
  test('of a client that has not said who it is is short', async () => {
    await start({}, new KnownUsers(USER));
    for (const [sent, answer] of [
      ['*11\r\n', '-ERR Protocol error: unauthenticated multibulk length\r\n'],
      ['*2\r\n$3\r\nGET\r\n$16385\r\n', '-ERR Protocol error: unauthenticated bulk length\r\n'],
      ['x'.repeat(17_000), '-ERR Protocol error: too big inline request\r\n'],
    ] as const) {
      const client = await harness.client();
      client.send(sent);
      expect(await client.reply()).toBe(answer);
      await client.closed;
    }
    const client = await harness.client();
    const long = 'x'.repeat(20_000);
    client.send(Buffer.concat([request('AUTH', 'app', 'app!'), request('SET', 'a', long)]));
    expect(await client.replies(2)).toBe('+OK\r\n+OK\r\n');
  });

  test('whose rest does not come is ended; one that comes slowly is not, nor is a client that waits between requests', async () => {
    await start({ 'request-time': 200 });
    const [idle, slow, half] = [await served(), await harness.client(), await harness.client()];
    half.send('*2\r\n$3\r\nGET\r\n$1');
    const bytes = request('SET', 'a', 'x'.repeat(40));
    let isOver = false;
    const ended = half.reply().then((answer) => {
      isOver = true;
      return answer;
    });
    // A byte at a time, until the other one was given up.
    let sent = 0;
    while (!isOver) {
      if (sent < bytes.length - 1) slow.send(bytes.subarray(sent, ++sent));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await ended).toBe('-ERR the rest of a request did not come in time (request-time)\r\n');
    slow.send(bytes.subarray(sent));
    expect(await slow.reply()).toBe('+OK\r\n');
    expect(await idle.line('PING')).toBe('+PONG\r\n');
    expect(harness.listener.limits().met).toEqual({ 'request-time': 1 });
  });

  test('with too many arguments, or a value that is too long, is refused by name', async () => {
    await start({ arguments: 16, value: 2000 });
    const many = await harness.client();
    many.send(request('DEL', ...Array.from({ length: 20 }, (_, i) => `${i}`)));
    expect(await many.reply()).toBe('-ERR Protocol error: invalid multibulk length\r\n');
    const long = await harness.client();
    long.send(request('SET', 'a', 'x'.repeat(2001)));
    expect(await long.reply()).toBe('-ERR Protocol error: invalid bulk length\r\n');
    await served();
  });
});

test('commands that make much of little are refused, and the node goes on', async () => {
  await start({ value: 1024 * 1024 });
  const client = await served();
  const tooLong = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n';
  const noOffset = '-ERR bit offset is not an integer or out of range\r\n';
  expect(await client.line('SETRANGE a 1048576 x')).toBe(tooLong);
  expect(await client.line('SETRANGE a 9223372036854775807 x')).toBe(tooLong);
  expect(await client.line('SETBIT a 8388608 1')).toBe(noOffset);
  expect(await client.line('BITFIELD a SET u8 8388608 1')).toBe(noOffset);
  expect(await client.line('BITFIELD a SET u8 #4294967295 1')).toBe(noOffset);
  expect(await client.line('SETRANGE a 1048000 x')).toBe(':1048001\r\n');
  expect(await client.call('APPEND', 'a', 'x'.repeat(1000))).toBe(tooLong);
  await client.line('SETRANGE b 60000 x');
  await client.line('SETRANGE c 60000 y');
  expect(await client.line('LCS b c')).toContain('-ERR');
});

test('a count that makes much of a small collection is refused before anything is picked, in scripts and transactions too', async () => {
  await start({});
  const client = await served();
  await client.line('HSET h a 1 b 2');
  await client.line('SADD s a b');
  await client.line('ZADD z 1 a 2 b');
  const tooMany = '-ERR the reply would have more than 1048576 elements picked by chance\r\n';
  for (const name of ['HRANDFIELD h', 'SRANDMEMBER s', 'ZRANDMEMBER z']) {
    expect(await client.line(`${name} -1048577`)).toBe(tooMany);
    expect(await client.line(`${name} -9223372036854775807`)).toBe(tooMany);
    expect(itemsOf(await client.line(`${name} -5000`))).toHaveLength(5000);
    expect(itemsOf(await client.line(`${name} 9223372036854775807`))).toHaveLength(2);
    const called = `redis.pcall('${name.replace(' ', "','")}','-4000000000')`;
    expect(await client.call('EVAL', `return ${called}`, '0')).toBe(tooMany);
    await client.line('MULTI');
    await client.line(`${name} -4000000000`);
    expect(await client.line('EXEC')).toBe(`*1\r\n${tooMany}`);
  }
  expect(await client.line('HRANDFIELD h -4611686018427387903 WITHVALUES')).toBe(tooMany);
  expect(await client.line('SRANDMEMBER missing -9223372036854775807')).toBe('*0\r\n');
});

test('many picks of a small collection look each part up few times', async () => {
  await start({});
  const client = await served();
  await client.line('SADD s a b c');
  const at = jest.spyOn(MemoryCollection.prototype, 'at');
  expect(itemsOf(await client.line('SRANDMEMBER s -100000'))).toHaveLength(100_000);
  expect(at.mock.calls.length).toBeLessThan(1000);
  at.mockRestore();
});

test('a pattern made to explode keeps nobody waiting', async () => {
  await start({});
  const [client, other] = [await served(), await served()];
  for (let i = 0; i < 50; i++) await client.call('SET', `${'a'.repeat(5000)}${i}`, 'x');
  client.send(request('KEYS', `${'a*'.repeat(200)}b`));
  let answers = 0;
  let worstMs = 0;
  let isOver = false;
  const done = client.reply().then((reply) => {
    isOver = true;
    return reply;
  });
  while (!isOver) {
    const startedMs = performance.now();
    await other.line('PING');
    worstMs = Math.max(worstMs, performance.now() - startedMs);
    answers++;
  }
  expect(await done).toBe('*0\r\n');
  expect(answers).toBeGreaterThan(0);
  // What is measured includes waiting for a processor.
  expect(worstMs).toBeLessThan(2000);
});

describe('limits as an operator writes them', () => {
  test('are read by their unit, and what is no value for one is refused with what it takes', () => {
    expect(limitsOf(['clients=5', 'value=16mb', 'request-time=30s', 'client-memory=0'])).toEqual({
      ...{ clients: 5, value: 16 * 1024 * 1024, 'request-time': 30_000, 'client-memory': 0 },
    });
    for (const [text, part] of [
      ['clients', 'is not NAME=VALUE'],
      ['client=5', 'there is no limit "client"'],
      ['clients=0', 'a number from 1 to 2147483647'],
      ['clients=many', 'a number from 1 to 2147483647'],
      ['value=4tb', 'a size such as 16mb'],
      ['request-time=5', 'a time such as 500ms'],
      ['request-time=99999999m', 'a time such as 500ms'],
    ] as const)
      expect(() => limitsOf([text])).toThrow(part);
  });

  test('take the place of those that a directory remembers, each by itself, and "usual" of all', () => {
    expect(limitsToKeep(['clients=5'], ['clients=4', 'value=1mb'])).toEqual(['value=1mb', 'clients=5']);
    expect(limitsToKeep(undefined, ['clients=4'])).toEqual(['clients=4']);
    expect(limitsToKeep(['usual', 'clients=5'], ['value=1mb'])).toEqual(['clients=5']);
    expect(() => limitsToKeep(['clients=x'], [])).toThrow('no value');
  });

  test('the usual ones are within their own bounds', () => {
    for (const name of LIMIT_NAMES) {
      const { unit, usual } = LIMITS[name];
      expect([name, readLimit(name, unit === 'time' ? `${usual}ms` : `${usual}`)]).toEqual([name, usual]);
    }
  });
});
