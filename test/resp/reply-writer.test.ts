import { describe, expect, test } from '@jest/globals';
import { errorReply, mapReply, NULL_ARRAY, OK, type Protocol, type Reply } from '../../src/fronts/resp/codec/reply.js';
import { ReplyTooLarge } from '../../src/fronts/resp/codec/reply-buffer.js';
import { ReplyWriter } from '../../src/fronts/resp/codec/reply-writer.js';

function encode(reply: Reply, protocol: Protocol): string {
  const writer = new ReplyWriter();
  writer.protocol = protocol;
  writer.write(reply);
  return Buffer.concat(writer.take()).toString('latin1');
}

describe('reply writer', () => {
  test.each<[string, Reply, string, string]>([
    ['simple', OK, '+OK\r\n', '+OK\r\n'],
    ['error', errorReply('ERR a\r\nb'), '-ERR a  b\r\n', '-ERR a  b\r\n'],
    ['error of bytes', errorReply(Buffer.from([0x45, 0xff, 0x0a])), '-E\xff \r\n', '-E\xff \r\n'],
    ['integer', -7, ':-7\r\n', ':-7\r\n'],
    ['wide integer', 2n ** 63n - 1n, ':9223372036854775807\r\n', ':9223372036854775807\r\n'],
    ['bulk', Buffer.from([0, 255, 13, 10]), '$4\r\n\x00\xff\r\n\r\n', '$4\r\n\x00\xff\r\n\r\n'],
    ['text', 'é', '$2\r\n\xc3\xa9\r\n', '$2\r\n\xc3\xa9\r\n'],
    ['empty text', '', '$0\r\n\r\n', '$0\r\n\r\n'],
    ['null', null, '$-1\r\n', '_\r\n'],
    ['null array', NULL_ARRAY, '*-1\r\n', '_\r\n'],
    ['array', [1, ['a'], null], '*3\r\n:1\r\n*1\r\n$1\r\na\r\n$-1\r\n', '*3\r\n:1\r\n*1\r\n$1\r\na\r\n_\r\n'],
    ['map', mapReply([['a', 1]]), '*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
    ['set', { kind: 'set', items: [1, 2] }, '*2\r\n:1\r\n:2\r\n', '~2\r\n:1\r\n:2\r\n'],
    ['push', { kind: 'push', items: ['a'] }, '*1\r\n$1\r\na\r\n', '>1\r\n$1\r\na\r\n'],
    ['double', { kind: 'double', value: 1.5 }, '$3\r\n1.5\r\n', ',1.5\r\n'],
    ['infinity', { kind: 'double', value: -1 / 0 }, '$4\r\n-inf\r\n', ',-inf\r\n'],
    ['boolean', true, ':1\r\n', '#t\r\n'],
    ['verbatim', { kind: 'verbatim', text: 'ab' }, '$2\r\nab\r\n', '=6\r\ntxt:ab\r\n'],
    ['encoded', { kind: 'encoded', chunks: [Buffer.from('*0\r\n')] }, '*0\r\n', '*0\r\n'],
  ])('%s is encoded in RESP2 and RESP3', (_name, reply, resp2, resp3) => {
    expect(encode(reply, 2)).toBe(resp2);
    expect(encode(reply, 3)).toBe(resp3);
  });

  test('many replies of many sizes come out in order, whatever became a piece of its own', () => {
    const writer = new ReplyWriter();
    const expected: Buffer[] = [];
    for (const size of [10, 300_000, 20_000, 5, 700_000, 16_384, 1, 400_000]) {
      const value = Buffer.alloc(size, size % 251);
      writer.write(value);
      writer.write({ kind: 'encoded', chunks: [value] });
      expected.push(Buffer.from(`$${size}\r\n`), value, Buffer.from('\r\n'), value);
    }
    expect(writer.length).toBe(Buffer.concat(expected).length);
    expect(Buffer.concat(writer.take()).equals(Buffer.concat(expected))).toBe(true);
    expect(writer.length).toBe(0);
    expect(writer.take()).toEqual([]);
  });

  test('what was taken is not overwritten before its memory is used again, whatever is written meanwhile', () => {
    const writer = new ReplyWriter();
    const taken: string[] = [];
    const views: Uint8Array[] = [];
    for (let i = 0; i < 3000; i++) {
      const text = String(i).repeat(1 + (i % 300));
      writer.write(text);
      taken.push(`$${text.length}\r\n${text}\r\n`);
      views.push(...writer.take());
    }
    expect(Buffer.concat(views).toString()).toBe(taken.join(''));
  });

  test('memory that is left to a reply on its way is not written to', () => {
    const writer = new ReplyWriter();
    writer.write('first');
    const first = writer.take();
    writer.leave();
    writer.write('other');
    const other = writer.take();
    writer.reuse();
    writer.write('third');
    expect(Buffer.concat(first).toString()).toBe('$5\r\nfirst\r\n');
    expect(Buffer.concat(other).toString()).toBe('$5\r\nthird\r\n');
  });

  test.each([0, 9, 10, 99, 100, 999, 1000, 65_536, 1_234_567])(
    'a value of %i bytes from elsewhere is a bulk',
    (size) => {
      const writer = new ReplyWriter();
      const source = Buffer.alloc(size + 7, 'v');
      writer.value(source, 3, size);
      expect(Buffer.concat(writer.take()).equals(Buffer.from(`$${size}\r\n${'v'.repeat(size)}\r\n`))).toBe(true);
    },
  );

  test('a reply over the bound is refused', () => {
    const writer = new ReplyWriter(100_000);
    expect(() => writer.write(Array.from({ length: 20 }, () => Buffer.alloc(10_000)))).toThrow(ReplyTooLarge);
    writer.discard();
    writer.write(1);
    expect(Buffer.concat(writer.take()).toString()).toBe(':1\r\n');
  });
});
