import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantError } from '../../src/core/model/errors.js';
import { originOf } from '../../src/core/model/version.js';
import type { Message } from '../../src/core/replication/messages.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import { FrameDecoder } from '../../src/links/codec.js';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from '../../src/links/frame.js';
import { rangeOf } from '../core/support/ranges.js';
import { anyMessage, arbitraryByType, changeOf, frameOf, lasting, plain } from './messages.js';

const MIB = 1024 * 1024;

function decode(...chunks: Buffer[]): Message[] {
  const decoder = new FrameDecoder();
  const messages: Message[] = [];
  for (const chunk of chunks) decoder.push(chunk, (message) => messages.push(lasting(message)));
  return messages;
}

function cutInto(stream: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < stream.length; i++) {
    const upto = at + (lengths[i % lengths.length] ?? 1);
    chunks.push(stream.subarray(at, upto));
    at = upto;
  }
  return chunks;
}

describe('every type of message', () => {
  test.each(Object.entries(arbitraryByType))('%s comes back as it was', (_type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<Message>, (message) => {
        expect(plain(decode(frameOf(message)))).toEqual([plain(message)]);
      }),
    );
  });
});

describe('a stream of frames', () => {
  test('gives the same messages whole and byte by byte', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 4 }), (messages) => {
        const stream = Buffer.concat(messages.map(frameOf));
        expect(plain(decode(stream))).toEqual(plain(messages));
        expect(plain(decode(...cutInto(stream, [1])))).toEqual(plain(messages));
      }),
    );
  });

  test('gives the same messages wherever it is cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 12 }), lengths, (messages, cuts) => {
        const stream = Buffer.concat(messages.map(frameOf));
        expect(plain(decode(...cutInto(stream, cuts)))).toEqual(plain(messages));
      }),
    );
  });

  test('leaves messages as they are when the chunks are one buffer used again and again', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 6 }), (messages) => {
        const decoder = new FrameDecoder();
        const found: Message[] = [];
        const chunk = Buffer.alloc(150);
        for (const part of cutInto(Buffer.concat(messages.map(frameOf)), [chunk.length])) {
          part.copy(chunk);
          decoder.push(chunk.subarray(0, part.length), (message) => found.push(lasting(message)));
        }
        chunk.fill(0xee);
        expect(plain(found)).toEqual(plain(messages));
      }),
    );
  });
});

describe('the size of a frame', () => {
  test("grows by 28 bytes, the entry's own, and zeros up to whole words for a write of the range's origin", () => {
    const origin = originOf('00000000000000aa', 1);
    const key = Buffer.from('sixteen bytes...');
    const value = Buffer.alloc(101);
    const lengthOf = (...seqs: number[]): number => {
      const rows = seqs.map((seq) => ({ seq, key, entry: { key, value, hlc: seq, origin, seq, expiryMs: 0 } }));
      return frameOf({ type: 'changes', group: 'data', ranges: [rangeOf({ origin, from: 0, upto: 2 }, rows)] }).length;
    };
    expect(lengthOf(1, 2) - lengthOf(1)).toBe(28 + 16 + 104);
  });

  test('allows an entry with a value of 64 MiB, which arrives whole', () => {
    const value = Buffer.alloc(64 * MIB, 0x5a);
    const frame = frameOf(changeOf('large', value));
    expect(frame.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    const [message] = decode(...cutInto(frame, [MIB]));
    const arrived = message?.type === 'changes' ? rowsOf(message.ranges[0]!)[0]?.entry?.value : null;
    expect(Buffer.compare(arrived!, value)).toBe(0);
  });

  test('is refused at the sender when it would be over the limit', () => {
    expect(() => frameOf(changeOf('too large', Buffer.alloc(MAX_FRAME_BYTES)))).toThrow(InvariantError);
  });
});

test('an origin of another form is refused at the sender', () => {
  const ranges = [rangeOf({ origin: 'A'.repeat(16), from: 0, upto: 1 })];
  expect(() => frameOf({ type: 'changes', group: 'data', ranges })).toThrow(InvariantError);
});

test('an entry whose header is complete but whose payload is not gives no message', () => {
  const frame = frameOf(changeOf('k', Buffer.from('v')));
  expect(decode(frame.subarray(0, FRAME_HEADER_BYTES))).toEqual([]);
  expect(decode(frame.subarray(0, frame.length - 1))).toEqual([]);
});
