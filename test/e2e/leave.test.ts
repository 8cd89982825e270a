import { afterAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { mneme, NodeProcess, temporaryDirectory, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const a = new NodeProcess('a', `${directory.path}/a`, []);
const b = new NodeProcess('b', `${directory.path}/b`, []);

afterAll(async () => {
  await Promise.all([a.kill(), b.kill()]);
  directory.remove();
});

/** Large, so that what was not sent yet is much. */
const VALUE = 'v'.repeat(20_000);

/** Writes keys of its own, one after the other, until the node refuses; gives those that were acknowledged. */
async function writeUntilRefused(port: number, writer: number): Promise<string[]> {
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  await client.connect();
  const acknowledged: string[] = [];
  for (;;) {
    const keys = Array.from({ length: 64 }, (_, i) => `w${writer}:${acknowledged.length + i}`);
    const replies = await Promise.allSettled(keys.map((key) => client.set(key, VALUE)));
    acknowledged.push(...keys.filter((_, i) => replies[i]!.status === 'fulfilled'));
    if (replies.some(({ status }) => status === 'rejected')) break;
  }
  client.disconnect();
  return acknowledged;
}

test('a node leaves while clients write to it as fast as they can, and everything that it acknowledged stays', async () => {
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
  const port = Number(b.address.split(':')[1]);
  const writers = [0, 1, 2, 3].map((writer) => writeUntilRefused(port, writer));
  const busy = new Redis(port);
  while ((await busy.dbsize()) < 2000);
  busy.disconnect();
  expect(await mneme(['cluster', 'leave', '--yes', '--node', b.address])).toMatchObject({ code: 0 });
  const keys = (await Promise.all(writers)).flat();
  expect(await b.exited).toBe(0);
  const reader = new Redis(Number(a.address.split(':')[1]));
  const values = await reader.mget(keys);
  reader.disconnect();
  expect(keys.filter((_, i) => values[i] === null)).toEqual([]);
}, 60_000);
