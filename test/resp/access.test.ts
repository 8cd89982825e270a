import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { roleFor } from '../../src/fronts/resp/access/permission.js';
import { COMMANDS } from '../../src/fronts/resp/commands/registry.js';
import { Harness } from './harness.js';
import { KnownUsers } from './known-users.js';
import { type RawClient, request } from './raw-client.js';

const NOAUTH = '-NOAUTH Authentication required.\r\n';
const NO_KEY = '-NOPERM this user has no permissions to access one of the keys used as arguments\r\n';
const noCommand = (name: string) => `-NOPERM this user has no permissions to run the '${name}' command\r\n`;

/** To publish and to run scripts takes writing. */
const REACHES_ALL = ['publish', 'spublish', 'eval', 'evalsha', 'script|load', 'script|flush'];

let users: KnownUsers;
let harness: Harness;

beforeEach(async () => {
  users = new KnownUsers(
    { name: 'root', role: 'admin', prefix: null },
    { name: 'app', role: 'write', prefix: null },
    { name: 'eye', role: 'read', prefix: null },
    { name: 'shop', role: 'write', prefix: Buffer.from('shop:') },
    { name: 'clerk', role: 'read', prefix: Buffer.from('shop:') },
  );
  harness = await Harness.start({
    access: users,
    adminHandler: async (_verb, _json, { identity }) => identity.name,
  });
});

afterEach(() => harness.stop());

async function as(name: string): Promise<RawClient> {
  const client = await harness.client();
  expect(await client.call('AUTH', name, `${name}!`)).toBe('+OK\r\n');
  return client;
}

describe('a client that has not said who it is', () => {
  test('gets NOAUTH for all but AUTH, HELLO, QUIT and RESET, once the request is one that there is', async () => {
    const client = await harness.client();
    for (const line of ['GET a', 'SET a x', 'PING', 'MULTI', 'MONITOR', 'CLIENT LIST', 'MNEME STATUS'])
      expect(await client.line(line)).toBe(NOAUTH);
    expect(await client.line('EXEC')).toBe(`-EXECABORT Transaction discarded because of: ${NOAUTH.slice(1)}`);
    expect(await client.line('NOSUCH')).toContain('-ERR unknown command');
    expect(await client.line('GET')).toContain('-ERR wrong number of arguments');
    expect(await client.line('HELLO 3')).toContain(
      '-NOAUTH HELLO must be called with the client already authenticated',
    );
    expect(await client.line('RESET')).toBe('+RESET\r\n');
    expect(await client.line('QUIT')).toBe('+OK\r\n');
  });

  test('is not let through the short way either, however many requests come at once', async () => {
    const client = await harness.client();
    client.send(`${request('SET', 'a', 'x')}${request('GET', 'a')}`.repeat(40));
    expect(await client.replies(80)).toBe(NOAUTH.repeat(80));
    expect(harness.keyspace.stored.size).toBe(0);
  });

  test('is let in by AUTH, and by HELLO with AUTH; a wrong password or user is told in the same words', async () => {
    const client = await harness.client();
    const wrong = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
    expect(await client.line('AUTH app nonsense')).toBe(wrong);
    expect(await client.line('AUTH nobody nonsense')).toBe(wrong);
    expect(await client.line('AUTH nonsense')).toBe(wrong);
    expect(await client.line('HELLO 3 AUTH app nonsense SETNAME x')).toBe(wrong);
    expect(await client.line('GET a')).toBe(NOAUTH);
    expect(await client.line('HELLO 2 AUTH app app! SETNAME x')).toContain('redis');
    expect(await client.line('SET a x')).toBe('+OK\r\n');
    expect(await client.line('CLIENT INFO')).toMatch(/ name=x .* user=app /);
    expect(await client.line('RESET')).toBe('+RESET\r\n');
    expect(await client.line('GET a')).toBe(NOAUTH);
  });

  test('may do everything while there are no users, and nothing from the first one on', async () => {
    for (const { name } of users.users()) users.remove(name);
    const client = await harness.client();
    expect(await client.line('SET a x')).toBe('+OK\r\n');
    const monitor = await harness.client();
    expect(await monitor.line('MONITOR')).toBe('+OK\r\n');
    await client.line('MULTI');
    await client.line('SET a y');
    users.add({ name: 'root', role: 'admin', prefix: null });
    harness.listener.reviewAccess();
    await monitor.closed;
    expect(await client.line('EXEC')).toContain(NOAUTH.slice(1));
    expect(await client.line('GET a')).toBe(NOAUTH);
    users.letsAnybodyIn = true;
    harness.listener.reviewAccess();
    expect(await client.line('GET a')).toBe('$1\r\nx\r\n');
  });
});

test('passwords are shown by neither MONITOR nor SLOWLOG, however long a login takes', async () => {
  const [root, monitor] = [await as('root'), await as('root')];
  await root.line('CONFIG SET slowlog-log-slower-than 0');
  await monitor.line('MONITOR');
  const client = await harness.client();
  await client.line('AUTH app app!');
  await client.line('HELLO 3 SETNAME x AUTH app app!');
  await client.line('HELLO 3 AUTH app app! SETNAME x nonsense');
  await client.line('GET end');
  let seen = '';
  while (!seen.includes('end')) seen += await monitor.reply();
  expect(seen).toContain('(redacted)');
  expect(seen + (await root.line('SLOWLOG GET 100'))).not.toContain('app!');
});

describe('a role', () => {
  test('read reads, write writes as well, and admin administrates', async () => {
    const [eye, app, root] = [await as('eye'), await as('app'), await as('root')];
    expect(await eye.line('SET a x')).toBe(noCommand('set'));
    expect(await app.line('SET a x')).toBe('+OK\r\n');
    expect(await eye.line('GET a')).toBe('$1\r\nx\r\n');
    expect(await eye.line('GETEX a PERSIST')).toBe(noCommand('getex'));
    expect(await eye.line('FLUSHALL')).toBe(noCommand('flushall'));
    expect(await eye.line('INFO server')).toContain('redis_version');
    expect(await eye.line('SCAN 0')).toContain('a');
    for (const line of ['CONFIG GET maxmemory', 'CLIENT LIST', 'MONITOR', 'SLOWLOG GET', 'CLIENT KILL ID 1']) {
      const name = line.startsWith('MON') ? 'monitor' : line.split(' ').slice(0, 2).join('|').toLowerCase();
      expect(await app.line(line)).toBe(noCommand(name));
      expect(await root.line(line)).not.toContain('NOPERM');
      if (line === 'MONITOR') await root.line('RESET');
      if (line === 'MONITOR') await root.line('AUTH root root!');
    }
  });

  test('read is told for each request of a batch, and what lies between is answered in its order', async () => {
    const app = await as('app');
    await app.line('SET a x');
    const eye = await as('eye');
    eye.send(`${request('GET', 'a')}${request('GET', 'b')}${request('SET', 'a', 'y')}`.repeat(30));
    expect(await eye.replies(90)).toBe(`$1\r\nx\r\n$-1\r\n${noCommand('set')}`.repeat(30));
  });

  test('holds inside MULTI too: what is refused there ends the transaction', async () => {
    const eye = await as('eye');
    await eye.line('MULTI');
    expect(await eye.line('SET a x')).toBe(noCommand('set'));
    expect(await eye.line('EXEC')).toContain('-EXECABORT');
    await eye.line('MULTI');
    expect(await eye.line('AUTH root root!')).toBe('-ERR Command not allowed inside a transaction\r\n');
    expect(await eye.line('EXEC')).toContain('-EXECABORT');
    await eye.line('MULTI');
    await eye.line('HELLO 3 AUTH root root!');
    expect(await eye.line('EXEC')).toContain('-ERR Command not allowed inside a transaction');
    expect(await eye.line('CLIENT INFO')).toContain('user=eye');
  });

  test('is known to the handler of admin commands', async () => {
    expect(await (await as('eye')).line('MNEME STATUS')).toBe('$3\r\neye\r\n');
  });

  test('of a command is what the categories of Redis say of it, but for what reaches all, and ROLE, which tells clients with whom they talk', async () => {
    const client = await as('root');
    for (const command of COMMANDS.all.flatMap((one) => one.subcommands ?? [one])) {
      const listed = await client.line(`COMMAND INFO ${command.name}`);
      if (['mneme', 'role'].includes(command.name) || !listed.includes('@')) continue;
      const categories = listed.split('\r\n').filter((line) => line.startsWith('+@'));
      const expected = categories.includes('+@admin')
        ? 'admin'
        : categories.includes('+@write') || REACHES_ALL.includes(command.name)
          ? 'write'
          : 'read';
      expect([command.name, roleFor(command)]).toEqual([command.name, expected]);
    }
  });
});

describe('a prefix', () => {
  test('lets through keys that begin so, wherever a command has them', async () => {
    const shop = await as('shop');
    expect(await shop.line('SET shop:1 x')).toBe('+OK\r\n');
    expect(await shop.line('MSET shop:2 y shop:3 z')).toBe('+OK\r\n');
    expect(await shop.line('RENAME shop:3 shop:4')).toBe('+OK\r\n');
    for (const line of [
      'SET cart:1 x',
      'GET shop',
      'MSET shop:2 y cart:1 z',
      'MGET shop:1 cart:1',
      'RENAME shop:2 cart:2',
      'RENAME cart:2 shop:2',
      'BITOP AND shop:5 shop:1 cart:1',
      'SORT shop:9 STORE cart:9',
      'BITFIELD cart:1 GET u8 0',
      'OBJECT ENCODING cart:1',
      'MEMORY USAGE cart:1',
      'WATCH shop:1 cart:1',
      'COPY shop:1 cart:1',
      'LCS shop:1 cart:1',
      'DEL shop:1 cart:1',
    ])
      expect([line, await shop.line(line)]).toEqual([line, NO_KEY]);
    expect(await (await as('root')).line('KEYS cart*')).toBe('*0\r\n');
    expect(await shop.line('DBSIZE')).toBe(':3\r\n');
  });

  test('is all that KEYS, SCAN and DBSIZE tell of; commands that reach what others have are refused', async () => {
    const app = await as('app');
    await app.line('MSET shop:1 x cart:1 y');
    const clerk = await as('clerk');
    expect(await clerk.line('KEYS *')).toBe('*1\r\n$6\r\nshop:1\r\n');
    expect(await clerk.line('SCAN 0 COUNT 100000')).not.toContain('cart');
    expect(await clerk.line('RANDOMKEY')).toBe(noCommand('randomkey'));
    const shop = await as('shop');
    for (const name of ['flushall', 'flushdb']) expect(await shop.line(name)).toBe(noCommand(name));
    expect(await shop.line('SWAPDB 0 1')).toBe(noCommand('swapdb'));
    expect([await shop.line('DBSIZE'), await app.line('DBSIZE')]).toEqual([':1\r\n', ':2\r\n']);
    expect(await shop.line('SCRIPT FLUSH')).toBe(noCommand('script|flush'));
    expect(await app.line('SCRIPT FLUSH')).toBe('+OK\r\n');
  });

  test('holds for each request of a batch', async () => {
    const shop = await as('shop');
    shop.send(`${request('SET', 'shop:1', 'x')}${request('SET', 'cart:1', 'x')}${request('GET', 'shop:1')}`.repeat(30));
    expect(await shop.replies(90)).toBe(`+OK\r\n${NO_KEY}$1\r\nx\r\n`.repeat(30));
  });
});

describe('a user that is removed or changed', () => {
  test('has no connections any more, also those in the middle of something', async () => {
    const [app, waiting, other] = [await as('app'), await as('app'), await as('eye')];
    waiting.send(request('WAIT', '9', '0'));
    await app.line('MULTI');
    users.remove('app');
    harness.listener.reviewAccess();
    await Promise.all([app.closed, waiting.closed]);
    expect(await other.line('PING')).toBe('+PONG\r\n');
  });

  test('a command that waits for its turn is not performed once its client is nobody', async () => {
    const [app, root] = [await as('app'), await as('root')];
    expect(await root.line('CLIENT PAUSE 100000 WRITE')).toBe('+OK\r\n');
    app.send(request('SET', 'a', 'x'));
    await root.line('PING');
    users.remove('app');
    harness.listener.reviewAccess();
    await app.closed;
    await root.line('CLIENT UNPAUSE');
    await root.line('PING');
    expect(harness.keyspace.stored.size).toBe(0);
  });
});
