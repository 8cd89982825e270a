import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  describe as describeCommand,
  summaryOf,
  textsOf,
} from '../../src/fronts/resp/commands/command/command-data.js';
import { COMMANDS } from '../../src/fronts/resp/commands/registry.js';
import { Harness } from './harness.js';
import { itemsOf, type RawClient, request } from './raw-client.js';

const ALL = COMMANDS.all.flatMap((command) => [command, ...(command.subcommands ?? [])]);

let harness: Harness;
let client: RawClient;

beforeAll(async () => {
  harness = await Harness.start();
});

beforeEach(async () => {
  harness.keyspace.stored.clear();
  harness.keyspace.fixedNowMs = 1_700_000_000_000;
  client = await harness.client();
});

afterAll(() => harness.stop());

/** Plays inline commands and gives the replies joined, line ends shown as "|". */
async function play(...lines: string[]): Promise<string> {
  let all = '';
  for (const line of lines) all += await client.line(line);
  return all.replaceAll('\r\n', '|');
}

describe('time', () => {
  test('an entry is gone from its expiry on, and its time to live is rounded to seconds', async () => {
    expect(await play('SET a 1 PX 1500', 'TTL a', 'PTTL a')).toBe('+OK|:2|:1500|');
    harness.keyspace.fixedNowMs! += 1499;
    expect(await play('GET a', 'TTL a', 'PTTL a')).toBe('$1|1|:0|:1|');
    harness.keyspace.fixedNowMs! += 1;
    expect(await play('GET a', 'TTL a', 'EXISTS a', 'DBSIZE', 'EXPIRE a 10', 'PERSIST a')).toBe('$-1|:-2|:0|:0|:0|:0|');
  });

  test('expiries beyond 24.8 days and beyond the safe integers hold', async () => {
    expect(await play('SET a 1 EX 31536000', 'TTL a')).toBe('+OK|:31536000|');
    expect(await play('PEXPIREAT a 9007199254740993', 'PEXPIRETIME a')).toBe(':1|:9007199254740994|');
    expect(await play('SET a 1 PXAT 9223372036854775807', 'PEXPIRETIME a', 'EXPIRETIME a')).toBe(
      '+OK|:9223372036854775807|:9223372036854776|',
    );
    expect(await play('EXPIREAT a 9223372036854775', 'PEXPIRETIME a', 'EXPIRETIME a')).toBe(
      ':1|:9223372036854775000|:9223372036854775|',
    );
    expect(await play('SET a 1 EXAT 9223372036854775807')).toContain('invalid expire time');
    expect(await play('PEXPIREAT a 9223372036854775807', 'GET a')).toBe(':1|$1|1|');
  });

  test('a write with an expiry in the past deletes what is there', async () => {
    await play('MSET a 1 b 2 c 3 d 4');
    expect(await play('SET a 9 PXAT 5', 'GETEX b EXAT 5', 'EXPIREAT c 0', 'PEXPIRE d -1')).toBe('+OK|$1|2|:1|:1|');
    expect(await play('EXISTS a b c d', 'DBSIZE')).toBe(':0|:0|');
  });

  test('TIME is that of the node', async () => {
    harness.keyspace.fixedNowMs = 1_700_000_000_123;
    expect(await play('TIME')).toBe('*2|$10|1700000000|$6|123000|');
  });

  test('a watched key that expires fails the transaction', async () => {
    await play('SET a 1 PX 10', 'WATCH a', 'MULTI', 'PING');
    harness.keyspace.fixedNowMs! += 10;
    expect(await play('EXEC', 'GET a')).toBe('*-1|$-1|');
  });
});

describe('transactions between connections', () => {
  test.each(['SET a 2', 'DEL a', 'EXPIRE a 100', 'FLUSHALL', 'FLUSHDB', 'INCR a'])(
    'a watched key that another client changes by %s fails the transaction',
    async (line) => {
      const other = await harness.client();
      await play('SET a 1', 'WATCH a', 'MULTI', 'SET b 1');
      await other.line(line);
      expect(await play('EXEC', 'EXISTS b')).toBe('*-1|:0|');
    },
  );

  test('a watched missing key that another client creates fails the transaction, one that stays missing does not', async () => {
    const other = await harness.client();
    await play('WATCH a', 'MULTI', 'PING');
    await other.line('SET a 1');
    expect(await play('EXEC')).toBe('*-1|');
    await play('WATCH b', 'MULTI', 'PING');
    await other.line('FLUSHALL');
    expect(await play('EXEC')).toBe('*1|+PONG|');
  });

  test.each([
    ['SET a 1', 'GET a'],
    ['SET a 1', 'EXISTS x a'],
    ['HSET a f 1', 'HGETALL a'],
    ['SADD a m', 'SUNION x a'],
    ['ZADD a 1 m', 'ZUNION 2 x a'],
    ['SET a 1', `EVAL "return redis.call('GET', KEYS[1])" 1 a`],
  ])(
    'a watched missing key that %s makes, the client looks at by %s, and is deleted again, fails the transaction',
    async (make, look) => {
      const other = await harness.client();
      await play('WATCH y a');
      await other.line(make);
      await play(look);
      await other.line('DEL a');
      expect(await play('MULTI', 'SET b 1', 'EXEC', 'EXISTS b')).toBe('+OK|+QUEUED|*-1|:0|');
      expect(await play('WATCH a', 'GET a', 'MULTI', 'SET b 1', 'EXEC')).toBe('+OK|$-1|+OK|+QUEUED|*1|+OK|');
    },
  );

  test('a key watched twice keeps the first version', async () => {
    await play('SET a 1', 'WATCH a', 'SET a 2', 'WATCH a', 'MULTI', 'PING');
    expect(await play('EXEC')).toBe('*-1|');
  });
});

describe('copies', () => {
  test('keys and values given to the keyspace share no memory with what the socket delivered', async () => {
    await client.call('SET', 'a', 'value');
    await client.call('MSET', 'b', '1', 'c', '2');
    await client.call('APPEND', 'd', 'x');
    await client.call('INCR', 'e');
    for (const bucket of harness.keyspace.stored.values()) {
      for (const { key, value } of bucket.values()) {
        expect(key.buffer.byteLength).toBe(key.length);
        expect(value.buffer.byteLength).toBe(value.length);
      }
    }
  });

  test('a queued command keeps its arguments although the next read overwrites nothing of them', async () => {
    client.send(request('MULTI'));
    client.send(request('SET', 'queued', 'x'.repeat(100)));
    expect(await client.replies(2)).toBe('+OK\r\n+QUEUED\r\n');
    expect(await client.call('GET', 'y'.repeat(200))).toBe('+QUEUED\r\n');
    await client.call('EXEC');
    expect(await client.call('GET', 'queued')).toBe(`$100\r\n${'x'.repeat(100)}\r\n`);
  });
});

describe('walks over the keys', () => {
  /** All keys that a SCAN from 0 to 0 gives. */
  async function scanAll(...options: string[]): Promise<string[]> {
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, keys] = itemsOf(await client.call('SCAN', cursor, ...options)) as [string, string];
      cursor = next.split('\r\n')[1]!;
      found.push(...itemsOf(keys).map((item) => item.split('\r\n')[1]!));
    } while (cursor !== '0');
    return found;
  }

  test('SCAN meets every key once, whatever COUNT', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `key:${i}`);
    await client.call('MSET', ...names.flatMap((name) => [name, '1']));
    for (const count of ['1', '10', '1000', '100000']) {
      expect((await scanAll('COUNT', count)).sort()).toEqual([...names].sort());
    }
    expect((await scanAll('MATCH', 'key:1?', 'COUNT', '500')).length).toBe(10);
    expect(await scanAll('TYPE', 'hash', 'COUNT', '1000')).toEqual([]);
  });

  test('SCAN meets keys that are there throughout, once, while others come and go', async () => {
    const stable = Array.from({ length: 500 }, (_, i) => `stable:${i}`);
    await client.call('MSET', ...stable.flatMap((name) => [name, '1']));
    const found: string[] = [];
    let cursor = '0';
    let round = 0;
    do {
      const [next, keys] = itemsOf(await client.call('SCAN', cursor, 'COUNT', '20')) as [string, string];
      cursor = next.split('\r\n')[1]!;
      found.push(...itemsOf(keys).map((item) => item.split('\r\n')[1]!));
      await client.call('MSET', ...Array.from({ length: 20 }, (_, i) => [`other:${round}:${i}`, '1']).flat());
      await client.call('DEL', ...Array.from({ length: 20 }, (_, i) => `other:${round - 1}:${i}`));
      round++;
    } while (cursor !== '0');
    expect(found.filter((name) => name.startsWith('stable:')).sort()).toEqual([...stable].sort());
  });

  test('a SCAN cursor beyond the buckets is the end', async () => {
    await play('SET a 1');
    expect(await play('SCAN 4096', 'SCAN 18446744073709551615', 'SCAN -1')).toBe('*2|$1|0|*0|'.repeat(3));
  });

  test('RANDOMKEY gives a key of the database', async () => {
    await play('SELECT 3', 'SET a 1', 'SET b 1');
    for (let i = 0; i < 20; i++) expect(['$1|a|', '$1|b|']).toContain(await play('RANDOMKEY'));
  });

  test('a long KEYS lets other clients in between, and answers whole', async () => {
    await client.call('MSET', ...Array.from({ length: 2000 }, (_, i) => [`key:${i}`, '1']).flat());
    const other = await harness.client();
    const keysOf = harness.keyspace.keysOf.bind(harness.keyspace);
    let isDone = false;
    harness.keyspace.keysOf = (database, bucket) => {
      for (const end = performance.now() + 0.02; performance.now() < end; );
      return keysOf(database, bucket);
    };
    const keys = client.call('KEYS', '*').then((reply) => {
      isDone = true;
      return reply;
    });
    client.send(request('PING'));
    let answeredBetween = 0;
    while (!isDone) {
      await other.call('PING');
      answeredBetween++;
    }
    expect(answeredBetween).toBeGreaterThan(3);
    expect(itemsOf(await keys)).toHaveLength(2000);
    expect(await client.reply()).toBe('+PONG\r\n');
    client.send(Buffer.concat([request('FLUSHALL'), request('DBSIZE')]));
    expect(await client.replies(2)).toBe('+OK\r\n:0\r\n');
    harness.keyspace.keysOf = keysOf;
  });
});

describe('a node at its limit of memory', () => {
  test('refuses commands that take memory, one by one and in a transaction, and takes all others', async () => {
    await play('SET a 1', 'SET b 1');
    harness.keyspace.outOfMemoryText = "OOM command not allowed when used memory > 'maxmemory'.";
    const refused = "-OOM command not allowed when used memory > 'maxmemory'.|";
    expect(await play('SET a 2 EX 10', 'INCR a', 'APPEND a x', 'MSET a 1')).toBe(refused.repeat(4));
    expect(await play('GET a', 'EXPIRE a 100', 'DEL b', 'GETDEL a')).toBe('$1|1|:1|:1|$1|1|');
    expect(await play('MULTI', 'SET a 2', 'EXEC')).toBe(
      `+OK|${refused}-EXECABORT Transaction discarded because of previous errors.|`,
    );
    harness.keyspace.outOfMemoryText = null;
  });

  test('shows and changes the limit by CONFIG', async () => {
    expect(await play('CONFIG GET maxmemory')).toBe('*2|$9|maxmemory|$1|0|');
    expect(await play('CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru', 'CONFIG GET MAXMEMORY-P*')).toBe(
      '+OK|*2|$16|maxmemory-policy|$11|allkeys-lru|',
    );
    expect(await play('CONFIG GET nosuch')).toBe('*0|');
    expect(await play('CONFIG SET save')).toBe("-ERR wrong number of arguments for 'config|set' command|");
    expect(await play('CONFIG SET save 1', 'CONFIG SET nosuch 1')).toMatch(
      /^-ERR CONFIG SET failed .* 'save'\) - can't set immutable config\|-ERR Unknown option/,
    );
    expect(await play('CONFIG FLY')).toMatch(/^-ERR unknown subcommand 'FLY'/);
    expect(await play('FUNCTION LOAD x', 'FUNCTION FLY')).toMatch(
      /^-ERR there are no functions here: use scripts, by EVAL, .*\|-ERR unknown subcommand 'FLY'/,
    );
  });
});

describe('databases', () => {
  test('are apart, and FLUSHDB empties the current one only', async () => {
    expect(await play('SET a 0', 'SELECT 15', 'SET a 15', 'SET b 15', 'DBSIZE', 'FLUSHDB')).toBe(
      '+OK|+OK|+OK|+OK|:2|+OK|',
    );
    expect(await play('DBSIZE', 'SELECT 0', 'GET a', 'FLUSHALL', 'DBSIZE')).toBe(':0|+OK|$1|0|+OK|:0|');
  });
});

describe('facts', () => {
  test('INFO has the sections of Redis and those of the node, all or the wanted ones', async () => {
    await play('SET a 1');
    const info = await play('INFO');
    for (const line of [
      'redis_version:7.0.15',
      'redis_mode:standalone',
      'loading:0',
      'extra:1',
      'node:a',
      'db0:keys=1,',
    ]) {
      expect(info).toContain(`|${line}`);
    }
    expect(await play('INFO mneme')).toBe('$38|# Mneme|mneme_version:0.1.0|node:a||');
    expect(await play('INFO nosuch')).toBe('$0||');
    expect(await play('HELLO 3', 'INFO mneme')).toContain('=42|txt:# Mneme|');
  });

  test('CLIENT LIST and INFO show who is connected', async () => {
    const other = await harness.client();
    await other.call('CLIENT', 'SETNAME', 'worker');
    await other.call('CLIENT', 'SETINFO', 'lib-name', 'tester');
    await other.call('CLIENT', 'SETINFO', 'LIB-VER', '1.2');
    await other.call('SELECT', '4');
    const list = await play('CLIENT LIST');
    expect(list).toMatch(/ name=worker .* db=4 .* cmd=select .* lib-name=tester lib-ver=1.2/);
    const info = await play('CLIENT INFO');
    const id = /id=(\d+)/.exec(info)![1];
    expect(await play('CLIENT ID')).toBe(`:${id}|`);
    expect(info).toContain(`laddr=127.0.0.1:${harness.port}`);
    expect(await play(`CLIENT LIST ID ${id}`)).toContain(`id=${id} `);
    expect(await play('CLIENT LIST TYPE normal')).toContain('name=worker');
    expect(await play('CLIENT SETINFO lib-name "a b"')).toMatch(/^-ERR lib-name cannot contain spaces/);
    expect(await play('CLIENT SETINFO foo bar')).toBe("-ERR Unrecognized option 'foo'|");
    expect(await play('CLIENT NO-TOUCH on', 'CLIENT NO-TOUCH x')).toBe('+OK|-ERR syntax error|');
    expect(await play('CLIENT HELP')).toContain('+CLIENT <subcommand>');
  });

  test('COMMAND describes every command', async () => {
    const count = COMMANDS.all.length;
    expect(await play('COMMAND COUNT')).toBe(`:${count}|`);
    expect(itemsOf(await client.line('COMMAND'))).toHaveLength(count);
    expect(itemsOf(await client.line('COMMAND LIST'))).toHaveLength(ALL.length);
    expect(itemsOf(await client.line('COMMAND DOCS'))).toHaveLength(2 * count);
    expect(await play('COMMAND DOCS get')).toContain('$7|summary|$22|Get the value of a key|');
    expect(await play('COMMAND INFO client|id')).toContain('$9|client|id|:2|');
    expect(await play('COMMAND LIST FILTERBY ACLCAT transaction')).toMatch(/^\*5\|/);
    expect(await play('COMMAND LIST FILTERBY PATTERN *client|getn*')).toBe('*1|$14|client|getname|');
    expect(await play('COMMAND INFO mneme', 'COMMAND DOCS mneme')).toContain('$5|since|$5|0.1.0|');
    expect(await play('COMMAND HELP')).toContain('+COMMAND <subcommand>');
  });

  test.each(ALL.map((command) => [command.name, command] as const))('%s is consistent', async (name, command) => {
    expect(name).toBe(name.toLowerCase());
    // To a Redis Cluster a channel of a shard is a key.
    expect(command.keys === undefined || command.needsData === true || command.flags.includes('pubsub')).toBe(true);
    expect(command.flags.includes('write') && command.needsData !== true).toBe(false);
    for (const sub of command.subcommands ?? []) expect(sub.name.startsWith(`${name}|`)).toBe(true);
    const { info } = await describeCommand(command);
    const { first, last, step } = command.keys ?? { first: 0, last: 0, step: 0 };
    expect(info.slice(0, 2)).toEqual([name, command.arity]);
    expect(textsOf(info[2]!).sort()).toEqual([...command.flags].sort());
    expect(info.slice(3, 6)).toEqual([first, last, step]);
    // What Redis 7.0 does not know describes itself.
    expect(await summaryOf(command)).not.toBe('');
  });
});
