import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { connectClient } from '../../src/admin/client/client.js';
import type { EngineReply } from '../../src/admin/protocol/api.js';
import { OperatorError } from '../../src/core/model/errors.js';
import { RedisServer } from '../bench/redis-server.js';
import { NodeProcess, temporaryDirectory, until } from '../e2e/processes.js';
import { writeUntil } from './random-writes.js';
import { contentOf, whereRedis } from './sites.js';

const APPEND_ALWAYS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

/** The built program, so that a kill is one. */
whereRedis('kill -9 under random writes at both sites', () => {
  const directory = temporaryDirectory();
  const servers = ['ra', 'rb'].map((name) => new RedisServer(directoryFor(directory.path, name), APPEND_ALWAYS));
  const clients: Redis[] = [];
  const nodes: NodeProcess[] = [];

  beforeAll(async () => {
    for (const [i, server] of servers.entries()) {
      await server.start();
      const client = new Redis({ port: server.port, retryStrategy: () => 20, maxRetriesPerRequest: null });
      client.on('error', () => {});
      clients.push(client);
      const flags = ['--engine', `redis://127.0.0.1:${server.port}`, ...(i === 0 ? ['--failure-timeout', '1s'] : [])];
      nodes.push(new NodeProcess(['a', 'b'][i]!, `${directory.path}/node-${i}`, flags));
      await nodes[i]!.start(i === 0 ? null : nodes[0]!.address);
    }
  });

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all([...nodes.map((node) => node.kill()), ...servers.map((server) => server.kill())]);
    directory.remove();
  });

  test.each<[string, () => Promise<void>]>([
    ['of one node', () => restartNode(nodes[1]!)],
    ['of the other node', () => restartNode(nodes[0]!)],
    ['of both nodes', () => Promise.all(nodes.map(restartNode)).then(() => {})],
    ['of a Redis', () => restartRedis(servers[0]!)],
    ['of a Redis and its node', () => Promise.all([restartRedis(servers[1]!), restartNode(nodes[1]!)]).then(() => {})],
  ])('%s: both sites hold the same afterwards', async (_what, kill) => {
    let isOver = false;
    const writing = clients.map((client, i) => writeUntil(client, i + 1, () => isOver));
    await until('writes are on their way', async () => (await engineOf(nodes[0]!)).engine.counters.captured > 0);
    await kill();
    isOver = true;
    const writes = await Promise.all(writing);
    expect(Math.min(...writes)).toBeGreaterThan(0);
    await untilSame();
  });

  /** A Redis that was killed comes back as another run: what differs is held, and here it is what the application wrote. */
  async function untilSame(): Promise<void> {
    let contents: string[] = [];
    await until('both hold the same', async () => {
      for (const node of nodes) {
        const { engine } = await engineOf(node);
        // What only looked different may be held no more by then.
        if (engine.state === 'held') await call(node, 'confirm-loss').catch(unlessRefused);
        if (engine.state !== 'attached' || engine.toRead + engine.toWrite > 0) return false;
      }
      contents = (await Promise.all(clients.map(contentOf))).map((content) => JSON.stringify(content));
      return contents[0] === contents[1];
    });
    expect(contents[0]!.length).toBeGreaterThan(1000);
  }
});

function restartNode(node: NodeProcess): Promise<void> {
  return node
    .kill()
    .then(() => node.start())
    .then(() => {});
}

async function restartRedis(server: RedisServer): Promise<void> {
  await server.kill();
  await server.start();
}

function engineOf(node: NodeProcess): Promise<EngineReply> {
  return call(node, 'status');
}

async function call(node: NodeProcess, action: 'status' | 'confirm-loss'): Promise<EngineReply> {
  const client = await connectClient(node.address, { replyTimeoutMs: 5000 });
  try {
    return await client.call('ENGINE', { action });
  } finally {
    client.close();
  }
}

function unlessRefused(error: Error): void {
  if (!(error instanceof OperatorError) || error.code !== 'refused') throw error;
}

function directoryFor(path: string, name: string): string {
  const directory = `${path}/${name}`;
  mkdirSync(directory);
  return directory;
}
