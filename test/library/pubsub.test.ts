import { afterEach, expect, test } from '@jest/globals';
import { adminAt } from '../../src/exports/admin.js';
import type { MnemeNode } from '../../src/exports/index.js';
import { RawClient } from '../resp/raw-client.js';
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

async function threeNodes(): Promise<MnemeNode[]> {
  const a = await open({ clients: true, onHeal: 'manual', failureTimeoutMs: 300, allowDrills: true });
  const b = await open({ name: 'b', join: [a.address!], clients: true, allowDrills: true });
  const c = await open({ name: 'c', join: [a.address!], clients: true, allowDrills: true });
  const nodes = [a, b, c];
  const isLinked = (node: MnemeNode) =>
    node.status().members.every(({ link }) => link === 'self' || link === 'in-sync');
  await until('all are linked', () => nodes.every(isLinked));
  return nodes;
}

const heard = (channel: string, payload: string) =>
  `*3\r\n$7\r\nmessage\r\n$${channel.length}\r\n${channel}\r\n$${payload.length}\r\n${payload}\r\n`;

test('what is published at one node reaches the subscribers of all, once, in order, and without a count of them', async () => {
  const [a, b, c] = await Promise.all((await threeNodes()).map(clientOf));
  for (const client of [a!, b!, c!]) await client.call('SUBSCRIBE', 'news');
  await b!.call('UNSUBSCRIBE', 'news');
  for (const payload of ['1', '2', '3']) expect(await b!.call('PUBLISH', 'news', payload)).toBe(':0\r\n');
  for (const client of [a!, c!])
    expect(await client.replies(3)).toBe(['1', '2', '3'].map((one) => heard('news', one)).join(''));
  await b!.call('SSUBSCRIBE', 'news');
  await a!.call('UNSUBSCRIBE');
  await a!.call('SPUBLISH', 'news', 'of a shard');
  expect(await b!.reply()).toBe(heard('news', 'of a shard').replace('$7\r\nmessage', '$8\r\nsmessage'));
  await a!.call('PUBLISH', 'news', '4');
  expect(await c!.reply()).toBe(heard('news', '4'));
});

test('messages pass between islands that are held apart, and stop where there is no link', async () => {
  const nodes = await threeNodes();
  const [a, b, c] = nodes as [MnemeNode, MnemeNode, MnemeNode];
  const [ofA, ofC] = [await clientOf(a), await clientOf(c)];
  await ofC.call('SUBSCRIBE', 'news');
  await adminAt(c.address!).call('DRILL', { cut: ['a', 'b'] });
  await until('a has noticed', () => a.status().members.some(({ link }) => link === 'down'));
  await ofA.call('PUBLISH', 'news', 'lost');
  // One that has not counted c as down yet would let it in: a link that is lost for a moment is no partition.
  const down = (node: MnemeNode) => node.status().members.filter(({ link }) => link === 'down').length;
  await until('all have noticed', () => down(a) === 1 && down(b) === 1 && down(c) === 2);
  await Promise.all([a.set('k', 'of a'), c.set('k', 'of c')]);
  const split = new Promise((resolve) => a.once('split-brain', resolve));
  await adminAt(c.address!).call('DRILL', { heal: true });
  await split;
  await ofA.call('PUBLISH', 'news', 'apart');
  expect(await ofC.reply()).toBe(heard('news', 'apart'));
  expect([a.get('k'), c.get('k')]).toEqual(['of a', 'of c']);
});
