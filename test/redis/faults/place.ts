import { mkdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import { connectClient } from '../../../src/admin/client/client.js';
import type { AdminApi, AdminVerb } from '../../../src/admin/protocol/api.js';
import type { Capture } from '../../../src/engines/redis/target.js';
import { RedisServer } from '../../bench/redis-server.js';
import { NodeProcess } from '../../e2e/processes.js';
import { RedisProxy } from '../redis-proxy.js';
import { Writer } from './writer.js';

/** A server that loses nothing it has acknowledged. */
const APPEND_ALWAYS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

/** One site: a Redis, its application, and a node of the built program behind a proxy. */
export class Place {
  readonly redis: Redis;
  readonly writer: Writer;

  private constructor(
    readonly name: string,
    readonly server: RedisServer,
    readonly proxy: RedisProxy,
    readonly node: NodeProcess,
    seed: number,
  ) {
    this.redis = new Redis({ port: server.port, retryStrategy: () => 20, maxRetriesPerRequest: 0 });
    this.redis.on('error', () => {});
    this.writer = new Writer(name, this.redis, seed);
  }

  static async start(
    name: string,
    directory: string,
    seed: number,
    join: Place | null,
    capture: Capture = 'tracking',
  ): Promise<Place> {
    mkdirSync(`${directory}/redis-${name}`);
    const server = new RedisServer(`${directory}/redis-${name}`, APPEND_ALWAYS);
    await server.start();
    const proxy = new RedisProxy(server.port);
    const flags = ['--engine', `${await proxy.start()}?capture=${capture}`, '--allow-drills'];
    if (join === null) flags.push('--failure-timeout', '1s');
    const node = new NodeProcess(name, `${directory}/node-${name}`, flags);
    await node.start(join?.node.address ?? null);
    return new Place(name, server, proxy, node, seed);
  }

  async call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']> {
    const client = await connectClient(this.node.address, { replyTimeoutMs: 5000 });
    try {
      return await client.call(verb, request);
    } finally {
      client.close();
    }
  }

  async stop(): Promise<void> {
    await this.writer.stop();
    this.redis.disconnect();
    await this.node.kill();
    await this.proxy.close();
    await this.server.kill();
  }
}
