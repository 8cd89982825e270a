import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withFooter } from '../../src/engines/redis/dump-version.js';
import { KINDS } from './conversation-kinds.js';
import { Harness } from './harness.js';
import { KnownUsers } from './known-users.js';
import { itemsOf, type RawClient } from './raw-client.js';
import { describeWithRedis } from './redis-beside.js';
import { SideBySide } from './side-by-side.js';

const FAR_MS = '32503680000000';
const MANY = Array.from({ length: 2000 }, (_, i) => i);
const BINARY = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** How each is made, and told in an order that both have. */
const DUMPED: [string, (string | Buffer)[], string[]][] = [
  ['a hash of one field', ['HSET', 'k', 'f', 'v'], ['HGETALL', 'k']],
  [
    'a hash of numbers, long and binary values',
    ['HSET', 'k', '1', '-5', 'a', 'x'.repeat(300), BINARY, BINARY, '', '', '70000', '3000000000'],
    ['HGETALL', 'k'],
  ],
  ['a hash of very many fields', ['HSET', 'k', ...MANY.flatMap((i) => [`field:${i}`, String(i)])], ['HGETALL', 'k']],
  ['a set of numbers', ['SADD', 'k', '1', '-70000', '9223372036854775807'], ['SMEMBERS', 'k']],
  ['a set of small numbers', ['SADD', 'k', ...MANY.map(String)], ['SMEMBERS', 'k']],
  ['a set', ['SADD', 'k', 'a', '', BINARY, 'the same words again and again, '.repeat(500)], ['SMEMBERS', 'k']],
  [
    'a sorted set',
    ['ZADD', 'k', '1', 'a', '-1.5', 'b', 'inf', 'c', '-inf', 'd', '0.1', '', '3e300', 'e', '5e-324', 'f'],
    ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'],
  ],
  [
    'a large sorted set',
    ['ZADD', 'k', ...MANY.flatMap((i) => [String(i / 7), `member:${i}`])],
    ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'],
  ],
];

const hex = (digits: string) => Buffer.from(digits, 'hex');

const OF_BEFORE: [string, Buffer, string[]][] = [
  [
    'a hash of texts and numbers of all widths',
    dumped(
      13,
      ziplist(
        ...[
          zipText('f'),
          zipText('v'.repeat(40)),
          zipText('long'),
          zipText('x'.repeat(300)),
          zipText('after'),
          hex('f1'),
        ],
        ...[
          zipText('12'),
          hex('fd'),
          zipText('i8'),
          hex('fe80'),
          zipText('i16'),
          hex('c0ff7f'),
          zipText('i24'),
          hex('f0000080'),
        ],
        ...[zipText('i32'), hex('d000000080'), zipText('i64'), hex('e00000000000000080')],
      ),
    ),
    ['HGETALL', 'k'],
  ],
  [
    'a sorted set in a ziplist',
    dumped(12, ziplist(zipText('a'), hex('f2'), zipText('b'), zipText('2.5'), zipText('c'), zipText('inf'))),
    ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'],
  ],
  [
    'a sorted set with its scores as texts',
    Buffer.concat([hex('0303'), hex('0161'), hex('03'), Buffer.from('1.5'), hex('0162fe'), hex('0163ff')]),
    ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'],
  ],
];

describeWithRedis('values of all kinds beside redis-server (skipped where redis-server is not installed)', () => {
  let both: SideBySide;

  beforeAll(async () => {
    both = await SideBySide.start();
  });

  afterAll(() => both.stop());

  test.each([2, 3])('a conversation in RESP%i', async (protocol) => {
    expect(await both.differences(protocol, KINDS)).toEqual([]);
  });

  test.each(DUMPED)(
    '%s dumped here is restored by Redis, and dumped there it is restored here',
    async (_what, made, told) => {
      const { ours, theirs } = await both.pair(2);
      for (const client of [ours, theirs]) await client.call(...made);
      const expected = await sorted(theirs, told);
      const dumps = [bulkOf(await ours.call('DUMP', 'k')), bulkOf(await theirs.call('DUMP', 'k'))];
      for (const [to, other] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        for (const dump of dumps) {
          expect(await to.call('RESTORE', 'k', '0', dump)).toBe('-BUSYKEY Target key name already exists.\r\n');
          expect(await to.call('RESTORE', 'k', FAR_MS, dump, 'REPLACE', 'ABSTTL')).toBe('+OK\r\n');
          expect(await sorted(to, told)).toEqual(expected);
          expect(await to.call('PEXPIRETIME', 'k')).toBe(`:${FAR_MS}\r\n`);
          expect(await to.call('TYPE', 'k')).toBe(await other.call('TYPE', 'k'));
        }
      }
      const [dump] = dumps;
      expect(await ours.call('RESTORE', 'past', '1', dump!, 'ABSTTL')).toBe('+OK\r\n');
      expect(await ours.call('EXISTS', 'past')).toBe(':0\r\n');
      dump![0] = 1;
      expect(await ours.call('RESTORE', 'broken', '0', dump!)).toMatch(/^-ERR DUMP payload version or checksum/);
      ours.close();
      theirs.close();
    },
    60_000,
  );

  test.each([
    ['a hash that ends in the middle', '0402016101'],
    ['a hash of no fields', '0400'],
    ['a set of no members', '0200'],
    ['a sorted set with a score that is no number', '05010161000000000000f87f'],
    ['a listpack that does not end', '100700000000000000'],
    ['a listpack of one field without a value', '1009090000000100816102ff'],
  ])('%s is refused as by Redis, and changes nothing', async (_what, body) => {
    const { ours, theirs } = await both.pair(2);
    for (const client of [ours, theirs]) {
      await client.call('SET', 'k', 'kept');
      const dump = withFooter(Buffer.from(body, 'hex'), 10);
      expect(await client.call('RESTORE', 'k', '0', dump, 'REPLACE')).toBe('-ERR Bad data format\r\n');
    }
    expect(await ours.call('GET', 'k')).toBe('$4\r\nkept\r\n');
    ours.close();
    theirs.close();
  });

  test.each(OF_BEFORE)('of a Redis before 7.0: %s', async (_what, body, told) => {
    const { ours, theirs } = await both.pair(2);
    const dump = withFooter(body, 9);
    for (const client of [ours, theirs]) expect(await client.call('RESTORE', 'k', '0', dump)).toBe('+OK\r\n');
    expect(await sorted(ours, told)).toEqual(await sorted(theirs, told));
    ours.close();
    theirs.close();
  });
});

describe('what nodes do not keep', () => {
  test.each([
    ['LPUSH l x', /^-ERR unknown command 'lpush': this node keeps no lists; use a sorted set/],
    ['BLPOP l 0', /^-ERR unknown command 'blpop': no command here blocks/],
    ['bzpopmin z 0', /^-ERR unknown command 'bzpopmin': no command here blocks/],
    ['XADD s * f v', /^-ERR unknown command 'xadd': this node keeps no streams/],
    ['GEOADD g 1 2 m', /^-ERR unknown command 'geoadd': this node has no commands of places/],
    ['PFADD p m', /^-ERR unknown command 'pfadd': this node has no HyperLogLog/],
  ])('%s is refused by name, with what to use instead', async (line, text) => {
    const harness = await Harness.start();
    const client = await harness.client();
    expect(await client.line(line)).toMatch(text);
    const words = line.split(' ').map((word) => `'${word}'`);
    expect(await client.call('EVAL', `return redis.pcall(${words})`, '0')).toMatch(text);
    await harness.stop();
  });

  test('SORT stores no list', async () => {
    const harness = await Harness.start();
    const client = await harness.client();
    await client.line('SADD s 1');
    expect(await client.line('SORT s STORE d')).toMatch(
      /^-ERR what SORT stores is a list, and this node keeps no lists/,
    );
    await harness.stop();
  });
});

test('SORT shows nobody what lies outside of the keys that are his', async () => {
  const access = new KnownUsers({ name: 'shop', role: 'write', prefix: Buffer.from('shop:') });
  const harness = await Harness.start({ access });
  const client = await harness.client();
  await client.call('AUTH', 'shop', 'shop!');
  await client.line('SADD shop:s 1 2');
  expect(await client.line('SORT shop:s BY other:*')).toMatch(/^-ERR BY option of SORT denied/);
  expect(await client.line('SORT shop:s GET other:*->f')).toMatch(/^-ERR GET option of SORT denied/);
  expect(await client.line('SORT shop:s GET #')).toBe('*2\r\n$1\r\n1\r\n$1\r\n2\r\n');
  await harness.stop();
});

test('MEMORY USAGE grows with the parts of a value', async () => {
  const harness = await Harness.start();
  const client = await harness.client();
  const usage = async (...rest: string[]) => Number((await client.call('MEMORY', 'USAGE', 'h', ...rest)).slice(1));
  await client.call('HSET', 'h', ...MANY.slice(0, 100).flatMap((i) => [`${i}`.padStart(4), 'x'.repeat(100)]));
  const small = await usage();
  expect(await usage('SAMPLES', '0')).toBe(small);
  await client.call('HSET', 'h', ...MANY.flatMap((i) => [`${i}`.padStart(4), 'x'.repeat(100)]));
  expect((await usage()) / small).toBeCloseTo(20, 0);
  await harness.stop();
});

test('very many elements are sorted, with others served in between', async () => {
  const harness = await Harness.start();
  const [client, other] = [await harness.client(), await harness.client()];
  const members = Array.from({ length: 20_000 }, (_, i) => String((i * 7919) % 20_011));
  await client.call('SADD', 's', ...members);
  const sorting = client.call('SORT', 's', 'DESC');
  expect(await other.call('PING')).toBe('+PONG\r\n');
  const expected = members.map(Number).sort((a, b) => b - a);
  expect(itemsOf(await sorting).map((item) => Number(item.split('\r\n')[1]))).toEqual(expected);
  await harness.stop();
}, 30_000);

/** As ziplist.c lays it out: each element behind the length of the one before. */
function ziplist(...elements: Buffer[]): Buffer {
  const bodies: Buffer[] = [];
  let before = 0;
  for (const element of elements) {
    const head = before < 254 ? Buffer.from([before]) : Buffer.from([254, before & 0xff, before >> 8, 0, 0]);
    bodies.push(Buffer.concat([head, element]));
    before = head.length + element.length;
  }
  const body = Buffer.concat(bodies);
  const head = Buffer.alloc(10);
  head.writeUInt32LE(10 + body.length + 1, 0);
  head.writeUInt32LE(10 + body.length - before, 4);
  head.writeUInt16LE(elements.length, 8);
  return Buffer.concat([head, body, Buffer.from([0xff])]);
}

function zipText(text: string): Buffer {
  const long = Buffer.from([0x40 | (text.length >> 8), text.length & 0xff]);
  return Buffer.concat([text.length < 64 ? Buffer.from([text.length]) : long, Buffer.from(text)]);
}

function dumped(type: number, pack: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0x40 | (pack.length >> 8), pack.length & 0xff]), pack]);
}

async function sorted(client: RawClient, told: readonly string[]): Promise<string[]> {
  const items = itemsOf(await client.call(...told));
  if (told[0] !== 'HGETALL') return items.sort();
  return items.flatMap((item, i) => (i % 2 === 0 ? [`${item}${items[i + 1]}`] : [])).sort();
}

function bulkOf(reply: string): Buffer {
  const bytes = Buffer.from(reply, 'latin1');
  return bytes.subarray(bytes.indexOf('\r\n') + 2, -2);
}
