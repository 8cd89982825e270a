import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Harness, until } from './harness.js';
import { KnownUsers } from './known-users.js';
import { PUBSUB, type Turn } from './pubsub-conversation.js';
import { RawClient, request } from './raw-client.js';
import { describeWithRedis, RedisBeside } from './redis-beside.js';

let harness: Harness;
const warnings: string[] = [];

beforeEach(() => {
  warnings.length = 0;
});

afterEach(() => harness.stop());

async function start(options: Parameters<typeof Harness.start>[0] = {}): Promise<void> {
  harness = await Harness.start({ onWarning: (text) => warnings.push(text), ...options });
}

const message = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const pushed = (...words: string[]): string => message(...words).replace('*', '>');

describeWithRedis('subscribers and publishers get the same bytes as from redis-server', () => {
  let redis: RedisBeside;

  beforeAll(async () => {
    redis = await RedisBeside.start();
  });

  afterAll(() => redis.stop());

  test.each([2, 3])('in RESP%i', async (protocol) => {
    await start();
    const [ours, theirs] = [await three(harness.port, protocol), await three(redis.port, protocol)];
    for (const client of [...ours, ...theirs]) await client.call('FLUSHALL');
    const differences: unknown[] = [];
    for (const turn of PUBSUB) {
      // In RESP3 a subscriber may begin a transaction, in which marks would be queued.
      if (protocol === 3 && turn[0] === 0 && turn[1] === 'MULTI') continue;
      const [our, their] = [await play(ours, turn), await play(theirs, turn)];
      if (our.join() !== their.join()) differences.push({ turn, our, their });
    }
    expect(differences).toEqual([]);
    for (const client of [...ours, ...theirs]) client.close();
  });
});

describe('a subscriber', () => {
  test('that wants no replies still gets messages', async () => {
    await start();
    const [one, other] = [await harness.client(), await harness.client()];
    await one.call('HELLO', '3');
    one.send(`${request('CLIENT', 'REPLY', 'OFF')}${request('SUBSCRIBE', 'c')}${request('GET', 'x')}`);
    expect(await one.reply()).toBe(`${message('subscribe', 'c').replace('*2', '>3')}:1\r\n`);
    await other.call('PUBLISH', 'c', 'm');
    expect(await one.reply()).toBe(pushed('message', 'c', 'm'));
  });

  test('that wants one reply left out hears what it has subscribed to, and is answered from then on', async () => {
    await start();
    const client = await harness.client();
    client.send(`${request('CLIENT', 'REPLY', 'SKIP')}${request('SUBSCRIBE', 'c')}${request('PING', 'x')}`);
    expect(await client.reply()).toBe(`${message('subscribe', 'c').replace('*2', '*3')}:1\r\n`);
    expect(await client.reply()).toBe('*2\r\n$4\r\npong\r\n$1\r\nx\r\n');
  });

  test('that publishes to itself gets the message behind the reply, each in its place', async () => {
    await start();
    const client = await harness.client();
    await client.call('HELLO', '3');
    client.send(
      Buffer.concat([
        request('SUBSCRIBE', 'c'),
        request('PUBLISH', 'c', '1'),
        request('UNSUBSCRIBE', 'c'),
        request('PING'),
      ]),
    );
    await client.reply();
    expect(await client.replies(2)).toBe(`:1\r\n${pushed('message', 'c', '1')}`);
    expect(await client.reply()).toContain('unsubscribe');
    expect(await client.reply()).toBe('+PONG\r\n');
  });

  test('gets what one client publishes in order, however it comes in', async () => {
    await start();
    const [one, other] = [await harness.client(), await harness.client()];
    await one.call('SUBSCRIBE', 'c');
    const numbers = Array.from({ length: 2000 }, (_, i) => String(i));
    other.send(Buffer.concat(numbers.map((number) => request('PUBLISH', 'c', number))));
    expect(await one.replies(2000)).toBe(numbers.map((number) => message('message', 'c', number)).join(''));
  });

  test('that takes nothing is cut off by name beyond its limit, and others are served', async () => {
    await start({ limits: { messages: 1024 * 1024 } });
    const [slow, quick, other] = [await harness.client(), await harness.client(), await harness.client()];
    slow.socket.pause();
    slow.send(request('CLIENT', 'SETNAME', 'slow-one'));
    slow.send(request('SUBSCRIBE', 'c'));
    await quick.call('SUBSCRIBE', 'c');
    await until(() => harness.listener.traffic().subscriptions === 1, 'both listen');
    expect(await other.call('PUBLISH', 'c', 'm')).toBe(':2\r\n');
    await quick.reply();
    const payload = 'x'.repeat(256 * 1024);
    let receivers = 2;
    for (let i = 0; i < 200 && receivers === 2; i++) {
      receivers = Number((await other.call('PUBLISH', 'c', payload)).slice(1));
      expect(await quick.reply()).toContain(payload);
    }
    expect(receivers).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/^limit messages was met by \S+ \(slow-one\)/)]);
    expect(harness.listener.limits().met.messages).toBe(1);
  });

  test('that closes its connection is forgotten', async () => {
    await start();
    const [one, other] = [await harness.client(), await harness.client()];
    await one.call('PSUBSCRIBE', 'c*');
    await one.call('SUBSCRIBE', 'c');
    expect(harness.listener.traffic().subscriptions).toBe(2);
    one.close();
    await until(() => harness.listener.traffic().subscriptions === 0, 'nobody listens');
    expect(await other.call('PUBLISH', 'c', 'm')).toBe(':0\r\n');
  });

  test('is shown as one by CLIENT LIST, by its type, and in INFO', async () => {
    await start();
    const [one, other] = [await harness.client(), await harness.client()];
    await one.call('HELLO', '3');
    await one.call('SUBSCRIBE', 'a', 'b');
    await one.replies(1);
    await one.call('PSUBSCRIBE', 'p*');
    await one.call('SSUBSCRIBE', 's');
    expect(await one.call('CLIENT', 'INFO')).toMatch(/ flags=P .* sub=2 psub=1 ssub=1 /);
    expect((await other.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).match(/ flags=P /g)).toHaveLength(1);
    expect((await other.call('CLIENT', 'LIST', 'TYPE', 'normal')).match(/ flags=N /g)).toHaveLength(1);
    expect(await other.call('INFO', 'stats')).toMatch(/pubsub_channels:2\r\npubsub_patterns:1\r\n/);
  });
});

describe('what could take long', () => {
  test('a pattern that takes too long to match costs its client the connection, by name, and the message goes on', async () => {
    await start();
    const [evil, good, other] = [await harness.client(), await harness.client(), await harness.client()];
    await evil.call('PSUBSCRIBE', `${'*a'.repeat(1)}*${'a'.repeat(2000)}b`);
    await good.call('PSUBSCRIBE', 'a*');
    const channel = 'a'.repeat(4096);
    expect(await other.call('PUBLISH', channel, 'm')).toBe(':1\r\n');
    await evil.closed;
    expect(await good.reply()).toContain(channel);
    expect(warnings).toEqual([expect.stringMatching(/^limit patterns was met/)]);
  });

  test('names that are too long, and more patterns than there may be, are refused by name', async () => {
    await start({ limits: { patterns: 2 } });
    const client = await harness.client();
    const long = 'x'.repeat(4097);
    for (const command of ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE'])
      expect(await client.call(command, 'short', long)).toBe(
        '-ERR channel or pattern of 4097 bytes is longer than 4096\r\n',
      );
    expect(await client.call('PUBLISH', long, 'm')).toContain('4097 bytes');
    expect(harness.listener.traffic().subscriptions).toBe(0);
    client.send(request('PSUBSCRIBE', 'a', 'b'));
    await client.replies(2);
    expect(await client.call('PSUBSCRIBE', 'c')).toBe('-ERR max number of patterns reached (patterns: 2)\r\n');
    expect(await client.call('PSUBSCRIBE', 'a')).toContain('psubscribe');
  });
});

describe('users', () => {
  const NO_CHANNEL = '-NOPERM this user has no permissions to access one of the channels used as arguments\r\n';

  async function as(name: string): Promise<RawClient> {
    const client = await harness.client();
    await client.call('AUTH', name, `${name}!`);
    return client;
  }

  test('readers subscribe, writers publish, and whoever has a prefix keeps to channels that begin so', async () => {
    const users = new KnownUsers(
      { name: 'root', role: 'admin', prefix: null },
      { name: 'eye', role: 'read', prefix: null },
      { name: 'shop', role: 'write', prefix: Buffer.from('shop:') },
    );
    await start({ access: users });
    const [root, eye, shop] = [await as('root'), await as('eye'), await as('shop')];
    expect(await eye.call('PUBLISH', 'c', 'm')).toBe(
      "-NOPERM this user has no permissions to run the 'publish' command\r\n",
    );
    for (const command of ['SUBSCRIBE', 'SSUBSCRIBE']) expect(await shop.call(command, 'shop:a', 'b')).toBe(NO_CHANNEL);
    for (const pattern of ['*', 'shop*', 'sho[p]:*', 'shop:'.slice(0, 4)])
      expect(await shop.call('PSUBSCRIBE', pattern)).toBe(NO_CHANNEL);
    expect(await shop.call('PUBLISH', 'news', 'm')).toBe(NO_CHANNEL);
    expect(await shop.call('PUBLISH', 'shop:news', 'm')).toBe(':0\r\n');
    expect(await shop.call('PUBSUB', 'NUMSUB', 'news')).toBe(NO_CHANNEL);
    await eye.call('SUBSCRIBE', 'news');
    expect(await shop.call('PUBSUB', 'CHANNELS')).toBe('*0\r\n');
    expect(await root.call('PUBSUB', 'CHANNELS')).toContain('news');
    expect(await shop.call('PSUBSCRIBE', '\\shop:*')).toContain('psubscribe');
    expect(await root.call('PUBLISH', 'shop:x', 'm')).toBe(':1\r\n');
    expect(await root.call('ACL', 'LIST')).toContain('&shop:*');
    users.remove('eye');
    harness.listener.reviewAccess();
    await eye.closed;
    expect(await root.call('PUBLISH', 'news', 'm')).toBe(':0\r\n');
  });
});

/** What one of them does, and all that each of the three hears of it. */
async function play(clients: readonly RawClient[], [who, line]: Turn): Promise<string[]> {
  clients[who]!.send(`${line}\r\n`);
  const heard = clients.map(() => '');
  // What is asked inside of a transaction is queued, and a mark would be too.
  const isQueued = who === 2 && /^(MULTI|PUBLISH inside|SET x)/.test(line);
  heard[who] = isQueued ? await clients[who]!.reply() : await upToMark(clients[who]!);
  for (const [i, client] of clients.entries())
    if (i !== who && !(isQueued && i === 2)) heard[i] = await upToMark(client);
  return heard;
}

let marks = 0;

async function upToMark(client: RawClient): Promise<string> {
  const mark = `mark-${marks++}`;
  client.send(request('PING', mark));
  for (const heard: string[] = []; ; ) {
    const reply = await client.reply();
    // Which of several patterns matches first is chance in Redis.
    if (reply.includes(mark) || reply === '<closed>') return heard.sort().join('');
    heard.push(reply);
  }
}

async function three(port: number, protocol: number): Promise<RawClient[]> {
  const clients = await Promise.all([0, 1, 2].map(() => RawClient.connect(port)));
  await Promise.all(clients.map((client) => client.call('HELLO', String(protocol))));
  return clients;
}
