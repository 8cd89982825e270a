import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withClient } from '../../src/admin/client/client.js';
import { ANSWER_TIMEOUT_MS, setAnswerTimeout } from '../../src/admin/client/patience.js';

const LIMIT_MS = 100;
/** Three limits: whoever counts completion gives up before. */
const WORK_MS = 300;

/** A node that answers pings until it freezes, and everything else when its work is done. */
let server: Server;
let isFrozen = false;
let pings = 0;
beforeEach(async () => {
  setAnswerTimeout(LIMIT_MS);
  isFrozen = false;
  pings = 0;
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      if (isFrozen) return;
      if (!chunk.includes('PING')) return void setTimeout(() => isFrozen || socket.write('$2\r\n{}\r\n'), WORK_MS);
      pings++;
      socket.write('+PONG\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  setAnswerTimeout(ANSWER_TIMEOUT_MS);
  server.close();
});

const address = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;

test('long work goes on past the time limit, as long as the node is there', async () => {
  const request = { strategy: { kind: 'merge', policy: 'lww' }, limit: 1, offset: 0 } as const;
  expect(await withClient(address(), (client) => client.call('PLAN', request))).toEqual({});
  expect(pings).toBeGreaterThan(1);
});

test('a question that has a quick answer ends with the limit, whether or not the node is there', async () => {
  await expect(withClient(address(), (client) => client.call('STATUS', {}))).rejects.toMatchObject({
    code: 'not-reachable',
    message: `no node answers at ${address()} (no answer within 0.1 s)`,
  });
});

test('long work ends where the node freezes in the middle of it', async () => {
  const work = withClient(address(), (client) => client.call('DIGESTS', {}));
  isFrozen = true;
  await expect(work).rejects.toMatchObject({ code: 'not-reachable', message: expect.stringContaining('0.1 s') });
});
