import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Step } from './conversation.js';
import { SETS } from './conversation-sets.js';
import { itemsOf } from './raw-client.js';
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
