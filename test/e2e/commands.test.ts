import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Step } from '../resp/conversation.js';
import { KEYS } from '../resp/conversation-keys.js';
import { STRINGS } from '../resp/conversation-strings.js';
import { Harness } from '../resp/harness.js';
import { RawClient } from '../resp/raw-client.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const portOf = ({ address }: NodeProcess): number => Number(address.split(':')[1]);
const play = (client: RawClient, step: Step): Promise<string> =>
  typeof step === 'string' ? client.line(step) : client.call(...step);

describe('two nodes', () => {
  const directory = temporaryDirectory();
  const a = new NodeProcess('a', `${directory.path}/a`, ['--allow-drills']);
  const b = new NodeProcess('b', `${directory.path}/b`, ['--allow-drills']);
  let atA: RawClient;
  let atB: RawClient;

  beforeAll(async () => {
    await a.start();
    await b.start(a.address);
    await untilInSync(a, b);
    await mneme(['cluster', 'settings', 'on-heal', 'manual', '--node', a.address]);
    await mneme(['cluster', 'settings', 'failure-timeout', '1s', '--node', a.address]);
    atA = await RawClient.connect(portOf(a));
    atB = await RawClient.connect(portOf(b));
  }, 60_000);

  afterAll(async () => {
    atA.close();
    atB.close();
    await Promise.all([a.kill(), b.kill()]);
    directory.remove();
  });

  /** What was written at one node so far is at the other. */
  const settle = (client: RawClient): Promise<string> => client.line('WAIT 1 0');

  test('strings, bits, floats and keys are handled as over a plain map, which is compared with Redis', async () => {
    const harness = await Harness.start();
    const plain = await harness.client();
    const differences: unknown[] = [];
    for (const step of [...STRINGS, ...KEYS]) {
      const [real, expected] = [await play(atA, step), await play(plain, step)];
      if (real !== expected) differences.push({ step, real, expected });
    }
    expect(differences).toEqual([]);
    await harness.stop();
  }, 60_000);

  test('a renamed, copied or moved key, and exchanged databases, are the same at the other node', async () => {
    for (const line of [
      'FLUSHALL',
      'MSET from 1 copied 2 moved 3 stays 4',
      'PEXPIREAT from 32503680000000',
      'RENAME from to',
      'COPY copied copy DB 2',
      'MOVE moved 2',
      'SWAPDB 0 2',
    ]) {
      await atA.line(line);
    }
    expect(await settle(atA)).toBe(':1\r\n');
    for (const client of [atA, atB]) {
      await client.line('SELECT 2');
      expect(await client.line('MGET from to copied moved stays')).toBe(
        '*5\r\n$-1\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n$1\r\n4\r\n',
      );
      expect(await client.line('PEXPIRETIME to')).toBe(':32503680000000\r\n');
      await client.line('SELECT 0');
      expect(await client.line('MGET copy moved to')).toBe('*3\r\n$1\r\n2\r\n$1\r\n3\r\n$-1\r\n');
    }
  });

  test('DBSIZE and INFO count no key that has expired, and INFO says how many expire', async () => {
    await atA.line('FLUSHALL');
    for (let i = 0; i < 50; i++) await atA.line(`SET soon:${i} x PX 40`);
    await atA.line('SET later x EX 1000');
    await atA.line('SET never x');
    expect(await atA.line('INFO keyspace')).toMatch(/db0:keys=\d+,expires=\d+,/);
    await until('they have expired', async () => (await atA.line('EXISTS soon:49')) === ':0\r\n');
    expect(await atA.line('DBSIZE')).toBe(':2\r\n');
    expect(await atA.line('INFO keyspace')).toContain('db0:keys=2,expires=1,avg_ttl=0');
    await atA.line('SET later x KEEPTTL');
    await atA.line('SET soon:1 x PX 1');
    await until('it has expired', async () => (await atA.line('EXISTS soon:1')) === ':0\r\n');
    await atA.line('FLUSHDB');
    expect(await atA.line('DBSIZE')).toBe(':0\r\n');
  });

  test('SWAPDB is refused on a node that holds too many keys to do it at once', async () => {
    for (let from = 0; from < 50_001; from += 1000) {
      await atA.call('MSET', ...Array.from({ length: 1000 }, (_, i) => [`many:${from + i}`, '1']).flat());
    }
    expect(await atA.line('SWAPDB 0 1')).toMatch(/^-ERR SWAPDB is refused on a node that holds more than 50000 keys/);
    await atA.line('FLUSHALL');
    await settle(atA);
  }, 60_000);

  test('WAIT counts nobody for a write that a promotion has set aside, and counts the next one', async () => {
    await mneme(['drill', 'partition', 'b', '--node', a.address]);
    for (const { address } of [a, b]) {
      const isApart = async () => (await statusOf(address)).members.some(({ link }) => link === 'down');
      await until('they count each other as down', isApart);
    }
    await atA.line('SET fought a');
    await atB.line('SET fought b');
    const waiter = await RawClient.connect(portOf(b));
    await waiter.line('SET waited 1');
    waiter.send('WAIT 1 0\r\n');
    await mneme(['drill', 'heal', '--node', a.address]);
    await mneme(['drill', 'heal', '--node', b.address]);
    await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length > 0);
    const promoted = await mneme(['split-brain', 'promote', 'a', '--yes', '--node', a.address]);
    expect(promoted.code).toBe(0);
    await until('the promoted value is there', async () => (await atB.line('GET fought')) === '$1\r\na\r\n');
    expect(await waiter.reply()).toBe(':0\r\n');
    expect(await atB.line('WAIT 1 1000')).toBe(':0\r\n');
    await atB.line('SET fought again');
    expect(await atB.line('WAIT 1 10000')).toBe(':1\r\n');
    waiter.close();
  }, 60_000);
});
