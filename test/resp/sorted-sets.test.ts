import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { doubleText } from '../../src/fronts/resp/codec/double-text.js';
import { type ScoredMember, scoreBytes } from '../../src/fronts/resp/collection.js';
import { walking } from '../../src/fronts/resp/commands/sorted-set/members.js';
import { takingOut } from '../../src/fronts/resp/commands/sorted-set/removing.js';
import { scoreArgument } from '../../src/fronts/resp/commands/sorted-set/score.js';
import type { Context } from '../../src/fronts/resp/session.js';
import type { Step } from './conversation.js';
import { LARGE_SORTED_SETS, SORTED_SETS } from './conversation-sorted-sets.js';
import { Harness } from './harness.js';
import { MemoryKeyspace } from './memory-keyspace.js';
import { itemsOf, type RawClient } from './raw-client.js';
import { describeWithRedis } from './redis-beside.js';
import { SideBySide } from './side-by-side.js';

describeWithRedis(
  'sorted sets give the same bytes as redis-server (skipped where redis-server is not installed)',
  () => {
    let both: SideBySide;

    beforeAll(async () => {
      both = await SideBySide.start();
    });

    afterAll(() => both.stop());

    test.each([2, 3])('a conversation in RESP%i', async (protocol) => {
      expect(await both.differences(protocol, SORTED_SETS, inOrder)).toEqual([]);
    });

    test.each([2, 3])('sets of thousands of members in RESP%i', async (protocol) => {
      expect(await both.differences(protocol, LARGE_SORTED_SETS)).toEqual([]);
    });

    test.each([2, 3])(
      'commands by chance, with keys of all types, in RESP%i',
      async (protocol) => {
        await fc.assert(
          fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 60 }), async (commands) => {
            const looks: Step[] = ['k1', 'k2', 'k3'].flatMap((name) => [
              `TYPE ${name}`,
              `ZRANGE ${name} 0 -1 WITHSCORES`,
              `PEXPIRETIME ${name}`,
            ]);
            expect(await both.differences(protocol, [...OTHERS, ...commands, ...looks], inOrder)).toEqual([]);
          }),
          { numRuns: 150 },
        );
      },
      60_000,
    );

    test.each([2, 3])(
      'scores by chance are read and told the same in RESP%i',
      async (protocol) => {
        const scores = fc.sample(score, 2000);
        const steps = scores.flatMap((text): Step[] => [
          ['ZADD', 'z', text, 'a'],
          ['ZSCORE', 'z', 'a'],
          ['ZCOUNT', 'z', text, '+inf'],
          ['ZINCRBY', 'z', '0.1', 'a'],
          ['ZSCAN', 'z', '0'],
        ]);
        expect(await both.differences(protocol, steps)).toEqual([]);
      },
      60_000,
    );
  },
);

describe('a sorted set of thousands of members', () => {
  let harness: Harness;
  let client: RawClient;
  const all = Array.from({ length: 4500 }, (_, i) => `m${i}`);

  beforeAll(async () => {
    harness = await Harness.start();
    client = await harness.client();
    await client.call('ZADD', 'z', ...all.flatMap((name, i) => [String(i), name]));
  });

  afterAll(async () => {
    expect(harness.internalErrors).toEqual([]);
    await harness.stop();
  });

  test.each([10, 2000, 3500, 4499, 4500, 7000])('%i different ones are picked by chance', async (count) => {
    const items = itemsOf(await client.call('ZRANDMEMBER', 'z', String(count), 'WITHSCORES'));
    const [names, scores] = [0, 1].map((which) => items.filter((_, i) => i % 2 === which).map(textOf));
    expect(names!.length).toBe(Math.min(count, all.length));
    expect(new Set(names).size).toBe(names!.length);
    expect(names).toEqual(scores!.map((one) => `m${one}`));
  });

  test('a walk by cursor meets each member once, with its score', async () => {
    const met: string[] = [];
    let cursor = '0';
    do {
      const [next, found] = itemsOf(await client.call('ZSCAN', 'z', cursor, 'COUNT', '500'));
      cursor = textOf(next!);
      met.push(...itemsOf(found!).map(textOf));
    } while (cursor !== '0');
    const names = met.filter((_, i) => i % 2 === 0);
    expect(met.filter((_, i) => i % 2 === 1).map((one) => `m${one}`)).toEqual(names);
    expect([...names].sort()).toEqual([...all].sort());
  });
});

describe('what comes in between two slices', () => {
  const key = Buffer.from('z');
  let keyspace: MemoryKeyspace;
  let context: Context;

  beforeEach(() => {
    keyspace = new MemoryKeyspace();
    context = { keyspace, session: { database: 0 }, hold: () => {} } as unknown as Context;
    for (let i = 0; i < 1000; i++) keyspace.putPart(0, key, 'zset', Buffer.from(`m${i}`), scoreBytes(i));
  });

  test('a set that ends is walked no further', () => {
    const met: ScoredMember[] = [];
    const walk = walking(context, key, { first: 0, count: 1000 }, false, (member) => met.push(member));
    walk.next();
    keyspace.delete(0, key);
    expect(walk.next().done).toBe(true);
    expect(met.length).toBeGreaterThan(0);
  });

  test.each([false, true])('one that shrinks is taken from (from its end: %s) until nothing is left', (isReversed) => {
    const taken: ScoredMember[] = [];
    const steps = takingOut(context, key, { first: 0, count: 1000 }, isReversed, (member) => taken.push(member));
    for (let i = 0; steps.next().done !== true; i++)
      for (let j = 0; j < 50; j++) keyspace.deletePart(0, key, 'zset', Buffer.from(`m${300 + 50 * i + j}`));
    expect(keyspace.get(0, key)).toBeUndefined();
    expect(new Set(taken.map(({ score }) => score)).size).toBe(taken.length);
  });
});

describe('numbers', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [1e15, '1000000000000000'],
    [1e16, '10000000000000000'],
    [1e17, '1e+17'],
    [123456789012345680, '1.2345678901234568e+17'],
    [0.1, '0.10000000000000001'],
    [-1.5, '-1.5'],
    [1e-4, '0.0001'],
    [1e-5, '1.0000000000000001e-05'],
    // Halfway between two texts of 17 digits: the even one.
    [2 ** -25, '2.9802322387695312e-08'],
    [3 * 2 ** -25, '8.9406967163085938e-08'],
    [5e-324, '4.9406564584124654e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('%d is told as %s', (value, text) => {
    expect(doubleText(value)).toBe(text);
  });

  test('what is told is read as it was, and so is any text that JavaScript reads', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(scoreArgument(Buffer.from(doubleText(value)))).toBe(value);
        if (Number.isFinite(value)) expect(scoreArgument(Buffer.from(String(value)))).toBe(Number(String(value)));
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^-?[0-9]{1,12}(\.[0-9]{0,8})?$/), (text) => {
        expect(scoreArgument(Buffer.from(text))).toBe(Number(text));
      }),
    );
  });
});

function textOf(bulk: string): string {
  return bulk.split('\r\n')[1]!;
}

const OTHERS: Step[] = ['SET string v', 'HSET hash f v', 'SADD set a b 1 2', 'ZADD k3 1 a 2 b'];
const key = fc.constantFrom('k1', 'k2', 'k3', 'k1', 'k2', 'k3', 'string', 'hash', 'set', 'missing');
/** Sums of them are exact, whatever the order. */
const plainScore = fc.constantFrom('0', '-1', '1', '1.5', '2', '3', '0.25', '1e3', '100');
const oddScore = fc.constantFrom('inf', '-inf', '+inf', 'nan', '', 'x', '1 ', '-0', '0x10');
const number = fc.oneof({ weight: 9, arbitrary: plainScore }, { weight: 1, arbitrary: oddScore });
const member = fc.oneof(
  fc.integer({ min: -3, max: 12 }).map(String),
  fc.constantFrom('', 'a', 'b', 'B', 'x'.repeat(100), '01', 'é'),
);
const pairs = fc.array(fc.tuple(number, member), { minLength: 1, maxLength: 8 }).map((all) => all.flat());
const rank = fc.oneof(fc.integer({ min: -12, max: 12 }).map(String), fc.constantFrom('x', '', '-1', '0'));
const scoreEnd = fc.oneof(
  number,
  number.map((text) => `(${text}`),
  fc.constantFrom('-inf', '+inf', '(', ' 1'),
);
const nameEnd = fc.oneof(
  fc.tuple(fc.constantFrom('[', '('), member).map((parts) => parts.join('')),
  fc.constantFrom('-', '+', '-x', '', 'a'),
);
const addOption = fc.constantFrom('NX', 'XX', 'GT', 'LT', 'CH', 'INCR', 'ch', 'gt');
const limit = fc
  .tuple(fc.integer({ min: -2, max: 5 }).map(String), fc.integer({ min: -2, max: 5 }).map(String))
  .map((numbers) => ['LIMIT', ...numbers]);
const withScores = fc.constantFrom<string[]>([], ['WITHSCORES'], ['withscores']);

function words(...parts: fc.Arbitrary<string | string[]>[]): fc.Arbitrary<Step> {
  return fc.tuple(...parts).map((all) => all.flat());
}

function some(arbitrary: fc.Arbitrary<string | string[]>, maxLength: number): fc.Arbitrary<string[]> {
  return fc.array(arbitrary, { maxLength }).map((all) => all.flat());
}

function oneOf(...names: string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...names);
}

const rangeOption = fc.oneof(
  { weight: 3, arbitrary: limit },
  { weight: 3, arbitrary: fc.constantFrom<string[]>(['REV'], ['WITHSCORES'], ['BYSCORE']) },
  { weight: 1, arbitrary: fc.constantFrom<string[]>(['FOO'], ['LIMIT', '1'], ['LIMIT', 'a', '1'], ['rev']) },
);
const combination = fc.array(key, { minLength: 1, maxLength: 4 }).chain((keys) => {
  const weights = fc
    .array(number, { minLength: keys.length, maxLength: keys.length })
    .map((all) => ['WEIGHTS', ...all]);
  const option = fc.oneof(
    weights,
    fc.constantFrom<string[]>(['WITHSCORES'], ['AGGREGATE', 'MIN'], ['AGGREGATE', 'max'], ['AGGREGATE', 'sum']),
    fc.constantFrom<string[]>(['WITHSCORES'], ['AGGREGATE'], ['LIMIT', '1'], ['FOO']),
  );
  return some(option, 3).map((options) => [String(keys.length), ...keys, ...options]);
});
const names = fc.array(member, { minLength: 1, maxLength: 12 });

const command: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: words(oneOf('ZADD', 'zadd'), key, pairs) },
  { weight: 4, arbitrary: words(oneOf('ZADD'), key, some(addOption, 3), pairs) },
  { weight: 2, arbitrary: words(oneOf('ZINCRBY'), key, number, member) },
  { weight: 2, arbitrary: words(oneOf('ZREM', 'ZMSCORE'), key, names) },
  { weight: 3, arbitrary: words(oneOf('ZSCORE', 'ZRANK', 'ZREVRANK'), key, member) },
  { weight: 1, arbitrary: words(oneOf('ZCARD', 'TYPE', 'DEL', 'PERSIST'), key) },
  { weight: 1, arbitrary: words(oneOf('PEXPIREAT'), key, oneOf('32503680000000')) },
  { weight: 3, arbitrary: words(oneOf('ZRANGE', 'ZREVRANGE'), key, rank, rank, some(rangeOption, 2)) },
  { weight: 3, arbitrary: words(oneOf('ZRANGE'), key, scoreEnd, scoreEnd, oneOf('BYSCORE'), some(rangeOption, 3)) },
  {
    weight: 3,
    arbitrary: words(oneOf('ZRANGEBYSCORE', 'ZREVRANGEBYSCORE'), key, scoreEnd, scoreEnd, some(rangeOption, 2)),
  },
  { weight: 2, arbitrary: words(oneOf('ZCOUNT', 'ZREMRANGEBYSCORE'), key, scoreEnd, scoreEnd) },
  { weight: 1, arbitrary: words(oneOf('ZREMRANGEBYRANK'), key, rank, rank) },
  { weight: 2, arbitrary: words(oneOf('ZRANGESTORE'), key, key, rank, rank, some(rangeOption, 2)) },
  {
    weight: 2,
    arbitrary: words(oneOf('ZRANGESTORE'), key, key, scoreEnd, scoreEnd, oneOf('BYSCORE'), some(rangeOption, 2)),
  },
  { weight: 2, arbitrary: words(oneOf('ZPOPMIN', 'ZPOPMAX'), key, some(oneOf('0', '1', '2', '5', '-1', 'x'), 1)) },
  {
    weight: 2,
    arbitrary: words(
      oneOf('ZMPOP'),
      fc.array(key, { minLength: 1, maxLength: 3 }).map((keys) => [String(keys.length), ...keys]),
      oneOf('MIN', 'MAX', 'FOO'),
      fc.constantFrom<string[]>([], ['COUNT', '2'], ['COUNT', '0']),
    ),
  },
  { weight: 1, arbitrary: words(oneOf('ZRANDMEMBER'), key, oneOf('0', '1000', 'x'), withScores) },
  { weight: 1, arbitrary: words(oneOf('ZSCAN'), key, oneOf('0', 'x')) },
  { weight: 4, arbitrary: words(oneOf('ZUNION', 'ZINTER', 'ZDIFF', 'ZINTERCARD'), combination) },
  { weight: 4, arbitrary: words(oneOf('ZUNIONSTORE', 'ZINTERSTORE', 'ZDIFFSTORE'), key, combination) },
  // Of members with one score, or what is asked for means nothing.
  {
    weight: 2,
    arbitrary: words(
      oneOf('ZADD'),
      oneOf('names'),
      names.map((all) => all.flatMap((name) => ['0', name])),
    ),
  },
  {
    weight: 3,
    arbitrary: words(
      oneOf('ZRANGEBYLEX', 'ZREVRANGEBYLEX', 'ZLEXCOUNT', 'ZREMRANGEBYLEX'),
      oneOf('names', 'names', 'missing', 'string'),
      nameEnd,
      nameEnd,
      some(limit, 1),
    ),
  },
  {
    weight: 2,
    arbitrary: words(oneOf('ZRANGE'), oneOf('names'), nameEnd, nameEnd, oneOf('BYLEX'), some(rangeOption, 2)),
  },
);

const score = fc.oneof(
  fc.double().map(String),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential(25)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toPrecision(30)),
  // Halfway between two texts of 17 digits.
  fc
    .tuple(fc.integer({ min: 1, max: 2 ** 20 }), fc.integer({ min: 10, max: 60 }))
    .map(([n, bits]) => String(n / 2 ** bits)),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc
    .tuple(fc.constantFrom('', '-', '+'), fc.stringMatching(/^0x[0-9a-f]{1,14}(\.[0-9a-f]{0,4})?(p[+-]?\d{1,3})?$/))
    .map((all) => all.join('')),
  fc.stringMatching(/^[-+]?[0-9]{0,3}\.?[0-9]{0,3}(e[-+]?[0-9]{1,3})?$/),
);

/** The order of a few things says nothing. */
function inOrder(reply: string, step: Step): string {
  const [name] = typeof step === 'string' ? step.split(' ') : step;
  if (reply[0] !== '*' || !/^(ZSCAN|ZRANDMEMBER)$/i.test(String(name))) return reply;
  if (/^ZRANDMEMBER$/i.test(String(name))) return itemsOf(reply).sort().join('');
  const [cursor, found] = itemsOf(reply);
  return `${cursor}${itemsOf(found!).sort().join('')}`;
}
