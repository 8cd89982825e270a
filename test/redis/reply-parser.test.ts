import { describe, expect, test } from '@jest/globals';
import { RedisFailure, type RedisReply, ReplyParser } from '../../src/engines/redis/reply-parser.js';

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
].join('');

const ALL = [
  ...['OK', -12, 'a\r\nbc', '', ['x', 7, null]],
  ...['invalid a', 'invalid ', 'invalid b\r\n\xff', ['name', true], { push: ['invalidate', null] }],
  ...['failure ERR no', { push: ['message', 'c', 'm'] }, 'invalid z', null],
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

  test.each(['?\r\n', ':1x\r\n', '$x\r\n', '>2\r\n$10\r\ninvalidate\r\n*1\r\n:5\r\n'])('%j is none', (text) => {
    expect(() => parse([Buffer.from(text)])).toThrow(/byte/);
  });
});
