import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { isSameDump } from '../../../src/engines/redis/dump-content.js';
import { RedisFailure, type RedisReply } from '../../../src/engines/redis/reply-parser.js';
import { COMPARE_AND_SET, LOOK, READ, SET_ELEMENTS } from '../../../src/engines/redis/scripts.js';
import { NO_PERSISTENCE, RedisServer } from '../../bench/redis-server.js';
import { whereRedis } from '../../redis/sites.js';
import { Prng } from '../prng.js';
import { Item } from './model/item.js';
import type { SimRedis } from './model/server.js';
import { type Talk, talkToModel, talkToReal, type Who } from './model-talk.js';

const KEYS = ['a1', 'a2', 'b1', 'b2', 'c'];
const CONVERSATIONS = 8;
const TURNS = 300;
const FAR_MS = Date.UTC(2080, 0, 1);
const PAST_MS = Date.UTC(2001, 0, 1);

type Word = string | Buffer;

whereRedis('the model of Redis', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mneme-model-'));
  const server = new RedisServer(dir, [...NO_PERSISTENCE, '--enable-debug-command', 'yes']);
  const open: Talk[] = [];

  beforeAll(() => server.start());
  afterAll(async () => {
    await server.kill();
    rmSync(dir, { recursive: true, force: true });
  });

  afterEach(async () => {
    await open[0]?.send('application', 'CONFIG', 'SET', 'maxmemory', '0');
    for (const talk of open.splice(0)) talk.close();
  });

  const begin = async (seed: number, user = ''): Promise<Both> => {
    const [real, model] = [await talkToReal(server.port, user), await talkToModel(seed)];
    open.push(real, model);
    const talk = new Both(real, model);
    // What has expired goes when it is looked at, and not at a time of its own.
    await real.send('application', 'DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    await talk.say('application', 'FLUSHALL');
    for (const script of [LOOK, READ, COMPARE_AND_SET, SET_ELEMENTS]) await talk.say('node', 'SCRIPT', 'LOAD', script);
    return talk;
  };

  test('says what a real one says in random conversations', async () => {
    for (let seed = 1; seed <= CONVERSATIONS; seed++) {
      const random = new Prng(seed);
      const talk = await begin(seed);
      for (let turn = 0; turn < TURNS; turn++) {
        await talk.say(random.pick(['node', 'node', 'application'] as const), ...wordsOf(random, talk));
      }
    }
  }, 60_000);

  test('gives as many strings as a real one does where the bytes of a call are few', async () => {
    const talk = await begin(1);
    for (const [i, key] of KEYS.entries()) await talk.say('application', 'SET', key, 'x'.repeat(4 * i + 1));
    for (const sha of talk.shas.slice(0, 2))
      for (const bytes of ['0', '1', '8', '25', '1000']) {
        await talk.say('node', 'EVALSHA', sha, String(KEYS.length), ...KEYS, bytes, '9');
        await talk.say('node', 'EVALSHA', sha, '0', bytes, '9', ...KEYS);
      }
  });

  test('knows a script again that it was sent whole after it had forgotten it', async () => {
    const talk = await begin(1);
    for (const words of [
      ['SCRIPT', 'FLUSH'],
      ['EVALSHA', talk.shas[2]!, '1', 'a1', '', '0', '0', 'SET', 'v', '0', '9', '9'],
      ['EVAL', COMPARE_AND_SET, '1', 'a1', '', '0', '0', 'SET', 'v', '0', '9', '9'],
      ['EVALSHA', talk.shas[2]!, '1', 'a1', '', '0', '0', 'DEL', '', '0', '9', '9'],
      ['EVAL', READ, '2', 'a1', 'a2', '1000', '9'],
      ['EVAL', LOOK, '0', '1000', '9', 'a1', 'a2'],
    ])
      await talk.say('node', ...words);
  });

  test('refuses as a real one does that is full', async () => {
    const talk = await begin(1);
    await talk.say('application', 'SET', 'a1', 'x');
    await talk.real.send('application', 'CONFIG', 'SET', 'maxmemory', '1');
    talk.model.server.options = { ...talk.model.server.options, maxMemory: 1 };
    const set = (key: string): Word[] => ['EVALSHA', talk.shas[2]!, '1', key, '', '0', '0', 'SET', 'v', '0', '9', '9'];
    for (const words of [
      ['SET', 'a2', 'x'],
      ['SET', 'a2', 'x', 'NX'],
      ['SET', 'a1', 'x', 'NX'],
      set('a2'),
      ['EVALSHA', talk.shas[2]!, '1', 'a1', '', '0', '0', 'DEL', '', '0', '9', '9'],
      ['MULTI'],
      ['SET', 'a1', 'x'],
      ['EXEC'],
      ['MULTI'],
      ['DEL', 'a1'],
      ['EXEC'],
      ['GET', 'a1'],
    ])
      await talk.say('node', ...words);
  });

  test('refuses as a real one does a user without all rights', async () => {
    const admin = await talkToReal(server.port);
    open.push(admin);
    const rights = ['~a*', '+@all', '-restore', '-watch', '&a*'];
    await admin.send('application', 'ACL', 'SETUSER', 'user', 'on', '>user', ...rights);
    const talk = await begin(1, 'user');
    for (const one of ['RESTORE', 'WATCH', 'key:b', 'channels']) talk.model.server.denied.add(one);
    const dump = new Item('set', ['x'], 0).dump(1);
    for (const words of [
      ['WATCH', 'a1'],
      ['SET', 'b1', 'x'],
      ['SET', 'b1', 'x', 'NX'],
      ['SET', 'a1', 'x', 'NX'],
      ['SET', 'a1', 'y', 'NX'],
      ['SET', 'a1', 'x', 'PXAT', '4102444800000', 'NX'],
      ['SET', 'a3', 'x', 'PXAT', '4102444800000', 'NX'],
      ['GET', 'a1'],
      ['PEXPIRETIME', 'a3'],
      ['MGET', 'a1', 'b1'],
      ['RESTORE', 'a1', '0', dump],
      ['EVALSHA', talk.shas[1]!, '1', 'b1', '1000', '9'],
      ['EVALSHA', talk.shas[1]!, '0', '1000', '9', 'b1'],
      ['EVALSHA', talk.shas[2]!, '1', 'a2', '', '0', '0', 'RESTORE', dump, '0', '9', '9'],
      ['MULTI'],
      ['RESTORE', 'a1', '0', dump],
      ['SET', 'a2', 'x'],
      ['EXEC'],
      ['GET', 'a2'],
    ])
      await talk.say('node', ...words);
  });
});

// ---------------------------------------------------------------------------------------------------------------------

/** Says the same to both, and compares what they reply and report. */
class Both {
  readonly shas: string[] = [];
  private readonly said: string[] = [];

  constructor(
    readonly real: Talk,
    readonly model: Talk & { readonly server: SimRedis },
  ) {}

  async say(who: Who, ...words: readonly Word[]): Promise<void> {
    expect((await this.compare(who, words)).join('\n')).toBe('');
  }

  private async compare(who: Who, words: readonly Word[]): Promise<string[]> {
    this.said.push(`${who}: ${words.map((word) => word.toString('latin1').slice(0, 60)).join(' ')}`);
    const [theirs, ours] = [await this.real.send(who, ...words), await this.model.send(who, ...words)];
    if (words[1] === 'LOAD') this.shas.push(String(theirs));
    const differences: string[] = [];
    if (!isSameReply(theirs, ours)) differences.push(`${show(theirs)} and ${show(ours)}`);
    const [reports, modelReports] = [await this.real.told(), await this.model.told()];
    if (reports.join() !== modelReports.join()) differences.push(`reports ${reports} and ${modelReports}`);
    return this.story(differences);
  }

  private story(differences: readonly string[]): string[] {
    return differences.map((difference) => `${this.said.slice(-12).join('\n')}\n=> ${difference}`);
  }
}

function wordsOf(random: Prng, { shas }: Both): Word[] {
  const key = random.pick(KEYS);
  const value = `v${random.between(1, 4)}`;
  const time = String(random.chance(0.8) ? FAR_MS + random.between(0, 9) : PAST_MS);
  const keys = KEYS.filter(() => random.chance(0.5));
  const largeFrom = random.pick(['2', '9']);
  const dump = new Item(random.pick(['list', 'set'] as const), ['x', 'y', value], 0).dump(random.between(1, 9));
  return random.pick<() => Word[]>([
    () => ['SET', key, value],
    () => ['SET', key, value, 'PXAT', time],
    () => ['SET', key, value, 'PXAT', random.pick(['0', 'x', '-1'])],
    () => ['DEL', key, ...keys],
    () => ['GET', key],
    () => ['MGET', key, ...keys],
    () => ['EXISTS', key, ...keys],
    () => ['TYPE', key],
    () => ['DUMP', key],
    () => ['PEXPIREAT', key, time],
    () => ['PEXPIRETIME', key],
    () => ['PERSIST', key],
    () => ['RENAME', key, random.pick(KEYS)],
    () => ['RESTORE', key, random.pick(['0', time]), dump, 'ABSTTL', ...(random.chance(0.7) ? ['REPLACE'] : [])],
    () => ['RESTORE', key, '0', value],
    () => ['RPUSH', key, value],
    () => ['LPOP', key],
    () => ['SADD', key, value],
    () => ['SREM', key, value],
    () => ['HSET', key, value, value],
    () => ['HDEL', key, value],
    () => ['ZADD', key, '1', value],
    () => ['ZREM', key, value],
    () => ['DBSIZE'],
    () => ['SCAN', '0', 'MATCH', 'a*', 'COUNT', '100'],
    () => (random.chance(0.2) ? [random.pick(['FLUSHALL', 'FLUSHDB'])] : ['PING']),
    () => (random.chance(0.3) ? ['SELECT', random.pick(['0', '0', '1', '99'])] : ['UNWATCH']),
    () => ['WATCH', key, ...keys],
    () => ['MULTI'],
    () => ['EXEC'],
    () => ['EXEC'],
    () => ['DISCARD'],
    () => [random.pick(['NOTHING', 'GET', 'SET'])],
    () => ['HSCAN', key, '0', 'COUNT', '100'],
    () => ['SSCAN', key, '0', 'COUNT', '100'],
    () => ['ZSCAN', key, '0', 'COUNT', '100'],
    () => [random.pick(['HLEN', 'SCARD', 'ZCARD']), key],
    () => ['EVALSHA', shas[0]!, String(keys.length), ...keys, '100000', largeFrom],
    () => ['EVALSHA', shas[1]!, String(keys.length), ...keys, '100000', largeFrom],
    () => [
      'EVALSHA',
      shas[2]!,
      '1',
      key,
      '',
      random.pick(['0', time]),
      random.pick(['0', '1']),
      'SET',
      value,
      random.pick(['0', time]),
      largeFrom,
      '9',
    ],
    () => [
      'EVALSHA',
      shas[2]!,
      '1',
      key,
      '',
      '0',
      '1',
      'RESTORE',
      random.pick([dump, Buffer.from('x')]),
      random.pick(['0', time]),
      '9',
      largeFrom,
    ],
    () => ['EVALSHA', shas[2]!, '1', key, '', '0', random.pick(['0', '1']), 'DEL', '', '0', largeFrom, '9'],
    () => ['EVALSHA', shas[3]!, '1', key, ...elementWords(random, value, time)],
    () => ['EVALSHA', shas[3]!, '1', key, ...elementWords(random, value, time)],
  ])();
}

/** What may be known of two elements, which the random commands leave at these values, and of the expiry. */
function elementWords(random: Prng, name: string, time: string): Word[] {
  const kind = random.pick(['hash', 'set', 'zset'] as const);
  const values = { hash: ['-', `+${name}`, '+other'], set: ['-', '+'], zset: ['-', '+1', '+1.0', '+-2.5'] }[kind];
  const expiries = random.pick([[], ['0'], ['0', time]]);
  const group = (of: string): Word[] => {
    const known = values.filter(() => random.chance(0.7));
    return [of, String(1 + known.length), random.pick(values), ...known];
  };
  return [
    random.pick(['look', 'set']),
    kind,
    random.pick(['0', '0', '1']),
    random.pick(['0', '1', time]),
    String(expiries.length),
    ...expiries,
    ...group(name),
    ...group('v1'),
  ];
}

/** Dumps by what they hold, digests of dumps not at all; lists that Redis gives in any order by their elements. */
function isSameReply(theirs: RedisReply, ours: RedisReply): boolean {
  if (theirs instanceof RedisFailure) return ours instanceof RedisFailure && plain(theirs) === plain(ours);
  if (Buffer.isBuffer(theirs) && Buffer.isBuffer(ours)) return theirs.equals(ours) || isSameDump(theirs, ours);
  if (!Array.isArray(theirs) || !Array.isArray(ours)) return theirs === ours;
  if (theirs.length !== ours.length) return false;
  const isDigest = (i: number): boolean => i === 1 && theirs.length === 3 && String(theirs[0]) !== 'string';
  if (isScan(theirs) && isScan(ours)) return sorted(theirs[1]) === sorted(ours[1]);
  if (isListOfKeys(theirs))
    return theirs.map(String).sort().join() === (ours as RedisReply[]).map(String).sort().join();
  return theirs.every((reply, i) => isDigest(i) || isSameReply(reply, ours[i]!));
}

/** Of a collection that was returned at once. */
function isScan(reply: readonly RedisReply[]): reply is [cursor: Buffer, elements: RedisReply[]] {
  return reply.length === 2 && Buffer.isBuffer(reply[0]) && String(reply[0]) === '0' && Array.isArray(reply[1]);
}

function sorted(elements: readonly RedisReply[]): string {
  return elements.map(String).sort().join();
}

function isListOfKeys(reply: readonly RedisReply[]): boolean {
  return reply.length > 0 && reply.every((one) => Buffer.isBuffer(one) && KEYS.includes(one.toString()));
}

function plain({ message }: RedisFailure): string {
  return message.replace(/@user_script:\d+/, '@user_script');
}

function show(reply: RedisReply): string {
  return reply instanceof RedisFailure
    ? reply.message
    : JSON.stringify(reply, (_, value) =>
        value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
      );
}
