import { describe, expect, test } from '@jest/globals';
import { type Push, RedisFailure, type RedisReply, ReplyParser } from '../../src/engines/redis/reply-parser.js';

const STREAM = [
  '+OK\r\n',
  ':-12\r\n',
  '$5\r\na\r\nbc\r\n$0\r\n\r\n',
  '*3\r\n$1\r\nx\r\n:7\r\n_\r\n',
  '>2\r\n$10\r\ninvalidate\r\n*3\r\n$1\r\na\r\n$0\r\n\r\n$4\r\nb\r\n\xff\r\n',
  '%1\r\n+name\r\n#t\r\n',
  '>2\r\n$10\r\ninvalidate\r\n_\r\n',
  '-ERR no\r\n',
  '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n',
  '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nz\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*2\r\n*2\r\n:1\r\n*0\r\n*1\r\n$-1\r\n',
  ':9223372036854775807\r\n:-9223372036854775808\r\n:9007199254740991\r\n',
  '!7\r\nERR far\r\n',
].join('');

const ALL = [
  ...['OK', -12, 'a\r\nbc', '', ['x', 7, null]],
  ...['invalid a', 'invalid ', 'invalid b\r\n\xff', ['name', true], { push: ['invalidate', null] }],
  ...['failure ERR no', { push: ['message', 'c', 'm'] }, 'invalid z', null],
  ...[[], [[1, []], [null]], 9223372036854775807n, -9223372036854775808n, 9007199254740991, 'failure ERR far'],
];

function textOf(reply: RedisReply): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString('latin1');
  if (reply instanceof RedisFailure) return `failure ${reply.message}`;
  return Array.isArray(reply) ? reply.map(textOf) : reply;
}

function parse(chunks: Iterable<Buffer>): unknown[] {
  const found: unknown[] = [];
  const parser = new ReplyParser(
    (reply) => {
      const isPush = reply !== null && typeof reply === 'object' && 'items' in reply;
      found.push(isPush ? { push: reply.items.map(textOf) } : textOf(reply));
    },
    (bytes, start, end) => found.push(`invalid ${bytes.toString('latin1', start, end)}`),
  );
  for (const chunk of chunks) parser.push(chunk);
  return found;
}

describe('replies of a Redis', () => {
  const bytes = Buffer.from(STREAM, 'latin1');

  test('are the same whole and byte by byte', () => {
    expect(parse([bytes])).toEqual(ALL);
    expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toEqual(ALL);
  });

  test('are the same cut in two anywhere', () => {
    for (let at = 0; at <= bytes.length; at++)
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)].map((part) => Buffer.from(part)))).toEqual(ALL);
  });

  test('of many megabytes are read in a time that grows with their length, however they are cut', () => {
    const value = Buffer.alloc(4_000_000, 'x');
    const header = Buffer.from(`$${value.length}\r\n`);
    const list = Buffer.concat([
      Buffer.from('*16\r\n'),
      ...Array(16).fill(Buffer.concat([header, value, Buffer.from('\r\n')])),
    ]);
    const chunks = function* (): Iterable<Buffer> {
      for (let at = 0; at < list.length; at += 16_384) yield list.subarray(at, at + 16_384);
    };
    const replies: (RedisReply | Push)[] = [];
    const parser = new ReplyParser(
      (reply) => replies.push(reply),
      () => {},
    );
    const copied = countCopied(() => {
      for (const chunk of chunks()) parser.push(chunk);
    });
    expect((replies[0] as Buffer[]).every((one) => one.equals(value))).toBe(true);
    expect(copied).toBeLessThan(2 * list.length);
  });

  test.each(['?\r\n', ':1x\r\n', '$x\r\n', '>2\r\n$10\r\ninvalidate\r\n*1\r\n:5\r\n'])('%j is none', (text) => {
    expect(() => parse([Buffer.from(text)])).toThrow(/byte/);
  });
});

/** How many bytes `work` copies, by the two ways that there are. */
function countCopied(work: () => void): number {
  let copied = 0;
  const { concat } = Buffer;
  const { set } = Uint8Array.prototype;
  Buffer.concat = (list, length) => {
    for (const part of list) copied += part.length;
    return concat(list, length);
  };
  Uint8Array.prototype.set = function (this: Uint8Array, from, at) {
    copied += from.length;
    set.call(this, from, at);
  };
  try {
    work();
  } finally {
    Buffer.concat = concat;
    Uint8Array.prototype.set = set;
  }
  return copied;
}
