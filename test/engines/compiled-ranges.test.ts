import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { fullKey } from '../../src/core/model/entry.js';
import { HybridClock } from '../../src/core/model/hlc.js';
import { Collections } from '../../src/core/replication/collections.js';
import { Replica } from '../../src/core/replication/replica.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import type { Reply } from '../../src/fronts/resp/codec/reply.js';
import { replyInPieces } from '../../src/fronts/resp/codec/reply-writer.js';
import { type SortedCollection, scoreBytes, scoreOf } from '../../src/fronts/resp/collection.js';
import { membersAt } from '../../src/fronts/resp/commands/sorted-set/members.js';
import { membersReply } from '../../src/fronts/resp/commands/sorted-set/members-reply.js';
import { ranksOf, readQuery } from '../../src/fronts/resp/commands/sorted-set/ranging.js';
import { RespError } from '../../src/fronts/resp/keyspace.js';
import { bytes, ORIGIN } from './support/entries.js';
import { batchOf, bulk, performShort, repliesOf } from './support/short-batches.js';

const TINY = { bytesMin: 1 << 10, bytesMax: 1 << 12, linearBytesMax: 1 << 24 };
const NOW_MS = Date.UTC(2026, 0, 1);
const COMMANDS = {
  zrange: { kind: null, isReversed: null },
  zrevrange: { kind: 'rank', isReversed: true },
  zrangebyscore: { kind: 'score', isReversed: false },
  zrevrangebyscore: { kind: 'score', isReversed: true },
} as const;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('ranges and ranks of sorted sets have the same answer in compiled code as by their commands', () => {
  const member = fc.record({
    score: fc.constantFrom(0, 1, 2, 2, 3, -1, 5, 0.5, 1e15, -0, Number.POSITIVE_INFINITY),
    name: fc.constantFrom('', 'a', 'b', 'a name of more than sixteen bytes', '\xff', ...'cdefghijk'),
    isDeleted: fc.boolean(),
  });
  const end = fc.constantFrom('0', '-1', '1', '2', '-3', '100', '-100', '(1', '(3', '-inf', '+inf', '00', '-0', '1.5');
  const command = fc.constantFrom('zrange', 'zrevrange', 'zrangebyscore', 'zrevrangebyscore', 'ZRange');
  const option = fc.constantFrom(
    ...[[], [], ['withscores'], ['byscore'], ['BYSCORE'], ['rev'], ['x']],
    ...[
      ['limit', '0', '2'],
      ['limit', '1', '-1'],
      ['LIMIT', '-1', '3'],
      ['limit', '3', '0'],
      ['limit', '1'],
    ],
  );
  const range = fc
    .tuple(command, end, end, option, option, option)
    .map(([name, from, to, ...options]) => [name, 'k', from, to, ...options.flat()]);
  const rank = fc.tuple(
    fc.constantFrom('zrank', 'ZSCORE'),
    fc.constant('k'),
    fc.constantFrom('a', 'b', 'c', '', 'none'),
  );
  const request = fc.oneof({ weight: 4, arbitrary: range }, { weight: 1, arbitrary: rank });
  let compiled = 0;
  fc.assert(
    fc.property(
      fc.array(member, { maxLength: 40, size: 'max' }),
      fc.array(request, { minLength: 10, maxLength: 30, size: 'max' }),
      fc.constantFrom(2, 3),
      (members, requests, protocol) => {
        const set = new SortedSet();
        for (const { score, name, isDeleted } of members)
          if (isDeleted) set.remove(name);
          else set.add(name, score);
        for (const words of requests) {
          const reply = set.ask([words], protocol as 2 | 3);
          if (reply !== '') expect([words, reply]).toEqual([words, set.expected(words, protocol as 2 | 3)]);
          if (reply !== '') compiled++;
        }
        jest.clearAllTimers();
      },
    ),
    { numRuns: 200 },
  );
  expect(compiled).toBeGreaterThan(500);
});

test.each([
  [['ZRANGE', 'k', '0', '9']],
  [['zrange', 'k', '0', '-1', 'rev', 'withscores']],
  [['ZRANGE', 'k', '000000000012', '+inf', 'BYSCORE', 'LIMIT', '0', '10']],
  [['zrevrange', 'k', '-5', '-1']],
  [['zrangebyscore', 'k', '(1', '100', 'limit', '1', '5']],
  [['zrevrangebyscore', 'k', '+inf', '-inf', 'withscores', 'limit', '2', '3']],
  [['zrank', 'k', 'member 7']],
  [['zscore', 'k', 'member 7']],
])('%j is answered by compiled code', (words) => {
  const set = new SortedSet();
  for (let i = 0; i < 20; i++) set.add(`member ${i}`, i);
  expect(set.ask([words], 2)).toBe(set.expected(words, 2));
});

test('a range behind a write in the same batch is left to the next one, which sees what was written', () => {
  const set = new SortedSet();
  set.add('a', 1);
  const range = ['zrange', 'k', '0', '-1', 'withscores'];
  const add = ['zadd', 'k', '7', 'b'];
  expect(set.ask([range, add, range], 2)).toBe('*2\r\n$1\r\na\r\n$1\r\n1\r\n:1\r\n');
  expect(set.ask([range], 2)).toBe('*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n7\r\n');
});

test.each([
  ['more members than a reply has room for', 100, 'a member with a rather long name indeed '],
  ['more members than are listed at once', 200, ''],
])('a range of %s is left to its command', (_, count, name) => {
  const set = new SortedSet();
  for (let i = 0; i < count; i++) set.add(`${name}${i}`, i);
  expect(set.ask([['zrange', 'k', '0', '-1']], 2)).toBe('');
});

test('a range that came in part is left until the rest is here', () => {
  const set = new SortedSet();
  set.add('a', 1);
  const text = textOf(['zrangebyscore', 'k', '-inf', '5', 'limit', '0', '1']);
  for (let length = 0; length < text.length; length++) expect(set.send(text.slice(0, length), 2)).toBe('');
  expect(set.send(text, 2)).toBe('*1\r\n$1\r\na\r\n');
});

// ---

/** A sorted set at the key `k`, beside other keys. */
class SortedSet {
  private readonly store = new SlabStore(TINY);
  private readonly clock = new HybridClock(() => NOW_MS);
  private readonly collections: Collections;
  private readonly key = fullKey(0, bytes('k'));

  constructor() {
    const replica = new Replica('data', ORIGIN, this.store, this.clock);
    this.collections = new Collections(replica, () => NOW_MS);
    this.collections.put(fullKey(0, bytes('k2')), 'score', bytes('other'), scoreBytes(1));
  }

  add(name: string, score: number): void {
    this.collections.put(this.key, 'score', bytes(name), scoreBytes(score));
  }

  remove(name: string): void {
    this.collections.delete(this.key, 'score', bytes(name));
  }

  /** Returns the replies of compiled code. */
  ask(requests: readonly string[][], protocol: 2 | 3): string {
    return this.send(requests.map(textOf).join(''), protocol);
  }

  send(text: string, protocol: 2 | 3): string {
    const batch = batchOf(text, { hlc: this.clock.upcoming(), nowMs: NOW_MS, takesParts: true, protocol });
    const done = performShort(this.store, batch, this.store.vector);
    if (batch.writes > 0) this.clock.observe(batch.hlc + batch.writes - 1);
    return done === 0 ? '' : repliesOf(batch);
  }

  /** What the commands answer; an error's text for what is for none of them. */
  expected(words: readonly string[], protocol: 2 | 3): string {
    const writer = replyInPieces();
    writer.protocol = protocol;
    try {
      writer.write(this.reply(words, protocol));
    } catch (error) {
      if (error instanceof RespError) return error.message;
      throw error;
    }
    return Buffer.concat(writer.take()).toString('latin1');
  }

  private reply(words: readonly string[], protocol: 2 | 3): Reply {
    const args = words.map(bytes);
    const name = words[0]!.toLowerCase();
    const isThere = this.collections.shapeOf(this.key) !== undefined;
    const set = isThere ? (this.collections.view(this.key, 'score') as unknown as SortedCollection) : undefined;
    if (name === 'zrank') return set?.rankOf(args[2]!) ?? null;
    const value = set?.get(args[2]!);
    if (name === 'zscore') return value === undefined ? null : { kind: 'double', value: scoreOf(value) };
    const query = readQuery(args, 2, COMMANDS[name as keyof typeof COMMANDS], true);
    if (set === undefined) return [];
    const members = membersAt(set, ranksOf(query, query.range(set)), query.isReversed);
    return membersReply(members, !query.withScores ? 'none' : protocol === 3 ? 'pairs' : 'behind');
  }
}

function textOf(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(bulk).join('')}`;
}
