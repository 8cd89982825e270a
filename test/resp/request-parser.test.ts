import { describe, expect, test } from '@jest/globals';
import { DEFAULT_REQUEST_LIMITS, ProtocolError, RequestParser } from '../../src/fronts/resp/codec/request-parser.js';
import { newShortRequest, type ShortRequest } from '../../src/fronts/resp/codec/short-request.js';
import { request } from './raw-client.js';

/** Requests as latin1 strings, fed in the given pieces. */
function parse(pieces: Buffer[], limits = DEFAULT_REQUEST_LIMITS): string[][] {
  const parser = new RequestParser(limits);
  const found: string[][] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let args = parser.next(); args !== undefined; args = parser.next()) {
      found.push(args.toArray().map((argument) => Buffer.from(argument).toString('latin1')));
    }
  }
  return found;
}

/**
 * As a connection does it: short requests are read in place first, and the memory that a piece came in is used again after
 * each piece.
 */
function parseInPlace(pieces: Buffer[], limits = DEFAULT_REQUEST_LIMITS): string[][] {
  const parser = new RequestParser(limits);
  const short = Array.from({ length: 3 }, newShortRequest);
  const memory = Buffer.alloc(Math.max(...pieces.map((piece) => piece.length)));
  const found: string[][] = [];
  for (const piece of pieces) {
    piece.copy(memory);
    parser.push(memory, piece.length);
    while (takeShort(parser, short, found) || takeAny(parser, found)) {}
    parser.keep();
    memory.fill('*');
  }
  return found;
}

/** Takes all but the last of those that were read ahead, so that some are read again. */
function takeShort(parser: RequestParser, short: readonly ShortRequest[], found: string[][]): boolean {
  const count = parser.peekShort(short);
  const taken = short.slice(0, Math.max(Math.min(count, 1), count - 1));
  for (const { kind, bytes, keyStart, keyEnd, valueStart, valueEnd } of taken) {
    const key = bytes.toString('latin1', keyStart, keyEnd);
    found.push(kind === 'get' ? ['get', key] : ['set', key, bytes.toString('latin1', valueStart, valueEnd)]);
  }
  if (taken.length > 0) parser.skip(taken[taken.length - 1]!);
  return taken.length > 0;
}

function takeAny(parser: RequestParser, found: string[][]): boolean {
  const args = parser.next();
  if (args !== undefined) found.push(args.toArray().map((argument) => Buffer.from(argument).toString('latin1')));
  return args !== undefined;
}

/** The names of commands are read in any case, and a short request says only which it is. */
function inLowerCase(requests: string[][]): string[][] {
  return requests.map(([name, ...rest]) => [name!.toLowerCase(), ...rest]);
}

function bytewise(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}

/** A seeded generator, so that a split that fails fails again. */
function randomSplit(bytes: Buffer, seed: number): Buffer[] {
  const pieces: Buffer[] = [];
  let state = seed;
  for (let at = 0; at < bytes.length; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const length = 1 + ((state >>> 16) % 23);
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const STREAM = Buffer.concat([
  request('PING'),
  request('SET', 'key', ALL_BYTES),
  Buffer.from('*0\r\n*-1\r\n\r\n  \r\n'),
  Buffer.from('SET "a b" \'c\\\'d\' \\x "\\x41\\n\\"z"\r\n'),
  request('SET', '', ''),
  Buffer.from('get key\n'),
  request('SET', 'long', 'x'.repeat(300)),
  request('ECHO', '\r\n*1\r\n$4\r\nPING\r\n'),
]);
const EXPECTED = [
  ['PING'],
  ['SET', 'key', ALL_BYTES.toString('latin1')],
  ['SET', 'a b', "c'd", '\\x', 'A\n"z'],
  ['SET', '', ''],
  ['get', 'key'],
  ['SET', 'long', 'x'.repeat(300)],
  ['ECHO', '\r\n*1\r\n$4\r\nPING\r\n'],
];

describe('request parser', () => {
  test('a stream fed whole gives its requests', () => {
    expect(parse([STREAM])).toEqual(EXPECTED);
  });

  test('a stream fed byte by byte gives the same requests', () => {
    expect(parse(bytewise(STREAM))).toEqual(EXPECTED);
  });

  test.each(Array.from({ length: 50 }, (_, i) => i + 1))(
    'a stream split at random (seed %i) gives the same requests',
    (seed) => {
      expect(parse(randomSplit(STREAM, seed))).toEqual(EXPECTED);
    },
  );

  test.each([
    ['whole', [STREAM]],
    ['byte by byte', bytewise(STREAM)],
    ...Array.from({ length: 50 }, (_, i): [string, Buffer[]] => [`split at random (${i})`, randomSplit(STREAM, i + 1)]),
  ])('a stream read in place, %s, gives the same requests', (_, pieces) => {
    expect(inLowerCase(parseInPlace(pieces))).toEqual(inLowerCase(EXPECTED));
  });

  test.each([
    ['GET in any case', request('gEt', 'k'), true],
    ['SET in any case', request('SeT', 'k', 'v'), true],
    ['empty key and value', request('set', '', ''), true],
    ['the longest value', request('set', 'k', 'v'.repeat(99_999)), true],
    ['a longer value', request('set', 'k', 'v'.repeat(100_000)), false],
    ['an option', request('set', 'k', 'v', 'nx'), false],
    ['too few arguments', request('set', 'k'), false],
    ['too many arguments', request('get', 'k', 'k'), false],
    ['another command', request('del', 'k'), false],
    ['inline', Buffer.from('get key-of-some-length\r\n'), false],
    ['a length with a zero in front', Buffer.from('*2\r\n$3\r\nget\r\n$01\r\nk\r\n'), false],
    ['a length below zero', Buffer.from('*2\r\n$3\r\nget\r\n$-1\r\nk\r\n'), false],
    ['no length', Buffer.from('*2\r\n$3\r\nget\r\n$\r\nkk\r\n'), false],
  ])('%s: whether it is a short request', (_, bytes, isShort) => {
    const parser = new RequestParser();
    parser.push(bytes);
    const read = newShortRequest();
    expect(parser.peekShort([read])).toBe(isShort ? 1 : 0);
    expect(parser.pendingBytes).toBe(bytes.length);
    if (isShort) parser.skip(read);
    expect(parser.pendingBytes).toBe(isShort ? 0 : bytes.length);
    for (let length = 0; length < Math.min(bytes.length, 1000); length++) {
      const part = new RequestParser();
      part.push(bytes, length);
      expect(part.peekShort([newShortRequest()])).toBe(0);
    }
  });

  test('a short request over the limit of an argument is left to be refused', () => {
    const limits = { ...DEFAULT_REQUEST_LIMITS, bulkBytesMax: 10 };
    expect(parseInPlace([request('set', 'k'.repeat(10), 'v'.repeat(10))], limits)).toHaveLength(1);
    for (const bytes of [request('set', 'k', 'v'.repeat(11)), request('get', 'k'.repeat(11))]) {
      expect(() => parseInPlace([bytes], limits)).toThrow(new ProtocolError('invalid bulk length'));
    }
  });

  test('arguments handed out stay intact while later chunks arrive', () => {
    const parser = new RequestParser();
    const bytes = Buffer.concat([request('ECHO', 'first'), request('ECHO', 'second')]);
    parser.push(bytes.subarray(0, 10));
    expect(parser.next()).toBeUndefined();
    parser.push(bytes.subarray(10, 30));
    const first = parser.next()!;
    parser.push(bytes.subarray(30));
    const second = parser.next()!;
    parser.push(Buffer.alloc(1000, 0x78));
    expect(Buffer.from(first.at(1)).toString()).toBe('first');
    expect(Buffer.from(second.at(1)).toString()).toBe('second');
  });

  test('a value of 16 MiB in chunks of 64 KiB is gathered in linear time and memory', () => {
    const bytes = request('SET', 'big', Buffer.alloc(16 * 1024 * 1024, 7));
    const parser = new RequestParser();
    for (let at = 0; at < bytes.length; at += 65_536) {
      expect(parser.next()).toBeUndefined();
      parser.push(bytes.subarray(at, at + 65_536));
    }
    const args = parser.next()!;
    expect(args.at(2).length).toBe(16 * 1024 * 1024);
    expect(args.at(2).buffer.byteLength).toBeLessThan(34 * 1024 * 1024);
    expect(parser.next()).toBeUndefined();
    expect(parser.pendingBytes).toBe(0);
  });

  test.each([
    ['*abc\r\n', 'invalid multibulk length'],
    ['*\r\n', 'invalid multibulk length'],
    ['*01\r\n', 'invalid multibulk length'],
    ['*+1\r\n', 'invalid multibulk length'],
    ['*1048577\r\n', 'invalid multibulk length'],
    ['*99999999999999999999\r\n', 'invalid multibulk length'],
    ['*1\r\n+PING\r\n', "expected '$', got '+'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n$67108865\r\n', 'invalid bulk length'],
    ['set "a\r\n', 'unbalanced quotes in request'],
    ['set "a"b\r\n', 'unbalanced quotes in request'],
    ["set 'a\r\n", 'unbalanced quotes in request'],
    ['x'.repeat(65_537), 'too big inline request'],
    [`*${'1'.repeat(65_537)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(65_537)}`, 'too big bulk count string'],
  ])('broken bytes %j are refused in the words of Redis, also byte by byte', (text, message) => {
    const bytes = Buffer.from(text);
    expect(() => parse([bytes])).toThrow(new ProtocolError(message));
    if (bytes.length < 1000) expect(() => parse(bytewise(bytes))).toThrow(new ProtocolError(message));
  });

  test('a request of more bytes in all than allowed is refused', () => {
    const limits = { ...DEFAULT_REQUEST_LIMITS, requestBytesMax: 1000 };
    const bytes = request('MSET', ...Array.from({ length: 100 }, () => 'x'.repeat(50)));
    expect(() => parse(randomSplit(bytes, 3), limits)).toThrow(ProtocolError);
  });

  test('mutilated streams give requests or a protocol error, never anything else', () => {
    let state = 42;
    const random = (bound: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 8) % bound;
    };
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(STREAM);
      for (let i = 0; i < 5; i++) bytes[random(bytes.length)] = '*$\r\n"0189 -'.charCodeAt(random(11));
      const ways = [parse, parseInPlace].flatMap((way) =>
        [[bytes], randomSplit(bytes, round + 1)].map((pieces) => () => inLowerCase(way(pieces))),
      );
      const outcomes = ways.map((way) => {
        try {
          return way();
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          return (error as Error).message;
        }
      });
      for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    }
  });

  test('limits are inclusive', () => {
    const limits = { ...DEFAULT_REQUEST_LIMITS, bulkBytesMax: 5, argumentsMax: 2 };
    expect(parse([request('ECHO', '12345')], limits)).toEqual([['ECHO', '12345']]);
    expect(() => parse([request('ECHO', '123456')], limits)).toThrow('invalid bulk length');
    expect(() => parse([request('MGET', 'a', 'b')], limits)).toThrow('invalid multibulk length');
  });
});
