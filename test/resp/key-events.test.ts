import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Harness } from './harness.js';
import { KEY_EVENT_SETTINGS, KEY_EVENTS } from './key-events-conversation.js';
import { RawClient, request } from './raw-client.js';
import { describeWithRedis, RedisBeside } from './redis-beside.js';

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(async () => {
  expect(harness.internalErrors).toEqual([]);
  await harness.stop();
});

describeWithRedis('key events are those of redis-server', () => {
  let redis: RedisBeside;

  beforeAll(async () => {
    redis = await RedisBeside.start();
  });

  afterAll(() => redis.stop());

  test.each([2, 3])('to a listener in RESP%i', async (protocol) => {
    const sides = await Promise.all([harness.port, redis.port].map((port) => two(port, protocol)));
    const differences: unknown[] = [];
    for (const line of KEY_EVENTS) {
      const [our, their] = await Promise.all(sides.map((side) => play(side, line)));
      if (our!.join('') !== their!.join('')) differences.push({ line, our, their });
    }
    expect(differences).toEqual([]);
    for (const side of sides) for (const client of side) client.close();
  });

  test('and so are the settings', async () => {
    const clients = [await harness.client(), await RawClient.connect(redis.port)];
    for (const text of KEY_EVENT_SETTINGS) {
      const [our, their] = await Promise.all(
        clients.map(async (client) => [
          await client.call('CONFIG', 'SET', 'notify-keyspace-events', text),
          await client.call('CONFIG', 'GET', 'notify-keyspace-events'),
        ]),
      );
      expect({ text, reply: our }).toEqual({ text, reply: their });
    }
    await clients[1]!.call('CONFIG', 'SET', 'notify-keyspace-events', '');
    clients[1]!.close();
  });
});

describe('key events', () => {
  test('come of requests that were sent many at a time, and end once they are no longer wanted', async () => {
    const [listener, writer] = [await harness.client(), await harness.client()];
    await listener.call('PSUBSCRIBE', '__keyevent@0__:*');
    const sets = Array.from({ length: 100 }, (_, i) => request('SET', `k${i}`, 'v'));
    await writer.call('CONFIG', 'SET', 'notify-keyspace-events', 'E$');
    writer.send(Buffer.concat(sets));
    const heard = await listener.replies(100);
    expect(heard.match(/:set\r\n/g)).toHaveLength(100);
    await writer.replies(100);
    await writer.call('CONFIG', 'SET', 'notify-keyspace-events', '');
    writer.send(Buffer.concat(sets));
    await writer.replies(100);
    expect(await listener.call('PING')).toContain('pong');
  });

  test('come to a client of its own writes behind the reply, as messages do that it publishes to itself', async () => {
    const client = await harness.client();
    await client.call('CONFIG', 'SET', 'notify-keyspace-events', 'Eg$');
    await client.call('HELLO', '3');
    await client.call('SUBSCRIBE', '__keyevent@0__:set');
    client.send(Buffer.concat([request('SET', 'k', 'v', 'EX', '9'), request('GET', 'k')]));
    const message = '>3\r\n$7\r\nmessage\r\n$18\r\n__keyevent@0__:set\r\n$1\r\nk\r\n';
    expect(await client.replies(3)).toBe(`+OK\r\n${message}$1\r\nv\r\n`);
  });

  test('of a command that was refused there are none', async () => {
    const [listener, writer] = [await harness.client(), await harness.client()];
    await listener.call('PSUBSCRIBE', '__key*');
    await writer.call('CONFIG', 'SET', 'notify-keyspace-events', 'KEA');
    harness.keyspace.refuseWrites = 'READONLY not now';
    expect(await writer.call('SET', 'k', 'v')).toContain('READONLY');
    expect(await writer.call('MSET', 'k', 'v')).toContain('READONLY');
    expect(await listener.call('PING')).toContain('pong');
  });
});

/** A client that listens to all key events, and one that gives commands. */
async function two(port: number, protocol: number): Promise<[RawClient, RawClient]> {
  const [listener, writer] = [await RawClient.connect(port), await RawClient.connect(port)];
  await listener.call('HELLO', String(protocol));
  await writer.call('FLUSHALL');
  await listener.call('PSUBSCRIBE', '__key*');
  return [listener, writer];
}

let marks = 0;

/** The answer, and then what the listener hears until a mark. */
async function play([listener, writer]: readonly [RawClient, RawClient], line: string): Promise<string[]> {
  writer.send(`${line}\r\n`);
  const heard = [await writer.replies(line.split('\n').length)];
  const mark = `mark-${marks++}`;
  listener.send(request('PING', mark));
  for (;;) {
    const reply = await listener.reply();
    if (reply.includes(mark)) return heard;
    heard.push(reply);
  }
}
