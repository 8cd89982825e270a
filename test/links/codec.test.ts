import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvariantError } from '../../src/core/errors.js';
import type { Message } from '../../src/core/messages.js';
import { encodeMessage, FrameDecoder, messageBytes } from '../../src/links/codec.js';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from '../../src/links/frame.js';
import { anyMessage, arbitraryByType, changeOf, plain } from './messages.js';

const MIB = 1024 * 1024;

function decode(...chunks: Buffer[]): Message[] {
  const decoder = new FrameDecoder();
  const messages: Message[] = [];
  for (const chunk of chunks) decoder.push(chunk, (message) => messages.push(lasting(message)));
  return messages;
}

/** The entries of a snapshot's part are gone once they are handled. */
function lasting(message: Message): Message {
  if (message.type !== 'snapshot-part') return message;
  return { ...message, entries: { ...message.entries, words: message.entries.words.slice() } };
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
        expect(plain(decode(encodeMessage(message)))).toEqual([plain(message)]);
      }),
    );
  });
});

describe('a stream of frames', () => {
  test('gives the same messages whole and byte by byte', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 4 }), (messages) => {
        const stream = Buffer.concat(messages.map(encodeMessage));
        expect(plain(decode(stream))).toEqual(plain(messages));
        expect(plain(decode(...cutInto(stream, [1])))).toEqual(plain(messages));
      }),
    );
  });

  test('gives the same messages wherever it is cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 12 }), lengths, (messages, cuts) => {
        const stream = Buffer.concat(messages.map(encodeMessage));
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
        for (const part of cutInto(Buffer.concat(messages.map(encodeMessage)), [chunk.length])) {
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
  test('is at most what messageBytes says, for messages with entries', () => {
    const withEntries = fc.oneof(
      arbitraryByType.changes,
      arbitraryByType['snapshot-part'],
      arbitraryByType['read-reply'],
      arbitraryByType.ack,
    );
    fc.assert(
      fc.property(withEntries, (message) => {
        expect(encodeMessage(message).length).toBeLessThanOrEqual(messageBytes(message));
      }),
    );
  });

  test("grows by 12 bytes and the entry's own for a small write of the range's origin", () => {
    const value = Buffer.alloc(100);
    const one = changeOf('sixteen bytes ...', value);
    const [range] = one.ranges;
    const row = range!.rows[0]!;
    const next = { seq: 2, key: row.key, entry: { ...row.entry!, seq: 2 } };
    const two: Message = { ...one, ranges: [{ ...range!, upto: 2, rows: [row, next] }] };
    const growth = encodeMessage(two).length - encodeMessage(one).length;
    expect(growth - row.key.length - value.length).toBe(12);
  });

  test('allows an entry with a value of 64 MiB, which arrives whole', () => {
    const value = Buffer.alloc(64 * MIB, 0x5a);
    const frame = encodeMessage(changeOf('large', value));
    expect(frame.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    const [message] = decode(...cutInto(frame, [MIB]));
    const arrived = message?.type === 'changes' ? message.ranges[0]?.rows[0]?.entry?.value : null;
    expect(Buffer.compare(arrived!, value)).toBe(0);
  });

  test('is refused at the sender when it would be over the limit', () => {
    expect(() => encodeMessage(changeOf('too large', Buffer.alloc(MAX_FRAME_BYTES)))).toThrow(InvariantError);
  });
});

describe('a message that breaks a rule of its type is refused at the sender', () => {
  const change = changeOf('k', Buffer.from('v'));
  const range = change.ranges[0]!;
  const row = range.rows[0]!;
  test.each<[string, Message]>([
    ['a row beyond the end of its range', { ...change, ranges: [{ ...range, upto: 0 }] }],
    ['two rows with one number', { ...change, ranges: [{ ...range, rows: [row, row] }] }],
    [
      "a row with another key's entry",
      { ...change, ranges: [{ ...range, rows: [{ ...row, key: Buffer.from('j') }] }] },
    ],
    ['an HLC that is no safe integer', { ...change, ranges: [{ ...range, rows: [withHlc(2 ** 53)] }] }],
    ['an origin of another form', { ...change, ranges: [{ ...range, origin: 'A'.repeat(16), rows: [] }] }],
  ])('%s', (_situation, message) => {
    expect(() => encodeMessage(message)).toThrow(InvariantError);
  });

  function withHlc(hlc: number) {
    return { ...row, entry: { ...row.entry!, hlc } };
  }
});

test('an entry whose header is complete but whose payload is not gives no message', () => {
  const frame = encodeMessage(changeOf('k', Buffer.from('v')));
  expect(decode(frame.subarray(0, FRAME_HEADER_BYTES))).toEqual([]);
  expect(decode(frame.subarray(0, frame.length - 1))).toEqual([]);
});
