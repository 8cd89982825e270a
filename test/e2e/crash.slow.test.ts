import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { mneme, NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

const ROUNDS = 4;
const KEYS = 400;

/** Writes counters to its node without pause, and remembers the highest value that was acknowledged for each key. */
class Writer {
  readonly acknowledged = new Map<string, number>();
  private redis: Redis | null = null;
  private value = 0;
  private runs = false;

  constructor(private readonly node: NodeProcess) {}

  start(): void {
    const [host = '', port = ''] = this.node.address.split(':');
    this.redis = new Redis({
      host,
      port: Number(port),
      protocol: 2,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    this.redis.on('error', () => {});
    this.runs = true;
    for (let i = 0; i < 16; i++) void this.loop(this.redis);
  }

  stop(): void {
    this.runs = false;
    this.redis?.disconnect();
  }

  private async loop(redis: Redis): Promise<void> {
    while (this.runs) {
      const value = ++this.value;
      // Only this writer writes these keys, so the greatest acknowledged value, or a later one, must be found.
      const key = `${this.node.name}:${value % KEYS}`;
      const isDone = await redis.set(key, value).then(
        () => true,
        () => false,
      );
      if (!isDone) return;
      this.acknowledged.set(key, Math.max(value, this.acknowledged.get(key) ?? 0));
    }
  }
}

describe('three nodes under constant writes', () => {
  const directory = temporaryDirectory();
  const flags = ['--failure-timeout', '1s'];
  const nodes = ['a', 'b', 'c'].map((name) => new NodeProcess(name, `${directory.path}/${name}`, flags));
  const writers = nodes.map((node) => new Writer(node));
  const [a] = nodes as [NodeProcess];

  beforeAll(async () => {
    await a.start();
    for (const node of nodes.slice(1)) await node.start(a.address);
    await untilInSync(...nodes);
  }, 60_000);

  afterAll(async () => {
    for (const writer of writers) writer.stop();
    await Promise.all(nodes.map((node) => node.kill()));
    directory.remove();
  });

  async function expectNothingLost(): Promise<void> {
    await untilInSync(...nodes);
    for (const node of nodes) {
      const [host = '', port = ''] = node.address.split(':');
      const redis = new Redis({ host, port: Number(port), protocol: 2 });
      const lost: string[] = [];
      for (const { acknowledged } of writers) {
        const keys = [...acknowledged.keys()];
        const values = keys.length === 0 ? [] : await redis.mget(keys);
        for (const [i, key] of keys.entries()) {
          if (Number(values[i]) < acknowledged.get(key)!) lost.push(`${key}=${values[i]} < ${acknowledged.get(key)}`);
        }
      }
      redis.disconnect();
      expect({ node: node.name, lost }).toEqual({ node: node.name, lost: [] });
    }
    const verified = await mneme(['replica', 'verify', '--node', a.address]);
    expect(verified).toMatchObject({ code: 0 });
  }

  async function writeSome(): Promise<void> {
    const before = writers.map(({ acknowledged }) => [...acknowledged.values()].reduce((x, y) => Math.max(x, y), 0));
    await until('every writer has made 500 more writes', async () =>
      writers.every(({ acknowledged }, i) => Math.max(0, ...acknowledged.values()) > before[i]! + 500),
    );
  }

  test('kill -9 of any one loses no acknowledged write, and the replicas are the same', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const writer of writers) writer.start();
      await writeSome();
      const victim = nodes[round % nodes.length]!;
      await victim.kill();
      writers[round % nodes.length]!.stop();
      await victim.start();
      for (const writer of writers) writer.stop();
      await expectNothingLost();
    }
  }, 120_000);

  test('kill -9 of all at once loses no acknowledged write, and the replicas are the same', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const writer of writers) writer.start();
      await writeSome();
      await Promise.all(nodes.map((node) => node.kill()));
      for (const writer of writers) writer.stop();
      await Promise.all(nodes.map((node) => node.start()));
      await expectNothingLost();
    }
  }, 120_000);
});
