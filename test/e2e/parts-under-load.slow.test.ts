import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { done } from './operator.js';
import { mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

/** Clients that go on writing hashes, sets, sorted sets and a counter on every node, through a freeze, resolutions and undos. */
const home = temporaryDirectory();
const flags = ['--failure-timeout', '500ms', '--allow-drills', '--on-heal', 'manual'];
const nodes = ['a', 'b', 'c'].map((name) => new NodeProcess(name, join(home.path, name), flags));
const [a, b, c] = nodes as [NodeProcess, NodeProcess, NodeProcess];
const writers: Writer[] = [];

beforeAll(async () => {
  await a.start();
  for (const one of [b, c]) await one.start(a.address);
  await untilInSync(a, b, c);
}, 60_000);

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  home.remove();
});

afterEach(async () => {
  process.kill(c.pid, 'SIGCONT');
  await Promise.all(writers.splice(0).map((writer) => writer.stop()));
});

test.each(['merge', 'promote c'])(
  'a split-brain ended by %s, and the undo of that, under writers: all copies are the same, no increment is lost, and what was set aside is counted as it is listed',
  async (how) => {
    const before = await counted();
    start();
    await cut();
    await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);
    // What nobody writes again comes back by an undo.
    for (const node of [a, c]) await hset(node, 'still', 'f', node.name);
    await written(writers);
    await done('split-brain', 'plan', '--node', a.address);
    await done('split-brain', ...how.split(' '), '--yes', '--node', a.address);
    await written(writers);
    const shown = await mnemeJson<{ incident: { setAside: number }; total: number }>([
      ...['split-brain', 'show', 'latest', '--limit', '1', '--node', b.address],
    ]);
    expect(shown.incident.setAside).toBe(shown.total);
    expect(shown.total).toBeGreaterThan(0);
    await done('split-brain', 'undo', 'latest', '--yes', '--node', b.address);
    await written(writers);
    await expectAllSame(before);
  },
  120_000,
);

// Whether it is a split-brain depends on what the node does first when it goes on: read what has come meanwhile, or look at the clock.
test('a node that is frozen, and goes on, under writers: all copies are the same, and no increment is lost', async () => {
  await done('cluster', 'settings', 'on-heal', 'merge', '--node', a.address);
  const before = await counted();
  start();
  process.kill(c.pid, 'SIGSTOP');
  await until('it counts as down', async () =>
    (await statusOf(a.address)).members.some(({ name, link }) => name === 'c' && link === 'down'),
  );
  await written(writers.slice(0, 2));
  process.kill(c.pid, 'SIGCONT');
  await written(writers);
  await expectAllSame(before);
}, 120_000);

// ---

function start(): void {
  writers.push(...nodes.map((node) => new Writer(node)));
}

async function counted(): Promise<number> {
  return Number(await numberAt(a, 'count'));
}

/** Once the writers have stopped. */
async function expectAllSame(countedBefore: number): Promise<void> {
  let sum = countedBefore;
  for (const writer of writers) sum += await writer.stop();
  await untilInSync(a, b, c);
  expect(await Promise.all(nodes.map((node) => numberAt(node, 'count')))).toEqual(nodes.map(() => String(sum)));
  expect(await done('replica', 'verify', '--node', c.address)).toContain('3 replicas hold the same data');
}

async function cut(): Promise<void> {
  await done('drill', 'partition', 'c', '--node', a.address);
  for (const node of nodes)
    await until('the cut is noticed', async () =>
      (await statusOf(node.address)).members.some(({ link }) => link === 'down'),
    );
  await written(writers);
  await done('drill', 'heal', '--node', a.address);
}

/** Each of them has gone through all keys since. */
async function written(writers: readonly Writer[]): Promise<void> {
  const wanted = writers.map(({ rounds }) => rounds + 2 * KEYS);
  await until('clients have written on', async () => writers.every(({ rounds }, i) => rounds >= wanted[i]!));
}

async function numberAt(node: NodeProcess, key: string): Promise<string> {
  const redis = clientOf(node);
  try {
    return (await redis.get(key)) ?? '0';
  } finally {
    redis.disconnect();
  }
}

async function hset(node: NodeProcess, key: string, field: string, value: string): Promise<void> {
  const redis = clientOf(node);
  await redis.hset(key, field, value);
  redis.disconnect();
}

function clientOf({ address }: NodeProcess): Redis {
  return new Redis(`redis://${address}`);
}

const KEYS = 8;
const PARTS = 12;

/** A client of one node, which does one thing after the other until it is stopped. */
class Writer {
  rounds = 0;
  private isOver = false;
  private readonly redis: Redis;
  private readonly running: Promise<void>;

  constructor(node: NodeProcess) {
    this.redis = clientOf(node);
    this.running = this.run(node.name);
  }

  /** Returns how many increments it was told are done. */
  async stop(): Promise<number> {
    this.isOver = true;
    await this.running;
    this.redis.disconnect();
    return this.rounds;
  }

  private async run(name: string): Promise<void> {
    const { redis } = this;
    for (; !this.isOver; this.rounds++) {
      const [key, part] = [this.rounds % KEYS, this.rounds % PARTS];
      await redis.hset(`h:${key}`, `f${part}`, `${name}${this.rounds}`);
      await redis.zadd(`z:${key}`, this.rounds, `m${part}`);
      await redis.sadd(`s:${key}`, `m${part}`);
      if (this.rounds % 5 === 0) await redis.hdel(`h:${key}`, `f${(part + 3) % PARTS}`);
      if (this.rounds % 7 === 0) await redis.srem(`s:${key}`, `m${(part + 3) % PARTS}`);
      if (this.rounds % 31 === 0) await redis.del(`h:${(key + 1) % KEYS}`);
      if (this.rounds % 17 === 0) await redis.expire(`z:${key}`, 3600);
      await redis.incr('count');
    }
  }
}
