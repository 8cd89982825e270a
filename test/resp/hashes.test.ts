import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Step } from './conversation.js';
import { HASHES } from './conversation-hashes.js';
import { Harness } from './harness.js';
import { itemsOf, request } from './raw-client.js';
import { describeWithRedis } from './redis-beside.js';
import { SideBySide } from './side-by-side.js';

describeWithRedis('hashes give the same bytes as redis-server (skipped where redis-server is not installed)', () => {
  let both: SideBySide;

  beforeAll(async () => {
    both = await SideBySide.start();
  });

  afterAll(() => both.stop());

  test.each([2, 3])('a conversation in RESP%i', async (protocol) => {
    expect(await both.differences(protocol, HASHES)).toEqual([]);
  });

  test('conversations made by chance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(2, 3),
        fc.array(command, { minLength: 1, maxLength: 30 }),
        async (protocol, steps) => {
          expect(await both.differences(protocol, steps, told)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});

describe('a hash of very many fields', () => {
  test('is read and written whole by one command each, with others served in between', async () => {
    const harness = await Harness.start();
    const [client, other] = [await harness.client(), await harness.client()];
    const fields = Array.from({ length: 3000 }, (_, i) => `field:${i}`);
    client.send(request('HSET', 'h', ...fields.flatMap((field, i) => [field, String(i)])));
    client.send(request('HSET', 'h', ...fields.flatMap((field, i) => [field, String(i + 1)])));
    expect(await other.call('PING')).toBe('+PONG\r\n');
    expect(await client.replies(2)).toBe(':3000\r\n:0\r\n');

    const all = itemsOf(await client.call('HGETALL', 'h'));
    expect(new Map(pairsOf(all)).size).toBe(3000);
    expect(itemsOf(await client.call('HKEYS', 'h')).sort()).toEqual(all.filter((_, i) => i % 2 === 0).sort());
    expect(itemsOf(await client.call('HVALS', 'h')).sort()).toEqual(all.filter((_, i) => i % 2 === 1).sort());
    expect(itemsOf(await client.call('HMGET', 'h', ...fields))).toEqual(fields.map((_, i) => bulk(String(i + 1))));

    for (const count of [1, 100, 2047, 2048, 2049, 2999, 3000, 4000]) {
      const some = itemsOf(await client.call('HRANDFIELD', 'h', String(count)));
      expect(new Set(some).size).toBe(Math.min(count, 3000));
      expect(some).toHaveLength(Math.min(count, 3000));
    }
    expect(itemsOf(await client.call('HRANDFIELD', 'h', '-5000', 'WITHVALUES'))).toHaveLength(10_000);

    const scanned: string[] = [];
    for (let cursor = '0'; ; ) {
      const [next, some] = itemsOf(await client.call('HSCAN', 'h', cursor, 'COUNT', '70', 'MATCH', 'field:*'));
      scanned.push(...itemsOf(some!));
      cursor = next!.split('\r\n')[1]!;
      if (cursor === '0') break;
    }
    expect(scanned.sort()).toEqual(all.sort());
    expect(await client.call('HDEL', 'h', ...fields)).toBe(':3000\r\n');
    expect(await client.call('EXISTS', 'h')).toBe(':0\r\n');
    expect(harness.internalErrors).toEqual([]);
    await harness.stop();
  }, 60_000);
});

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function pairsOf(items: readonly string[]): [string, string][] {
  return items.flatMap((item, i) => (i % 2 === 0 ? [[item, items[i + 1]!] as [string, string]] : []));
}

/** The order of fields says nothing, and what is picked by chance differs. */
function told(reply: string, step: Step): string {
  const [name = '', ...args] = step as string[];
  if (reply.startsWith('-')) return reply;
  const head = reply.slice(0, reply.indexOf('\r\n'));
  if (name === 'HGETALL') return `${head} ${pairsOf(itemsOf(reply)).sort()}`;
  if (name === 'HKEYS' || name === 'HVALS') return `${head} ${itemsOf(reply).sort()}`;
  if (name === 'HSCAN') return reply.length < 20 ? reply : String(pairsOf(itemsOf(itemsOf(reply)[1]!)).sort());
  if (name === 'HRANDFIELD') return args.length === 1 ? head.slice(0, 1) : `${head} ${itemsOf(reply).length}`;
  return reply;
}

const key = fc.constantFrom('h', 'h', 'h', 'other', 'string', 'missing');
const field = fc.constantFrom('a', 'b', 'c', 'n', '', 'a\r\nb');
const value = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.constantFrom(
    '',
    'x',
    '9223372036854775807',
    '-9223372036854775808',
    '3.5',
    '1e3',
    '0x10',
    ' 1',
    '01',
    'inf',
    'nan',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map(String),
);
const count = fc.oneof(fc.integer({ min: -8, max: 8 }).map(String), fc.constantFrom('x', '9223372036854775807', '1.5'));
const pairs = fc.array(fc.tuple(field, value), { minLength: 0, maxLength: 4 }).map((all) => all.flat());
const fields = fc.array(field, { maxLength: 4 });

const command: fc.Arbitrary<string[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom('HSET', 'HMSET'), key, pairs).map(([name, at, all]) => [name, at, ...all]),
  },
  fc.tuple(fc.constantFrom('HSET', 'HSETNX', 'HINCRBY', 'HINCRBYFLOAT'), key, field, value),
  fc.tuple(fc.constantFrom('HDEL', 'HMGET'), key, fields).map(([name, at, all]) => [name, at, ...all]),
  fc.tuple(fc.constantFrom('HGET', 'HEXISTS', 'HSTRLEN'), key, field),
  fc.tuple(fc.constantFrom('HGETALL', 'HKEYS', 'HVALS', 'HLEN', 'TYPE', 'EXISTS', 'DEL', 'PERSIST'), key),
  fc.tuple(fc.constant('HRANDFIELD'), key),
  fc
    .tuple(fc.constant('HRANDFIELD'), key, count, fc.constantFrom([], ['WITHVALUES'], ['FOO']))
    .map(([name, at, many, rest]) => [name, at, many, ...rest]),
  fc
    .tuple(
      fc.constant('HSCAN'),
      key,
      fc.constantFrom('0', '0', 'x'),
      fc.constantFrom([], ['MATCH', 'a*'], ['COUNT', '3'], ['COUNT', '0'], ['TYPE', 'hash']),
    )
    .map(([name, at, cursor, rest]) => [name, at, cursor, ...rest]),
  fc.constantFrom<string[][]>(
    ['SET', 'string', 'v'],
    ['SET', 'h', 'v'],
    ['RENAME', 'h', 'other'],
    ['COPY', 'h', 'other'],
    ['EXPIRE', 'h', '100'],
    ['TTL', 'h'],
  ),
);
