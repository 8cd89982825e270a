import { afterEach, expect, test } from '@jest/globals';
import type { MnemeNode } from '../../src/exports/index.js';
import { entryExport } from '../../src/operations/entry/export.js';
import { entryInspect } from '../../src/operations/entry/inspect.js';
import { entryList } from '../../src/operations/entry/list.js';
import { openedNodes, until } from '../library/support/nodes.js';
import { RawClient } from '../resp/raw-client.js';

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

interface Evicted {
  readonly small: MnemeNode;
  readonly large: MnemeNode;
  readonly atSmall: RawClient;
  readonly atLarge: RawClient;
}

/** Two nodes, of which the first has evicted a hash, a number and a text. */
async function evicted(): Promise<Evicted> {
  const small = await open({ clients: true });
  const large = await open({ name: 'b', join: [small.address!], clients: true });
  await until('they are linked', () =>
    [small, large].every((node) => node.status().members.every(({ link }) => link === 'self' || link === 'in-sync')),
  );
  const [atSmall, atLarge] = [await clientOf(small), await clientOf(large)];
  await atSmall.call('SET', 'number', '1000');
  await atSmall.call('INCRBY', 'number', '5');
  await atSmall.call('HSET', 'hash', 'x', '1', 'y', '2');
  await atSmall.call('SET', 'text', 'v');
  await atSmall.call('WAIT', '1', '0');
  await atSmall.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '1');
  for (let i = 0; i < 1000 && (await atSmall.call('EXISTS', 'number', 'hash', 'text')) !== ':0\r\n'; i++)
    await atSmall.call('SET', 'filling', 'v');
  expect(await atSmall.call('EXISTS', 'number', 'hash', 'text')).toBe(':0\r\n');
  await atSmall.call('CONFIG', 'SET', 'maxmemory', '0');
  await atSmall.call('DEL', 'filling');
  return { small, large, atSmall, atLarge };
}

/** It has written a part of each since; the text became a hash. */
async function evictedAndWrittenAgain(): Promise<Evicted> {
  const nodes = await evicted();
  const { atSmall, atLarge } = nodes;
  for (const command of [
    ['INCR', 'number'],
    ['HSET', 'hash', 'new', '1'],
    ['HSET', 'text', 'new', '1'],
    ['WAIT', '1', '0'],
  ] as const)
    await atSmall.call(...command);
  expect(await atLarge.call('GET', 'number')).toBe('$4\r\n1006\r\n');
  return nodes;
}

test('what was evicted is counted and listed by its keys, however many parts they have, and an export says how many it lacks', async () => {
  const { small, atSmall } = await evicted();
  expect((await atSmall.call('INFO', 'mneme')).match(/mneme_evicted:\d+/)?.[0]).toBe('mneme_evicted:3');
  expect(await entryExport(small.address!, async () => {}, {})).toMatchObject({ exported: 0, evicted: 3 });
  const { verdict } = await entryInspect(small.address!, 0, Buffer.from('hash'));
  expect(verdict).toContain('Evicted on a: readers there find nothing.');
});

test('a hash or a number that was evicted and written again is in sync, with a part of it evicted there', async () => {
  const { small, large } = await evictedAndWrittenAgain();
  for (const key of ['hash', 'number']) {
    for (const { address } of [small, large]) {
      const { state, verdict } = await entryInspect(address!, 0, Buffer.from(key));
      expect([key, state, verdict]).toEqual([key, 'in-sync', expect.stringContaining('Evicted on a')]);
    }
  }
});

test('what was evicted and written again is listed once, and deleted once', async () => {
  const { small, atSmall } = await evictedAndWrittenAgain();
  const { entries } = await entryList(small.address!, { database: 0, limit: 100 } as never);
  const names = entries.map(({ keyBase64 }) => Buffer.from(keyBase64, 'base64').toString());
  expect(names.sort()).toEqual(['hash', 'number', 'text']);
  expect(await atSmall.call('FLUSHALL')).toBe('+OK\r\n');
  expect(await atSmall.call('DBSIZE')).toBe(':0\r\n');
});
