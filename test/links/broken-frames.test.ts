import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from '../../src/core/replication/messages.js';
import { ByteWriter } from '../../src/links/byte-writer.js';
import { FrameDecoder } from '../../src/links/codec.js';
import { LinkProtocolError } from '../../src/links/errors.js';
import { FRAME_HEADER_BYTES, sealFrame } from '../../src/links/frame.js';
import { anyMessage, changeOf, frameOf, lasting, plain } from './messages.js';

interface Outcome {
  readonly messages: Message[];
  readonly error: LinkProtocolError | null;
}

/** Any other error than a LinkProtocolError fails the test. */
function outcomeOf(stream: Buffer, chunkBytes = stream.length): Outcome {
  const decoder = new FrameDecoder();
  const messages: Message[] = [];
  try {
    for (let at = 0; at < stream.length; at += chunkBytes) {
      decoder.push(stream.subarray(at, at + chunkBytes), (message) => messages.push(lasting(message)));
    }
    return { messages, error: null };
  } catch (error) {
    if (!(error instanceof LinkProtocolError)) throw error;
    return { messages, error };
  }
}

/** A frame with a right checksum around any content (type and payload). */
function forged(content: Uint8Array): Buffer {
  const buffer = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), content]);
  return sealFrame(new ByteWriter(buffer, buffer.length));
}

function contentOf(message: Message): Buffer {
  return Buffer.from(frameOf(message).subarray(FRAME_HEADER_BYTES));
}

/** What a receiver makes of any content is either an error or a message that could have been sent. */
function expectErrorOrSoundMessage(content: Uint8Array): void {
  const { messages, error } = outcomeOf(forged(content));
  expect(messages.length + (error === null ? 0 : 1)).toBe(1);
  for (const message of messages) expect(plain(outcomeOf(frameOf(message)).messages)).toEqual([plain(message)]);
}

describe('a frame that was damaged on the way', () => {
  test('gives no message when it is cut off anywhere', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, cut) => {
        const frame = frameOf(message);
        expect(outcomeOf(frame.subarray(0, cut % frame.length))).toEqual({ messages: [], error: null });
      }),
    );
  });

  test('gives no message when a byte is changed, and those before it still arrive', () => {
    const chunkBytes = fc.constantFrom(1, 7, 1_000_000);
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), chunkBytes, (message, at, flip, chunk) => {
        const first = frameOf({ type: 'behind', group: 'data', lost: false });
        const damaged = Buffer.from(frameOf(message));
        damaged[at % damaged.length]! ^= flip;
        const { messages } = outcomeOf(Buffer.concat([first, damaged]), chunk);
        expect(messages).toEqual([{ type: 'behind', group: 'data', lost: false }]);
      }),
      { numRuns: 500 },
    );
  });

  test('ends the stream: what follows it is not read, however sound', () => {
    const decoder = new FrameDecoder();
    const damaged = Buffer.from(frameOf({ type: 'bye', reason: 'stopping' }));
    damaged[damaged.length - 1]! ^= 1;
    const deliver = () => {
      throw new Error('delivered');
    };
    expect(() => decoder.push(damaged, deliver)).toThrow(LinkProtocolError);
    expect(() => decoder.push(frameOf({ type: 'bye', reason: 'stopping' }), deliver)).toThrow(LinkProtocolError);
  });
});

describe('bytes that no node sent', () => {
  test('never crash the decoder', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 300 }), (noise, chunkBytes) => {
        expect(outcomeOf(Buffer.from(noise), chunkBytes).messages).toEqual([]);
      }),
    );
  });

  test('give an error or a sound message when they come with a right checksum', () => {
    const type = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 80 }), (code, payload) => {
        expectErrorOrSoundMessage(Buffer.concat([Buffer.of(code), payload]));
      }),
      { numRuns: 2000 },
    );
  });

  test('give an error or a sound message when a payload was changed before its checksum was made', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(anyMessage, edits, fc.option(fc.nat()), (message, changes, cut) => {
        const content = contentOf(message);
        for (const [at, byte] of changes) content[at % content.length] = byte;
        expectErrorOrSoundMessage(cut === null ? content : content.subarray(0, 1 + (cut % content.length)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the error of a broken frame names what was wrong', () => {
  const change = contentOf(changeOf('k', Buffer.from('v')));
  const text = (type: number, json: string) => forged(Buffer.concat([Buffer.of(type), Buffer.from(json)]));
  const binary = (...bytes: number[]) => forged(Buffer.from(bytes));
  const damaged = Buffer.from(forged(change));
  damaged[4]! ^= 1;
  /** Changes of the origin in the table, from 0 to 1, with one row. */
  const row = (...words: number[]) => changes([0], 1, words);
  const changes = (origins: number[], count: number, words: number[]) =>
    binary(
      ...[7, 2, ...A, ...B, 1, 1, 0, 0, 1, count, words.length, origins.length, ...origins],
      ...words.flatMap(wordBytes),
    );
  const [A, B] = [1, 2].map((digit) => [
    ...new Array<number>(8).fill(digit),
    ...[0, 0, 0, 0],
    ...new Array(4).fill(digit),
  ]) as [number[], number[]];
  const snapshot = (...words: number[]) =>
    binary(...[11, 1, ...A, 1, 1, 0, 0, 0, 1, words.length, 1, 0], ...words.flatMap(wordBytes));
  const wordBytes = (word: number) => [...new Uint8Array(Int32Array.of(word).buffer)];

  test.each<[string, Buffer, string, RegExp]>([
    ['an answer of a Redis server', Buffer.from('-ERR unknown command'), 'length', /759517778 bytes/],
    ['no type', Buffer.alloc(8), 'length', /without a type/],
    ['another checksum', damaged, 'checksum', /checksum is/],
    ['an unknown type', binary(99), 'type', /unknown type 99/],
    ['no JSON', text(1, '{'), 'payload', /hello is not JSON/],
    ['a field of another kind', text(12, '{"id":"7"}'), 'payload', /snapshot-end\.id is "7", not a whole number/],
    ['a missing field', text(8, '{}'), 'payload', /behind\.group is undefined, not data or system/],
    ['a word out of the list', text(16, '{"reason":"bored"}'), 'payload', /bye\.reason is "bored"/],
    [
      'a name that objects own',
      text(14, '{"id":1,"from":{"seqs":{"__proto__":1},"floors":{}}}'),
      'payload',
      /an origin/,
    ],
    ['a null for an object', text(14, '{"id":1,"from":null}'), 'payload', /read\.from is null, not an object/],
    [
      'bytes after the end',
      forged(Buffer.concat([change, Buffer.of(0)])),
      'payload',
      /37 bytes of packed entries, not 36/,
    ],
    ['an early end', forged(change.subarray(0, -1)), 'payload', /35 bytes of packed entries, not 36/],
    ['an early end of its fields', forged(change.subarray(0, 20)), 'payload', /items do not fit|ends too early/],
    ['an origin that is not in the table', binary(7, 0, 1, 1, 0, 0, 0, 0, 0, 0), 'payload', /origin 0 of 0/],
    ['a count that cannot be true', binary(7, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x7f), 'payload', /items do not fit/],
    ['a number over 53 bits', binary(11, 0, ...new Array<number>(7).fill(0xff), 0x7f), 'payload', /over 53 bits/],
    ['a number without an end', binary(11, 0, ...new Array<number>(9).fill(0xff)), 'payload', /over 8 bytes/],
    ['a bucket that is none', binary(11, 0, 1, 1, 0, 0x80, 0x20, 0, 0), 'payload', /buckets 0 to 4096/],
    ['an unknown flag', binary(11, 0, 1, 1, 0, 0, 2, 0), 'payload', /flags 2/],
    ['an unknown group', binary(7, 0, 2, 0), 'payload', /group 2/],
    ['a tombstone with an expiry', row(3, 0, 0, 1, 0, 1, 0, 5, 0), 'payload', /tombstone with more than a key/],
    ['a row beyond its range', row(0, 0, 0, 1, 0, 2, 0), 'payload', /row 2 in the range 0 to 1/],
    [
      'two rows with one number',
      changes([0], 2, [0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0]),
      'payload',
      /row 1 in the range 1/,
    ],
    ['fewer rows than words', changes([0], 0, [0, 0, 0, 1, 0, 1, 0]), 'payload', /7 words behind/],
    ['more rows than words', changes([0], 2, [0, 0, 0, 1, 0, 1, 0]), 'payload', /without an end/],
    ['a value longer than the rest', row(0, 0, 5, 1, 0, 1, 0, 0), 'payload', /without an end/],
    ['a row of an origin out of the list', row(1 << 8, 0, 0, 1, 0, 1, 0), 'payload', /origin 1 of 1/],
    ["another origin's write without its row", changes([1], 1, [0, 0, 0, 1, 0, 1, 0]), 'payload', /without its row/],
    [
      "another origin's write of row 0",
      changes([1], 1, [16, 0, 0, 1, 0, 1, 0, 0, 0]),
      'payload',
      /row without a number/,
    ],
    ['a row without an entry that has an HLC', row(32, 0, 0, 1, 0, 1, 0), 'payload', /more than a key/],
    ['an HLC over 53 bits', row(0, 0, 0, 1, 1 << 21, 1, 0), 'payload', /HLC over 53 bits/],
    ['a kept value that is no touch', row(128, 0, 0, 1, 0, 1, 0), 'payload', /kept, and no touch/],
    ['a row in a snapshot', snapshot(32, 0, 0, 0, 0, 1, 0), 'payload', /flags 32/],
  ])('%s', (_situation, stream, code, message) => {
    const { error, messages } = outcomeOf(stream);
    expect(messages).toEqual([]);
    expect(error).toMatchObject({ code });
    expect(error?.message).toMatch(message);
  });
});
