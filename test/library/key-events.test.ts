import { afterEach, expect, test } from '@jest/globals';
import type { MnemeNode } from '../../src/exports/index.js';
import { itemsOf, RawClient, request } from '../resp/raw-client.js';
import { openedNodes, until } from './support/nodes.js';

const open = openedNodes();
const clients: RawClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function clientOf(node: MnemeNode): Promise<RawClient> {
  const client = await RawClient.connect(Number(node.address!.split(':')[1]));
  clients.push(client);
  return client;
}

/** A client that hears all events of a node, by event and key. */
async function listenerOf(node: MnemeNode, classes = 'EA'): Promise<() => Promise<string>> {
  const client = await clientOf(node);
  await client.call('HELLO', '3');
  await client.call('CONFIG', 'SET', 'notify-keyspace-events', classes);
  await client.call('PSUBSCRIBE', '__keyevent@0__:*');
  return async () => {
    const reply = await client.reply();
    if (reply === '<closed>') throw new Error('the listener was cut off');
    const [, , channel = '', key = ''] = itemsOf(reply);
    const text = (bulk: string): string => bulk.replace(/^\$\d+\r\n|\r\n$/g, '');
    return `${text(channel).slice('__keyevent@0__:'.length)} ${text(key)}`;
  };
}

async function twoNodes(): Promise<[MnemeNode, MnemeNode]> {
  const a = await open({ clients: true });
  const b = await open({ name: 'b', join: [a.address!], clients: true });
  await until('they are linked', () =>
    [a, b].every((node) => node.status().members.every(({ link }) => link === 'self' || link === 'in-sync')),
  );
  return [a, b];
}

async function heardUntil(listener: () => Promise<string>, last: string): Promise<string[]> {
  const heard: string[] = [];
  while (heard.at(-1) !== last) heard.push(await listener());
  return heard;
}

/** A member that gets a key only once it has expired never had it, and tells nothing: so long a key is there, on busy machines too. */
const TO_ARRIVE_MS = '1000';

test('what a client writes at one member is told at each that is asked to, once', async () => {
  const [a, b] = await twoNodes();
  const [atA, atB] = [await listenerOf(a), await listenerOf(b)];
  const writer = await clientOf(a);
  const [wasSet, wasTouched, wasDeleted] = [
    ['SET', 'k', 'v'],
    ['EXPIRE', 'k', '1000'],
    ['DEL', 'k'],
  ];
  for (const [command, event] of [
    [wasSet!, 'set k'],
    [wasTouched!, 'expire k'],
    [['PERSIST', 'k'], 'persist k'],
    [['INCR', 'n'], 'incrby n'],
    [wasDeleted!, 'del k'],
  ] as const) {
    await writer.call(...command);
    expect(await atA()).toBe(event);
    expect(await atB()).toBe(event.replace('incrby', 'set'));
  }
  await writer.call('SET', 'k', 'v', 'EX', '1000');
  expect(await heardUntil(atA, 'expire k')).toEqual(['set k', 'expire k']);
  expect(await heardUntil(atB, 'expire k')).toEqual(['set k', 'expire k']);
});

test('what the process of a node writes is told at its port too', async () => {
  const a = await open({ clients: true });
  const listener = await listenerOf(a);
  const writer = await clientOf(a);
  await writer.call('SET', 'by-client', 'v');
  await a.set('by-process', 'v');
  await writer.call('SET', 'by-client', 'w');
  await a.delete('by-process');
  await writer.call('DEL', 'by-client');
  expect(await heardUntil(listener, 'del by-client')).toEqual([
    ...['set by-client', 'set by-process', 'set by-client', 'del by-process', 'del by-client'],
  ]);
});

test('a key with parts that expires is told once at each member, whether anybody looks at it or not', async () => {
  const [a, b] = await twoNodes();
  const [atA, atB] = [await listenerOf(a, 'Ex'), await listenerOf(b, 'Ex')];
  const writer = await clientOf(a);
  await writer.call('HSET', 'h', 'x', '1', 'y', '2');
  await writer.call('PEXPIRE', 'h', TO_ARRIVE_MS);
  for (const listener of [atA, atB]) expect(await listener()).toBe('expired h');
  await writer.call('HSET', 'seen', 'x', '1');
  await writer.call('PEXPIRE', 'seen', TO_ARRIVE_MS);
  while ((await writer.call('HGET', 'seen', 'x')) !== '$-1\r\n');
  for (const listener of [atA, atB]) expect(await listener()).toBe('expired seen');
  await writer.call('SET', 'last', 'v', 'PX', TO_ARRIVE_MS);
  for (const listener of [atA, atB]) expect(await listener()).toBe('expired last');
});

test('what expires is told at each member, once, whether anybody looks at it or writes it anew', async () => {
  const [a, b] = await twoNodes();
  const [atA, atB] = [await listenerOf(a, 'Ex'), await listenerOf(b, 'Ex')];
  const writer = await clientOf(a);
  await writer.call('SET', 'unseen', 'v', 'PX', TO_ARRIVE_MS);
  for (const listener of [atA, atB]) expect(await listener()).toBe('expired unseen');
  for (let i = 0; i < 20; i++) {
    await writer.call('SET', 'seen', 'v', 'PX', '1');
    const endMs = Date.now() + 3;
    while (Date.now() < endMs) await writer.call('PING');
    await writer.call(...(i % 2 === 0 ? ['GET', 'seen'] : ['SET', 'seen', 'w']));
    expect(await atA()).toBe('expired seen');
  }
  // The other tells of a value that it had: one of a millisecond may come too late, or be replaced before it is looked for.
  await writer.call('SET', 'last', 'v', 'PX', TO_ARRIVE_MS);
  expect(await atA()).toBe('expired last');
  const heard = await heardUntil(atB, 'expired last');
  expect(heard.every((event) => event === 'expired seen' || event === 'expired last')).toBe(true);
});

test('what was sent many at a time, and is performed by compiled code, leaves out nothing that has expired', async () => {
  const a = await open({ clients: true });
  const listener = await listenerOf(a, 'Ex');
  const writer = await clientOf(a);
  const count = 1000;
  const gone = Array.from({ length: count }, (_, i) => request('SET', `k${i}`, 'v', 'PX', '5'));
  const anew = Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? request('SET', `k${i}`, 'w') : request('GET', `k${i}`),
  );
  writer.send(Buffer.concat(gone));
  await writer.replies(count);
  const endMs = Date.now() + 300;
  while (Date.now() < endMs) await writer.call('PING');
  writer.send(Buffer.concat(anew));
  const heard = new Set<string>();
  for (let i = 0; i < count; i++) heard.add(await listener());
  expect(heard.size).toBe(count);
});

test('what has expired is told while a member is away, so that it cannot be collected', async () => {
  const [a, b] = await twoNodes();
  await b.close();
  const listener = await listenerOf(a, 'Ex');
  const writer = await clientOf(a);
  for (const key of ['one', 'two', 'three']) {
    await writer.call('SET', key, 'v', 'PX', '5');
    expect(await listener()).toBe(`expired ${key}`);
  }
});

test('what is evicted is told', async () => {
  const a = await open({ clients: true });
  const listener = await listenerOf(a, 'Ee');
  const writer = await clientOf(a);
  await writer.call('CONFIG', 'SET', 'maxmemory', '3mb', 'maxmemory-policy', 'allkeys-lru');
  const value = 'v'.repeat(10_000);
  for (let i = 0; i < 500; i++) expect(await writer.call('SET', `k${i}`, value)).toBe('+OK\r\n');
  const event = await listener();
  expect(event).toMatch(/^evicted k\d+$/);
  expect(await writer.call('GET', event.slice('evicted '.length))).toBe('$-1\r\n');
});

test('the setting is of one node', async () => {
  const [a, b] = await twoNodes();
  await listenerOf(a, 'KEA');
  expect(await (await clientOf(a)).call('CONFIG', 'GET', 'notify-keyspace-events')).toContain('AKE');
  expect(await (await clientOf(b)).call('CONFIG', 'GET', 'notify-keyspace-events')).not.toContain('AKE');
});

test('at other members a hash or a set whose last part goes is told as deleted, once', async () => {
  const [a, b] = await twoNodes();
  const [atB, writer] = [await listenerOf(b, 'EA'), await clientOf(a)];
  await writer.call('HSET', 'h', 'a', '1', 'b', '2');
  await writer.call('SADD', 's', 'x');
  await writer.call('EXPIRE', 'h', '1000');
  await heardUntil(atB, 'expire h');
  await writer.call('PERSIST', 'h');
  await heardUntil(atB, 'persist h');
  writer.send(request('HDEL', 'h', 'a', 'b'));
  writer.send(request('SREM', 's', 'x'));
  writer.send(request('SET', 'end', '1'));
  const heard = await heardUntil(atB, 'set end');
  expect(heard).toEqual(['del h', 'del s', 'set end']);
});
