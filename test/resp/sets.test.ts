import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { walking } from '../../src/fronts/resp/commands/set/walking.js';
import type { Context } from '../../src/fronts/resp/session.js';
import type { Step } from './conversation.js';
import { SETS } from './conversation-sets.js';
import { Harness } from './harness.js';
import { MemoryKeyspace } from './memory-keyspace.js';
import { itemsOf, type RawClient } from './raw-client.js';
import { describeWithRedis } from './redis-beside.js';
import { SideBySide } from './side-by-side.js';

describeWithRedis('sets give the same bytes as redis-server (skipped where redis-server is not installed)', () => {
  let both: SideBySide;

  beforeAll(async () => {
    both = await SideBySide.start();
  });

  afterAll(() => both.stop());

  test.each([2, 3])('a conversation in RESP%i', async (protocol) => {
    expect(await both.differences(protocol, SETS, inOrder)).toEqual([]);
  });

  test.each([2, 3])(
    'commands by chance, with keys of all types, in RESP%i',
    async (protocol) => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 60 }), async (commands) => {
          const looks: Step[] = ['k1', 'k2', 'k3'].flatMap((key) => [`TYPE ${key}`, `SMEMBERS ${key}`, `PTTL ${key}`]);
          expect(await both.differences(protocol, [...TYPES, ...commands, ...looks], inOrder)).toEqual([]);
        }),
        { numRuns: 40 },
      );
    },
    60_000,
  );
});

describe('a set of thousands of members', () => {
  let harness: Harness;
  let client: RawClient;
  const all = Array.from({ length: 4500 }, (_, i) => `m${i}`);

  beforeAll(async () => {
    harness = await Harness.start();
    client = await harness.client();
    await client.call('SADD', 's', ...all);
    await client.call('SADD', 'other', ...all.slice(2000), ...all.slice(0, 2000).map((name) => `x${name}`));
  });

  afterAll(async () => {
    expect(harness.internalErrors).toEqual([]);
    await harness.stop();
  });

  async function membersOf(...command: string[]): Promise<string[]> {
    return itemsOf(await client.call(...command)).map((item) => item.split('\r\n')[1]!);
  }

  test('is told as a whole, and combined', async () => {
    expect((await membersOf('SMEMBERS', 's')).sort()).toEqual([...all].sort());
    expect((await membersOf('SINTER', 's', 'other')).sort()).toEqual(all.slice(2000).sort());
    expect((await membersOf('SDIFF', 's', 'other')).sort()).toEqual(all.slice(0, 2000).sort());
    expect(new Set(await membersOf('SUNION', 's', 'other')).size).toBe(6500);
    expect(await client.call('SUNIONSTORE', 'both', 's', 'other', 's')).toBe(':6500\r\n');
    expect(await client.call('SINTERCARD', '2', 's', 'both')).toBe(':4500\r\n');
    expect(await client.call('SINTERCARD', '2', 's', 'both', 'LIMIT', '1000')).toBe(':1000\r\n');
    expect(await client.call('SMISMEMBER', 's', ...all)).toBe(`*4500\r\n${':1\r\n'.repeat(4500)}`);
  });

  test.each([10, 2000, 3500, 4499, 4500, 7000])('%i different ones are picked by chance', async (count) => {
    const picked = await membersOf('SRANDMEMBER', 's', String(count));
    expect(picked.length).toBe(Math.min(count, all.length));
    expect(new Set([...picked, ...all]).size).toBe(all.length);
    expect(new Set(picked).size).toBe(picked.length);
  });

  test('a walk by cursor meets each member once', async () => {
    const met: string[] = [];
    let cursor = '0';
    do {
      const [next, found] = itemsOf(await client.call('SSCAN', 's', cursor, 'COUNT', '500'));
      cursor = next!.split('\r\n')[1]!;
      met.push(...itemsOf(found!));
    } while (cursor !== '0');
    expect(met.length).toBe(all.length);
    expect(new Set(met).size).toBe(all.length);
  });

  test('members are popped until there is none', async () => {
    const popped = [await membersOf('SPOP', 's', '2000'), await membersOf('SPOP', 's', '5000')].flat();
    expect(popped.sort()).toEqual([...all].sort());
    expect(await client.call('EXISTS', 's')).toBe(':0\r\n');
    expect(await client.call('SREM', 'other', ...all)).toBe(':2500\r\n');
  });

  test.each([
    ['SRANDMEMBER', 1],
    ['SRANDMEMBER', 3],
    ['SRANDMEMBER', 7],
    ['SRANDMEMBER', -5],
  ])('%s %i picks each of ten as often as any other', async (name, count) => {
    await client.call('SADD', 'ten', ...all.slice(0, 10));
    const times = new Map<string, number>();
    const rounds = Math.ceil(10_000 / Math.abs(count));
    for (let i = 0; i < rounds; i++)
      for (const member of await membersOf(name, 'ten', String(count))) times.set(member, (times.get(member) ?? 0) + 1);
    // A thousand each; seven standard deviations are 210.
    for (const member of all.slice(0, 10)) expect(Math.abs(times.get(member)! - 1000)).toBeLessThan(210);
  });
});

test('a member that is there throughout is met once, whatever else comes and goes between two batches', () => {
  const keyspace = new MemoryKeyspace();
  const context = { keyspace, session: { database: 0 }, hold: () => {} } as unknown as Context;
  const key = Buffer.from('s');
  const put = (name: string) => keyspace.putPart(0, key, 'set', Buffer.from(name), Buffer.alloc(0));
  for (let i = 0; i < 1000; i++) put(`stays${i}`);
  for (let i = 0; i < 1000; i++) put(`goes${i}`);
  const met: string[] = [];
  const walk = walking(context, key, (members) => {
    for (const { name } of members) met.push(Buffer.from(name).toString());
    return true;
  });
  for (let i = 0; walk.next().done !== true; i++) {
    for (let j = 0; j < 100; j++) put(`comes${i}/${j}`);
    for (let j = 0; j < 100; j++) keyspace.deletePart(0, key, 'set', Buffer.from(`goes${100 * i + j}`));
  }
  expect(new Set(met).size).toBe(met.length);
  expect(met.filter((name) => name.startsWith('stays')).length).toBe(1000);
});

const TYPES: Step[] = ['SET string v', 'HSET hash f v'];
const key = fc.constantFrom('k1', 'k2', 'k3', 'k1', 'k2', 'k3', 'string', 'hash', 'missing');
const keys = fc.array(key, { minLength: 1, maxLength: 4 });
const member = fc.oneof(
  fc.integer({ min: -3, max: 12 }).map(String),
  fc.constantFrom('', 'a', 'b', 'x'.repeat(100), '01', '9223372036854775808'),
);
const members = fc.array(member, { minLength: 1, maxLength: 8 });
const numbers = fc.constantFrom('-1', '0', '1', '2', '3', '1000', 'x', '');

function words(...parts: fc.Arbitrary<string | string[]>[]): fc.Arbitrary<Step> {
  return fc.tuple(...parts).map((all) => all.flat());
}

/** What picks by chance takes a set of which nothing is left to chance: all of it, or none. */
const command: fc.Arbitrary<Step> = fc.oneof(
  words(fc.constantFrom('SADD', 'sadd', 'SREM', 'SMISMEMBER'), key, members),
  words(fc.constant('SADD'), key, members),
  words(fc.constantFrom('SISMEMBER', 'SREM'), key, member),
  words(fc.constantFrom('SCARD', 'SMEMBERS', 'TYPE', 'DEL', 'PERSIST'), key),
  words(fc.constant('PEXPIREAT'), key, fc.constant('32503680000000')),
  words(fc.constant('SMOVE'), key, key, member),
  words(fc.constantFrom('SINTER', 'SUNION', 'SDIFF'), keys),
  words(fc.constantFrom('SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE'), key, keys),
  fc.tuple(keys, fc.constantFrom([], ['LIMIT', '2'], ['LIMIT', 'x'], ['FOO'])).map(([some, rest]) => {
    return ['SINTERCARD', String(some.length), ...some, ...rest];
  }),
  words(fc.constantFrom('SPOP', 'SRANDMEMBER'), key, fc.constantFrom('0', '1000', '-0', 'x')),
  words(fc.constant('SSCAN'), key, fc.constantFrom('0', 'x'), fc.constantFrom('COUNT', 'MATCH'), numbers).filter(
    // Redis tells a set of integers as a whole whatever COUNT says.
    (step) => !/^[1-3]$/.test(String(step[4])),
  ),
);

/** The order of members says nothing. */
function inOrder(reply: string, step: Step): string {
  const [name] = typeof step === 'string' ? step.split(' ') : step;
  if (/^(SMEMBERS|SINTER|SUNION|SDIFF|SPOP|SRANDMEMBER)$/i.test(String(name)) && '*~'.includes(reply[0]!))
    return sorted(reply);
  if (!/^SSCAN$/i.test(String(name)) || reply[0] !== '*') return reply;
  const [cursor, found] = itemsOf(reply);
  return `${cursor}${sorted(found!)}`;
}

function sorted(reply: string): string {
  return reply.slice(0, reply.indexOf('\n') + 1) + itemsOf(reply).sort().join('');
}
