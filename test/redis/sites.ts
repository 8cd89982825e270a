import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from '@jest/globals';
import { Redis } from 'ioredis';
import { adminHandler } from '../../src/admin/server/server.js';
import type { IncidentRecord, Settings } from '../../src/core/membership/records.js';
import type { UndoResult } from '../../src/core/resolution/undo.js';
import type { BridgeStatus } from '../../src/engines/redis/bridge-status.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import type { Limits } from '../../src/fronts/resp/limits.js';
import type { Node } from '../../src/node/node.js';
import { type RunningNode, startNode } from '../../src/node/run.js';
import { until } from '../bench/probes.js';
import { NO_PERSISTENCE, RedisServer, redisServerVersion } from '../bench/redis-server.js';
import { contentOf } from './content.js';

export { contentOf };

export const hasRedis = redisServerVersion() !== null;
if (!hasRedis) console.warn('redis-server is not installed: the tests of the Redis engine are left out');

export const whereRedis = hasRedis ? describe : describe.skip;

/** Makes sites that are closed after the test in which they were made. To be called once in a file. */
export function sitesOfTests(): (name: string, options?: SiteOptions) => TestSite {
  const open: TestSite[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((site) => site.close()));
  });
  return (name, options) => {
    const site = new TestSite(name, options);
    open.push(site);
    return site;
  };
}

export interface SiteOptions {
  readonly flags?: readonly string[];
  /** Another server than redis-server. */
  readonly program?: string;
  readonly keys?: string;
  readonly settings?: Partial<Settings>;
  readonly database?: number;
  readonly limits?: Partial<Limits>;
  /** `NAME:PASSWORD@` for the node. */
  readonly user?: string;
  readonly capture?: 'replica';
  /** Attach to these servers in place of one of its own: an address, and the application's connection to them. */
  readonly servers?: { readonly url: string; readonly connect: () => Redis };
  /** A node of its own, without a Redis. */
  readonly embedded?: boolean;
}

/** A Redis, the node beside it, and the application's connection to that Redis. */
export class TestSite {
  readonly dir = mkdtempSync(join(tmpdir(), 'mneme-site-'));
  readonly server: RedisServer;
  readonly log: string[] = [];
  private running: RunningNode | null = null;
  private client: Redis | null = null;
  address = '127.0.0.1:0';

  constructor(
    public name: string,
    private options: SiteOptions = {},
  ) {
    this.server = new RedisServer(this.dir, options.flags ?? NO_PERSISTENCE, options.program);
  }

  async start(join: TestSite | null = null): Promise<this> {
    if (this.options.embedded !== true) await this.startRedis();
    await this.startNode(join);
    return this;
  }

  async startRedis(): Promise<void> {
    if (this.options.servers !== undefined) {
      this.client ??= this.options.servers.connect();
      return;
    }
    await this.server.start();
    this.client ??= new Redis({ port: this.server.port, db: this.options.database ?? 0, retryStrategy: () => 20 });
    this.client.on('error', () => {});
  }

  /** From the next start on. */
  change(options: SiteOptions): void {
    this.options = { ...this.options, ...options };
  }

  async startNode(join: TestSite | null = null): Promise<void> {
    const { keys, database = 0, settings = {}, embedded = false, limits } = this.options;
    const { user = '', capture = CAPTURE } = this.options;
    const url = withCapture(
      this.options.servers?.url ?? `redis://${user}127.0.0.1:${this.server.port}/${database}`,
      capture,
    );
    const redis = embedded ? {} : { redis: parseTarget(url, keys) };
    this.running = await startNode(
      {
        name: this.name,
        listen: this.address,
        dir: directoryOf(this.dir),
        allowDrills: true,
        fsyncAlways: false,
        settings: { 'failure-timeout': 1000, ...settings },
        log: (level, message) => this.log.push(`${level} ${message}`),
        ...redis,
        ...(limits === undefined ? {} : { limits }),
        ...(join === null ? {} : { join: [join.running!.address] }),
      },
      adminHandler,
    );
    this.address = this.running.address;
    await this.running.inSync;
    if (!embedded) await this.untilAttached();
  }

  async untilAttached(): Promise<void> {
    await until(`${this.name} is attached`, async () => ['attached', 'held'].includes(this.status.state));
  }

  get node(): Node {
    return this.running!.node;
  }

  get status(): BridgeStatus {
    return this.node.bridge!.status();
  }

  /** The application's connection. */
  get redis(): Redis {
    return this.client!;
  }

  /** The disk of the node is gone, and with it who it was. */
  async loseDirectory(): Promise<void> {
    await this.stopNode();
    rmSync(directoryOf(this.dir), { recursive: true, force: true });
  }

  undo(incident: string): Promise<UndoResult> {
    return new Promise((resolve, reject) => {
      this.node.core.operator.undo({ incident, key: null, dryRun: false }, { resolve, reject });
      this.node.schedule();
    });
  }

  /** The newest first. */
  incidents(): IncidentRecord[] {
    return this.node.core.status.records.incidentList();
  }

  async stopNode(): Promise<void> {
    await this.running?.stop();
    this.running = null;
  }

  async close(): Promise<void> {
    this.client?.disconnect();
    await this.stopNode();
    await this.server.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** MNEME_TEST_CAPTURE=replica has all tests capture so that can. */
const CAPTURE = process.env.MNEME_TEST_CAPTURE === 'replica' ? 'replica' : undefined;

function withCapture(url: string, capture: 'replica' | undefined): string {
  if (capture === undefined || /^rediss?\+/.test(url.replace('redis+unix', 'redis'))) return url;
  return `${url}${url.includes('?') ? '&' : '?'}capture=${capture}`;
}

function directoryOf(dir: string): string {
  return join(dir, 'node');
}

/** Nothing is left to do anywhere, and all sites hold the same. */
export async function untilEqual(...sites: readonly TestSite[]): Promise<Record<string, unknown>> {
  let contents: Record<string, unknown>[] = [];
  try {
    await until(
      'all sites hold the same',
      async () => {
        if (!sites.every((site) => isQuiet(site))) return false;
        for (const { redis } of sites) reopenIfEnded(redis);
        contents = await Promise.all(sites.map((site) => contentOf(site.redis))).catch(noneWhileClosed);
        return (
          contents.length > 0 && contents.every((content) => JSON.stringify(content) === JSON.stringify(contents[0]))
        );
      },
      { timeoutMs: 20_000, pollMs: 20 },
    );
  } catch (error) {
    throw new Error(
      `${(error as Error).message}: ${JSON.stringify([sites.map((site) => site.status), contents]).slice(0, 4000)}`,
    );
  }
  return contents[0]!;
}

function isQuiet(site: TestSite): boolean {
  const { toRead, toWrite, scan } = site.status;
  return toRead === 0 && toWrite === 0 && scan === null;
}

/**
 * ioredis gives up for good if one Sentinel tells of a failover while it connects because of what another one told: an
 * application has to open it again.
 */
export function reopenIfEnded(redis: Redis): void {
  if (redis.status === 'end') redis.connect().catch(() => {});
}

/** An application that follows a failover loses its connection in between, and some of what it reads. */
export function noneWhileClosed(error: Error): [] {
  if (error.message === 'Connection is closed.') return [];
  throw error;
}
