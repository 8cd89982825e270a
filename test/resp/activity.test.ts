import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Harness, until } from './harness.js';
import { itemsOf, type RawClient, request } from './raw-client.js';

let harness: Harness;
let client: RawClient;
let other: RawClient;

beforeAll(async () => {
  harness = await Harness.start();
});

beforeEach(async () => {
  harness.keyspace.stored.clear();
  client = await harness.client();
  other = await harness.client();
});

afterAll(() => harness.stop());

async function info(section: string): Promise<string> {
  return (await client.line(`INFO ${section}`)).replaceAll('\r\n', '|');
}

async function idOf(of: RawClient): Promise<string> {
  return (await of.line('CLIENT ID')).slice(1).trim();
}

describe('statistics', () => {
  test('INFO counts calls, refusals, failures and errors of each command, and RESETSTAT forgets them', async () => {
    await client.line('CONFIG RESETSTAT');
    for (const line of ['GET a', 'SET a x', 'SET b 1 EX 10', 'INCR a', 'INCR', 'nosuch', 'AUTH bob x', 'CLIENT ID']) {
      await client.line(line);
    }
    const stats = await info('commandstats');
    expect(stats).toMatch(/\|cmdstat_get:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0\|/);
    expect(stats).toMatch(/\|cmdstat_set:calls=2,/);
    expect(stats).toMatch(/\|cmdstat_incr:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=1\|/);
    expect(stats).toMatch(/\|cmdstat_client\|id:calls=1,/);
    expect(await info('errorstats')).toBe('$66|# Errorstats|errorstat_ERR:count=3|errorstat_WRONGPASS:count=1||');
    await client.line('CONFIG RESETSTAT');
    expect(await info('commandstats')).not.toContain('cmdstat_get');
    expect(await info('errorstats')).toBe('$14|# Errorstats||');
  });

  test('INFO has the sections of Redis, and commandstats for those who ask for it or for all', async () => {
    await client.line('SET a 1 EX 100');
    const sections = (text: string) => [...text.matchAll(/# (\w+)\|/g)].map(([, name]) => name);
    const usual = sections(await info(''));
    expect(usual).toEqual(
      expect.arrayContaining(['Server', 'Clients', 'Memory', 'Persistence', 'Stats', 'Replication', 'CPU', 'Cluster']),
    );
    expect(usual).not.toContain('Commandstats');
    for (const all of ['all', 'everything'])
      expect(sections(await info(all))).toEqual(expect.arrayContaining(['Commandstats']));
    expect(sections(await info('cpu cluster'))).toEqual(['CPU', 'Cluster']);
    expect(await info('cluster')).toContain('cluster_enabled:0');
    expect(await info('keyspace')).toContain('|db0:keys=1,expires=1,avg_ttl=0|');
  });
});

describe('SLOWLOG', () => {
  test('keeps what took longer than the threshold, the latest first, long arguments cut', async () => {
    await client.line('CLIENT SETNAME slow');
    await client.line('CONFIG SET slowlog-log-slower-than 0');
    await client.line('SLOWLOG RESET');
    await client.call('SET', 'a', 'v'.repeat(200));
    await client.call('DEL', ...Array.from({ length: 40 }, (_, i) => `k${i}`));
    await client.line('CONFIG SET slowlog-log-slower-than -1');
    const rows = itemsOf(await client.line('SLOWLOG GET -1')).map(itemsOf);
    expect(rows.map((row) => itemsOf(row[3]!)[0])).toEqual(['$3\r\nDEL\r\n', '$3\r\nSET\r\n', '$7\r\nSLOWLOG\r\n']);
    const del = itemsOf(rows[0]![3]!);
    expect(del).toHaveLength(32);
    expect(del[31]).toContain('... (10 more arguments)');
    expect(itemsOf(rows[1]![3]!)[2]).toBe(`$147\r\n${'v'.repeat(128)}... (72 more bytes)\r\n`);
    expect(rows[0]![4]).toMatch(/127\.0\.0\.1:\d+/);
    expect(rows[0]![5]).toContain('slow');
    await client.line('SLOWLOG RESET');
    expect(await client.line('SLOWLOG LEN')).toBe(':0\r\n');
    await client.line('CONFIG SET slowlog-log-slower-than 10000');
  });
});

describe('MONITOR', () => {
  test('shows the commands of all clients in their order, no administration, and no passwords', async () => {
    const monitor = await harness.client();
    expect(await monitor.line('MONITOR')).toBe('+OK\r\n');
    await client.call('SET', 'a b', Buffer.from([0, 34, 92, 10, 255]));
    for (const line of [
      'get a',
      'MULTI',
      'INCR n',
      'EXEC',
      'CONFIG GET save',
      'AUTH bob secret',
      'HELLO 3 AUTH default x',
      'INCR',
      'CLIENT ID',
    ]) {
      await client.line(line);
    }
    const shown: string[] = [];
    while (!shown.at(-1)?.includes('CLIENT')) shown.push((await monitor.reply()).trim());
    expect(shown.map((line) => line.replace(/^\+\d{10}\.\d{6} \[0 127\.0\.0\.1:\d+\] /, ''))).toEqual([
      '"SET" "a b" "\\x00\\"\\\\\\n\\xff"',
      '"get" "a"',
      '"MULTI"',
      '"INCR" "n"',
      '"EXEC"',
      '"AUTH" "(redacted)" "(redacted)"',
      '"HELLO" "3" "AUTH" "(redacted)" "(redacted)"',
      '"CLIENT" "ID"',
    ]);
    expect(await monitor.line('RESET')).toBe('+RESET\r\n');
    await client.line('PING');
    expect(await monitor.line('PING')).toBe('+PONG\r\n');
  });

  test('a monitor that reads nothing is cut off, and the others are served on', async () => {
    const small = await Harness.start({ limits: { output: 100_000 } });
    const monitor = await small.client();
    const writer = await small.client();
    await monitor.line('MONITOR');
    monitor.socket.pause();
    const value = 'v'.repeat(50_000);
    for (let i = 0; i < 2000 && small.listener.clients === 2; i++) await writer.call('ECHO', value);
    expect(small.listener.clients).toBe(1);
    expect(await writer.line('PING')).toBe('+PONG\r\n');
    await small.stop();
  });
});

describe('CLIENT', () => {
  test('PAUSE holds commands back until its end or UNPAUSE, and then they are performed in order', async () => {
    expect(await client.line('CLIENT PAUSE 100000 WRITE')).toBe('+OK\r\n');
    other.send(
      Buffer.concat([request('GET', 'p'), request('SET', 'p', '1'), request('INCR', 'p'), request('GET', 'p')]),
    );
    expect(await other.reply()).toBe('$-1\r\n');
    expect(await client.line('GET p')).toBe('$-1\r\n');
    expect(await client.line('CLIENT UNPAUSE')).toBe('+OK\r\n');
    expect(await other.replies(3)).toBe('+OK\r\n:2\r\n$1\r\n2\r\n');
    await client.line('CLIENT PAUSE 30 ALL');
    expect(await other.line('GET p')).toBe('$1\r\n2\r\n');
  });

  test('PAUSE WRITE holds an EXEC with writes back, and lets one without pass', async () => {
    await other.line('MULTI');
    await other.line('SET q 1');
    const third = await harness.client();
    await third.line('MULTI');
    await third.line('GET q');
    await client.line('CLIENT PAUSE 100000 WRITE');
    other.send('EXEC\r\n');
    expect(await third.line('EXEC')).toBe('*1\r\n$-1\r\n');
    await client.line('CLIENT UNPAUSE');
    expect(await other.reply()).toBe('*1\r\n+OK\r\n');
  });

  test('REPLY OFF, SKIP and ON: what is not answered is performed and committed', async () => {
    const { commits } = harness.keyspace;
    client.send('CLIENT REPLY OFF\r\nSET off 1\r\n');
    await until(() => harness.keyspace.count(0) === 1, 'the write is there');
    await until(() => harness.keyspace.commits > commits, 'it is committed');
    client.send('INCR off\r\nGET off\r\nCLIENT REPLY ON\r\nGET off\r\n');
    expect(await client.replies(2)).toBe('+OK\r\n$1\r\n2\r\n');
    client.send('CLIENT REPLY SKIP\r\nSET off 5\r\nGET off\r\n');
    expect(await client.reply()).toBe('$1\r\n5\r\n');
  });

  test('KILL ends clients by address, id and filters, and the one that asks after its answer', async () => {
    const [third, fourth] = [await harness.client(), await harness.client()];
    expect(await client.line(`CLIENT KILL ID ${await idOf(third)}`)).toBe(':1\r\n');
    await third.closed;
    const line = (await fourth.line('CLIENT INFO')).replaceAll('\r\n', ' ');
    const address = / addr=(\S+)/.exec(line)![1]!;
    expect(await client.line(`CLIENT KILL ${address}`)).toBe('+OK\r\n');
    await fourth.closed;
    expect(await other.line(`CLIENT KILL ID ${await idOf(other)}`)).toBe(':0\r\n');
    expect(await other.line(`CLIENT KILL ID ${await idOf(other)} SKIPME no`)).toBe(':1\r\n');
    await other.closed;
    expect(await client.line('PING')).toBe('+PONG\r\n');
  });

  test('UNBLOCK ends a WAIT, as if its time were over or with an error, and CLIENT LIST shows who waits', async () => {
    const id = await idOf(other);
    for (const [reason, reply] of [
      ['TIMEOUT', ':0\r\n'],
      ['ERROR', '-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n'],
    ] as const) {
      other.send('WAIT 3 0\r\n');
      await until(() => harness.keyspace.waiting > 0, 'the client waits');
      expect(await client.line(`CLIENT LIST ID ${id}`)).toContain(' flags=b ');
      expect(await client.line(`CLIENT UNBLOCK ${id} ${reason}`)).toBe(':1\r\n');
      expect(await other.reply()).toBe(reply);
      expect(await client.line(`CLIENT UNBLOCK ${id} ${reason}`)).toBe(':0\r\n');
      harness.keyspace.acknowledge(0);
    }
  });
});

describe('a limit that is reached between queueing and EXEC', () => {
  test.each([
    ['of memory', () => (harness.keyspace.outOfMemoryText = 'OOM command not allowed')],
    ['of quorum', () => (harness.keyspace.refuseWrites = 'NOQUORUM too few members')],
  ])('%s fails the EXEC as a whole', async (_what, reach) => {
    await client.line('MULTI');
    await client.line('GET a');
    await client.line('SET a 1');
    const text = reach();
    expect(await client.line('EXEC')).toBe(`-EXECABORT Transaction discarded because of: ${text}\r\n`);
    harness.keyspace.outOfMemoryText = null;
    harness.keyspace.refuseWrites = null;
    expect(await client.line('GET a')).toBe('$-1\r\n');
    expect(await client.line('EXEC')).toBe('-ERR EXEC without MULTI\r\n');
  });

  test('lets a transaction pass that only reads and deletes, and queues nothing more', async () => {
    await client.line('SET a 1');
    await client.line('MULTI');
    await client.line('DEL a');
    harness.keyspace.outOfMemoryText = 'OOM command not allowed';
    expect(await client.line('EXEC')).toBe('*1\r\n:1\r\n');
    await client.line('MULTI');
    expect(await client.line('GET a')).toBe('-OOM command not allowed\r\n');
    expect(await client.line('EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.\r\n');
    harness.keyspace.outOfMemoryText = null;
  });
});
