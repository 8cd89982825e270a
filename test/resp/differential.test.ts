import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withFooter } from '../../src/engines/redis/dump-version.js';
import { COMMANDS } from '../../src/fronts/resp/commands/registry.js';
import { BROKEN, CONVERSATION, GLOBS, type Step } from './conversation.js';
import { Harness } from './harness.js';
import { itemsOf, RawClient } from './raw-client.js';
import { describeWithRedis, RedisBeside } from './redis-beside.js';
import { SCRIPTS, SCRIPTS_OF_JSON } from './scripts-conversation.js';

const FAR_MS = '32503680000000';

const DUMPED: [string, Buffer][] = [
  ['a small integer', Buffer.from('-7')],
  ['an integer of 16 bits', Buffer.from('-32768')],
  ['an integer of 32 bits', Buffer.from('2147483647')],
  ['an integer of 64 bits', Buffer.from('-9223372036854775808')],
  ['what only looks like an integer', Buffer.from('+07')],
  ['nothing', Buffer.alloc(0)],
  ['63 bytes', Buffer.from('0123456789abcdefghijklmnopqrstu'.repeat(3).slice(0, 63))],
  ['64 bytes', Buffer.alloc(64, 'q')],
  ['16384 bytes', Buffer.from(Array.from({ length: 16_384 }, (_, i) => (i * 7919) >> (i % 5)))],
  ['a text that Redis packs', Buffer.from('the same words again and again, '.repeat(5000))],
  [
    'a megabyte that hardly packs',
    Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => Math.imul(i, 2654435761) >>> 24)),
  ],
];

describeWithRedis(
  'the same commands give the same bytes as redis-server (skipped where redis-server is not installed)',
  () => {
    let redis: RedisBeside;
    let harness: Harness;

    beforeAll(async () => {
      redis = await RedisBeside.start();
      harness = await Harness.start();
    });

    afterAll(async () => {
      await harness.stop();
      await redis.stop();
    });

    async function pair(): Promise<{ ours: RawClient; theirs: RawClient }> {
      const [ours, theirs] = [await harness.client(), await RawClient.connect(redis.port)];
      await Promise.all([ours.call('FLUSHALL'), theirs.call('FLUSHALL')]);
      return { ours, theirs };
    }

    test.each([
      ['a long conversation', 2, CONVERSATION],
      ['a long conversation', 3, CONVERSATION],
      ['a conversation of scripts', 2, SCRIPTS],
      ['a conversation of scripts', 3, SCRIPTS],
      ['a conversation of scripts about JSON', 3, SCRIPTS_OF_JSON],
    ] as const)('%s in RESP%i', async (_what, protocol, steps) => {
      const { ours, theirs } = await pair();
      await Promise.all([ours.call('HELLO', String(protocol)), theirs.call('HELLO', String(protocol))]);
      const differences: unknown[] = [];
      for (const step of steps) {
        const [our, their] = [await play(ours, step), await play(theirs, step)];
        if (our !== their) differences.push({ step, our, their });
      }
      expect(differences).toEqual([]);
      ours.close();
      theirs.close();
    });

    test('patterns match the same keys', async () => {
      const { ours, theirs } = await pair();
      for (const key of GLOBS.keys) await Promise.all([ours.call('SET', key, '1'), theirs.call('SET', key, '1')]);
      const differences: unknown[] = [];
      for (const pattern of GLOBS.patterns) {
        const [our, their] = await Promise.all([ours.call('KEYS', pattern), theirs.call('KEYS', pattern)]);
        const [ourKeys, theirKeys] = [itemsOf(our).sort(), itemsOf(their).sort()];
        if (ourKeys.join() !== theirKeys.join())
          differences.push({ pattern: String(pattern), ...differenceOf(ourKeys, theirKeys) });
      }
      expect(differences).toEqual([]);
      ours.close();
      theirs.close();
    });

    test.each([2, 3])(
      'COMMAND INFO and DOCS say the same as Redis in RESP%i, of every command and subcommand',
      async (protocol) => {
        const { ours, theirs } = await pair();
        await Promise.all([ours.call('HELLO', String(protocol)), theirs.call('HELLO', String(protocol))]);
        for (const { name, docs, subcommands } of ALL) {
          if (docs !== undefined) continue;
          const [our, their] = await Promise.all([infoOf(ours, name), infoOf(theirs, name)]);
          expect(our.slice(0, 9)).toEqual(their.slice(0, 9));
          // A container is described with those of its subcommands that there are.
          if (subcommands !== undefined) continue;
          expect(our).toEqual(their);
          expect(await ours.call('COMMAND', 'DOCS', name)).toEqual(await theirs.call('COMMAND', 'DOCS', name));
        }
        ours.close();
        theirs.close();
      },
    );

    test.each(DUMPED)(
      '%s dumped here is restored by Redis, and dumped there it is restored here',
      async (_what, value) => {
        const { ours, theirs } = await pair();
        for (const [from, to] of [
          [ours, theirs],
          [theirs, ours],
        ] as const) {
          await from.call('SET', 'dumped', value);
          const dump = bulkOf(await from.call('DUMP', 'dumped'));
          expect(await to.call('RESTORE', 'restored', FAR_MS, dump, 'REPLACE', 'ABSTTL')).toBe('+OK\r\n');
          expect(bulkOf(await to.call('GET', 'restored')).equals(value)).toBe(true);
          expect(await to.call('PEXPIRETIME', 'restored')).toBe(`:${FAR_MS}\r\n`);
          dump[0] = 1;
          expect(await to.call('RESTORE', 'restored', '0', dump, 'REPLACE')).toMatch(
            /^-ERR DUMP payload version or checksum/,
          );
        }
        ours.close();
        theirs.close();
      },
    );

    test('what Redis dumps of other types is refused, and so is what only claims to be a string', async () => {
      const { ours, theirs } = await pair();
      await theirs.call('RPUSH', 'list', 'a', 'b');
      const list = bulkOf(await theirs.call('DUMP', 'list'));
      expect(await ours.call('RESTORE', 'list', '0', list)).toMatch(
        /^-ERR the payload is a list, and this node keeps strings, hashes, sets and sorted sets/,
      );
      // Five bytes that say they unpack to 4 GiB, one that says that it is longer than what follows, and one with a rest.
      for (const body of ['00c30580ffffffff0011223344', '0005aabb', '0001aabb', '00ff', '21']) {
        const dump = withFooter(Buffer.from(body, 'hex'), 10);
        expect(await ours.call('RESTORE', 'broken', '0', dump)).toBe('-ERR Bad data format\r\n');
      }
      expect(await ours.call('RESTORE', 'newer', '0', withFooter(Buffer.from([0, 1, 120]), 99))).toMatch(
        /^-ERR DUMP payload/,
      );
      expect(await ours.call('RESTORE', 'past', '1', withFooter(Buffer.from([0, 1, 120]), 10), 'ABSTTL')).toBe(
        '+OK\r\n',
      );
      expect(await ours.call('EXISTS', 'past', 'broken', 'newer', 'list')).toBe(':0\r\n');
      ours.close();
      theirs.close();
    });

    test.each(BROKEN)('broken bytes %j are answered the same', async (text) => {
      const { ours, theirs } = await pair();
      const answers = await Promise.all(
        [ours, theirs].map(async (client) => {
          client.send(text);
          client.socket.end();
          let all = '';
          for (let reply = await client.reply(); reply !== '<closed>'; reply = await client.reply()) all += reply;
          return all;
        }),
      );
      expect(answers[0]).toBe(answers[1]);
    });
  },
);

function bulkOf(reply: string): Buffer {
  const bytes = Buffer.from(reply, 'latin1');
  return bytes.subarray(bytes.indexOf('\r\n') + 2, -2);
}

const ALL = COMMANDS.all.flatMap((command) => [command, ...(command.subcommands ?? [])]);

async function infoOf(client: RawClient, name: string): Promise<string[]> {
  return itemsOf(itemsOf(await client.call('COMMAND', 'INFO', name))[0]!);
}

function differenceOf(ours: string[], theirs: string[]): { onlyOurs: string[]; onlyTheirs: string[] } {
  return {
    onlyOurs: ours.filter((key) => !theirs.includes(key)),
    onlyTheirs: theirs.filter((key) => !ours.includes(key)),
  };
}

async function play(client: RawClient, step: Step): Promise<string> {
  const reply = typeof step === 'string' ? await client.line(step) : await client.call(...step);
  // The id of a connection is its own.
  return reply.replace(/(\$2\r\nid\r\n):\d+/g, '$1:0');
}
