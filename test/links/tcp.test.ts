import { connect, Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Message } from '../../src/core/replication/messages.js';
import { LinkOverflowError, LinkProtocolError } from '../../src/links/errors.js';
import { LINK_PREAMBLE } from '../../src/links/frame.js';
import { changeOf, frameOf, plain } from './messages.js';
import { turn, until } from './recorder.js';
import { afterTest, cleanUp, listen, newEnd, pair, withBareSocket } from './sockets.js';

afterEach(cleanUp);

const credit = (parts: number): Message => ({ type: 'snapshot-credit', id: 1, parts });
const partsOf = (messages: readonly Message[]) =>
  messages.map((message) => (message.type === 'snapshot-credit' ? message.parts : -1));
const oneTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('a link', () => {
  test('carries messages both ways and says who dialled', async () => {
    const { dialler, acceptor, address } = await pair();
    dialler.seen.link.send(credit(1));
    acceptor.seen.link.send(changeOf('k', Buffer.from('v')));
    await until(() => dialler.seen.messages.length === 1 && acceptor.seen.messages.length === 1);
    expect(acceptor.seen.messages).toEqual([credit(1)]);
    expect(plain(dialler.seen.messages)).toEqual([plain(changeOf('k', Buffer.from('v')))]);
    expect(dialler.seen.link).toMatchObject({ dialled: address, remoteAddress: address });
    expect(acceptor.seen.link.dialled).toBeNull();
    expect(acceptor.seen.link.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('counts the bytes of both directions, preamble included', async () => {
    const { dialler, acceptor } = await pair();
    dialler.seen.link.send(credit(1));
    await until(() => acceptor.seen.messages.length === 1 && dialler.seen.link.queuedBytes === 0);
    const frameBytes = frameOf(credit(1)).length;
    expect(dialler.seen.link.bytesSent).toBe(LINK_PREAMBLE.length + frameBytes);
    expect(acceptor.seen.link.bytesReceived).toBe(frameBytes);
  });

  test('keeps the order under a large load in both directions', async () => {
    const { dialler, acceptor } = await pair();
    const count = 20_000;
    const large = Buffer.alloc(300_000, 0x61);
    for (const part of oneTo(count)) {
      dialler.seen.link.send(credit(part));
      acceptor.seen.link.send(credit(part));
      if (part % 1000 === 0) dialler.seen.link.send(changeOf('large', large));
      if (part % 500 === 0) await turn();
    }
    await until(() => dialler.seen.messages.length === count && acceptor.seen.messages.length === count + 20);
    expect(partsOf(dialler.seen.messages)).toEqual(oneTo(count));
    expect(partsOf(acceptor.seen.messages).filter((part) => part > 0)).toEqual(oneTo(count));
    expect(partsOf(acceptor.seen.messages)[1000]).toBe(-1);
  });

  test('serves several peers from one encoding', async () => {
    const pairs = await Promise.all([pair(), pair(), pair()]);
    const frame = frameOf(changeOf('k', Buffer.alloc(100_000, 7)));
    for (const { dialler } of pairs) dialler.seen.link.sendEncoded(frame);
    await until(() => pairs.every(({ acceptor }) => acceptor.seen.messages.length === 1));
    for (const { acceptor } of pairs) {
      expect(plain(acceptor.seen.messages)).toEqual([plain(changeOf('k', Buffer.alloc(100_000, 7)))]);
    }
  });

  test('that is accepted delivers what came right after the preamble, once it is up', async () => {
    const end = newEnd();
    const frame = frameOf(credit(1));
    const { address } = await listen((socket) =>
      end.transport.accept(socket, Buffer.concat([frame, frame.subarray(0, 5)])),
    );
    const [host, port] = address.split(':');
    const client = connect(Number(port), host);
    afterTest(() => client.destroy());
    client.write(frame.subarray(5));
    await until(() => end.seen.messages.length === 2);
    expect(end.seen.messages).toEqual([credit(1), credit(1)]);
  });

  test('takes bytes from a socket that reads into one buffer of its own', async () => {
    const end = newEnd({ turnBytes: 10_000 });
    const { address } = await listen((socket) => {
      for (const part of oneTo(5_000)) socket.write(frameOf(credit(part)));
    });
    let feed: (chunk: Buffer) => void = () => {};
    const buffer = Buffer.alloc(1_000);
    const callback = (length: number) => {
      feed(buffer.subarray(0, length));
      return true;
    };
    const socket = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]), onread: { buffer, callback } });
    afterTest(() => socket.destroy());
    feed = end.transport.accept(socket, Buffer.alloc(0));
    await until(() => end.seen.messages.length === 5_000);
    expect(partsOf(end.seen.messages)).toEqual(oneTo(5_000));
  });

  test('with a lot to read lets the rest of the event loop have its turn', async () => {
    const turnBytes = 100_000;
    const { dialler, acceptor } = await pair({ turnBytes });
    const frame = frameOf(changeOf('k', Buffer.alloc(10_000)));
    let inThisTurn = 0;
    let most = 0;
    acceptor.seen.react = () => {
      if (inThisTurn === 0)
        setImmediate(() => {
          inThisTurn = 0;
        });
      inThisTurn += frame.length;
      most = Math.max(most, inThisTurn);
    };
    for (let i = 0; i < 800; i++) dialler.seen.link.sendEncoded(frame);
    await until(() => acceptor.seen.messages.length === 800);
    // One chunk of the socket may go over the limit.
    expect(most).toBeLessThanOrEqual(turnBytes + 64 * 1024 + frame.length);
  });
});

describe('the end of a link', () => {
  test('is reported once, with the error, when the peer is killed', async () => {
    const { dialler, acceptor, accepted } = await pair();
    accepted.resetAndDestroy();
    await until(() => dialler.seen.downs.length === 1 && acceptor.seen.downs.length === 1);
    dialler.seen.link.send(credit(1));
    dialler.seen.link.close();
    for (let i = 0; i < 5; i++) await turn();
    expect(dialler.seen.downs).toHaveLength(1);
    expect(dialler.seen.downs[0]?.error).toMatchObject({ code: 'ECONNRESET' });
    expect(acceptor.seen.downs).toHaveLength(1);
  });

  test('is in good order at both ends when one closes, and its last message arrives', async () => {
    const { dialler, acceptor } = await pair();
    acceptor.seen.link.send(credit(7));
    acceptor.seen.link.close();
    expect(acceptor.seen.downs).toEqual([]);
    await until(() => dialler.seen.downs.length === 1 && acceptor.seen.downs.length === 1);
    expect(dialler.seen.messages).toEqual([credit(7)]);
    expect([dialler.seen.downs[0]?.error, acceptor.seen.downs[0]?.error]).toEqual([null, null]);
  });

  test('still lets the last message arrive while the peer keeps sending', async () => {
    const { dialler, acceptor } = await pair();
    acceptor.seen.react = (link) => {
      if (acceptor.seen.messages.length > 1) return;
      link.send(credit(7));
      link.close();
    };
    const frame = frameOf(changeOf('k', Buffer.alloc(100_000)));
    for (let i = 0; i < 50; i++) dialler.seen.link.sendEncoded(frame);
    await until(() => dialler.seen.downs.length === 1 && acceptor.seen.downs.length === 1);
    expect(dialler.seen.messages).toEqual([credit(7)]);
    expect(acceptor.seen.messages).toHaveLength(1);
  });

  test('comes after a short wait when the peer does not take what was sent before the close', async () => {
    const { end, socket } = await withBareSocket({ lingerMs: 20 });
    socket.pause();
    end.seen.link.sendEncoded(Buffer.alloc(64 * 1024 * 1024));
    end.seen.link.close();
    await until(() => end.seen.downs.length === 1);
    expect(end.seen.downs[0]?.error).toBeNull();
  });

  test.each<[string, Buffer, string]>([
    ['noise', Buffer.alloc(64, 0x41), 'length'],
    ['the answer of a Redis server', Buffer.from('-ERR unknown command\r\n'), 'length'],
    ['a frame with another checksum', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 8]), 'checksum'],
  ])('is a protocol error when the peer sends %s', async (_situation, bytes, code) => {
    const { end, socket } = await withBareSocket();
    const sound = frameOf(credit(1));
    socket.write(Buffer.concat([sound, bytes, sound]));
    await until(() => end.seen.downs.length === 1);
    expect(end.seen.downs[0]?.error).toBeInstanceOf(LinkProtocolError);
    expect(end.seen.downs[0]?.error).toMatchObject({ code });
    expect(end.seen.messages).toEqual([credit(1)]);
  });

  test('comes with all, when the transport closes all links and gives up all dials', async () => {
    const { dialler, address } = await pair();
    dialler.transport.dial(address, 5_000);
    await dialler.transport.closeAll();
    expect(dialler.seen.downs).toHaveLength(1);
    expect(dialler.seen.failedDials).toEqual([{ address, error: expect.objectContaining({ code: 'ECANCELED' }) }]);
  });
});

describe('a peer that does not read', () => {
  const frame = frameOf(changeOf('k', Buffer.alloc(64 * 1024)));

  test('makes the queue grow until the hard limit closes the link', async () => {
    const queuedBytesMax = 4 * 1024 * 1024;
    const { end, socket } = await withBareSocket({ queuedBytesMax });
    socket.pause();
    let most = 0;
    await until(() => {
      for (let i = 0; i < 16; i++) {
        end.seen.link.sendEncoded(frame);
        if (end.seen.link.queuedBytes <= queuedBytesMax) most = Math.max(most, end.seen.link.queuedBytes);
      }
      return end.seen.downs.length === 1;
    });
    expect(most).toBeGreaterThan(queuedBytesMax - 2 * frame.length);
    expect(end.seen.downs[0]?.error).toBeInstanceOf(LinkOverflowError);
  });

  test('and reads again wakes the sender once, below the low-water mark', async () => {
    const { end, socket } = await withBareSocket({ lowWaterBytes: 1024 * 1024 });
    const { seen } = end;
    socket.pause();
    await until(() => {
      seen.link.sendEncoded(frame);
      return seen.link.queuedBytes > 4 * 1024 * 1024;
    });
    const before = seen.drains;
    socket.resume();
    await until(() => seen.drains > before);
    expect(seen.link.queuedBytes).toBeLessThan(1024 * 1024);
    await until(() => seen.link.queuedBytes === 0);
    expect(seen.drains).toBe(before + 1);
  });
});

describe('a dial', () => {
  test('that is refused fails with the code of the system', async () => {
    const end = newEnd();
    const { server, address } = await listen(() => {});
    await new Promise((resolve) => server.close(resolve));
    end.transport.dial(address, 5_000);
    await until(() => end.seen.failedDials.length === 1);
    expect(end.seen.failedDials[0]).toMatchObject({ address, error: { code: 'ECONNREFUSED' } });
    expect(end.seen.failedDials[0]?.error.message).toContain(address);
    expect(end.seen.links).toEqual([]);
  });

  test('that gets no answer fails at its timeout', async () => {
    const end = newEnd({}, () => new Socket());
    end.transport.dial('192.0.2.1:7379', 20);
    await until(() => end.seen.failedDials.length === 1);
    expect(end.seen.failedDials[0]).toMatchObject({ address: '192.0.2.1:7379', error: { code: 'ETIMEDOUT' } });
  });

  test('of nonsense fails too, and not inside of the call', async () => {
    const end = newEnd();
    end.transport.dial('redis://nowhere', 5_000);
    expect(end.seen.failedDials).toEqual([]);
    await until(() => end.seen.failedDials.length === 1);
    expect(end.seen.failedDials[0]?.error).toMatchObject({ code: 'EINVAL', cause: { code: 'usage' } });
  });

  test('writes the preamble and the first messages of its turn first', async () => {
    const end = newEnd();
    let received = Buffer.alloc(0);
    const { address } = await listen((socket) =>
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
      }),
    );
    end.seen.onUp = (link) => link.send(credit(1));
    end.transport.dial(address, 5_000);
    const expected = Buffer.concat([Buffer.from('MNEMELNK'), frameOf(credit(1))]);
    await until(() => received.length >= expected.length);
    expect(received).toEqual(expected);
  });
});
