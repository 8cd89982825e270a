import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AdminConnection } from '../../src/admin/client/connection.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server that does with each connection what it is told, and a connection to it. */
async function connected(serve: (socket: Socket) => void): Promise<AdminConnection> {
  const server: Server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const connection = await AdminConnection.connect('127.0.0.1', (server.address() as AddressInfo).port, 5000);
  cleanups.push(() => connection.close());
  return connection;
}

/** Answers the n-th read with the n-th text, cut into pieces of so many bytes. */
const answering =
  (pieceBytes: number, ...answers: string[]) =>
  (socket: Socket): void => {
    socket.setNoDelay(true);
    socket.on('data', async () => {
      const bytes = Buffer.from(answers.shift() ?? '');
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        socket.write(bytes.subarray(at, at + pieceBytes));
        await new Promise((done) => setImmediate(done));
      }
    });
  };

describe('an admin connection', () => {
  test.each([1, 3, 1 << 20])('reads replies that come in pieces of %d bytes', async (pieceBytes) => {
    const connection = await connected(
      answering(pieceBytes, '$7\r\n"ä\r\nb"\r\n', '$0\r\n\r\n', '+OK\r\n', '-ERR no\r\n'),
    );
    expect(await connection.request(['MNEME', 'A'], 0)).toBe('"ä\r\nb"');
    expect(await connection.request(['MNEME', 'B'], 0)).toBe('');
    expect(await connection.request(['MNEME', 'C'], 0)).toBe('OK');
    await expect(connection.request(['MNEME', 'D'], 0)).rejects.toMatchObject({
      name: 'ReplyError',
      message: 'ERR no',
    });
  });

  test('gives answers that come together to the questions in their order', async () => {
    const connection = await connected((socket) => socket.once('data', () => socket.write('+one\r\n$3\r\ntwo\r\n')));
    expect(await Promise.all([connection.request(['1'], 0), connection.request(['2'], 0)])).toEqual(['one', 'two']);
  });

  test('counts the bytes of what it sends, not the characters', async () => {
    const connection = await connected((socket) =>
      socket.on('data', (chunk) => socket.write(`$${chunk.length}\r\n${chunk.toString()}\r\n`)),
    );
    expect(await connection.request(['MNEME', 'ä'], 0)).toBe('*2\r\n$5\r\nMNEME\r\n$2\r\nä\r\n');
  });

  test('ends with a reason when the server closes, is late, or speaks something else', async () => {
    const reasons = [
      [await connected((socket) => socket.once('data', () => socket.destroy())), 0, 'connection closed'],
      [await connected(() => {}), 20, 'no answer within'],
      [await connected(answering(99, 'HTTP/1.1 400 Bad Request\r\n\r\n')), 0, 'does not speak the Redis protocol'],
    ] as const;
    for (const [connection, timeoutMs, reason] of reasons) {
      await expect(connection.request(['MNEME'], timeoutMs)).rejects.toThrow(reason);
      await expect(connection.request(['MNEME'], timeoutMs)).rejects.toThrow(reason);
    }
  });
});
