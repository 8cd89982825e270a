import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Step } from './conversation.js';
import { SORTED_SETS } from './conversation-sorted-sets.js';
import { itemsOf } from './raw-client.js';
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

    test.each([2, 3])(
      'commands by chance, with keys of all types, in RESP%i',
      async (protocol) => {
        await fc.assert(
          fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 60 }), async (commands) => {
            const looks: Step[] = ['k1', 'k2', 'k3'].flatMap((name) => [
              `TYPE ${name}`,
              `ZRANGE ${name} 0 -1 WITHSCORES`,
              `PTTL ${name}`,
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
