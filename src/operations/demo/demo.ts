import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '../../admin/client/client.js';
import type { StatusReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { LocalRedis } from '../../engines/redis/local-redis.js';
import { withDatabase } from '../common/data-connection.js';
import { REDIS_DEMO_STEPS } from './redis-script.js';
import { DEMO_STEPS } from './script.js';

/** What a step of the demo can do. Its commands are the very ones a person would type, run by the CLI itself. */
export interface DemoStage {
  /** What happens next, and why. */
  say(text: string): void;
  /** Run `mneme ARGS` with its output shown. Throws if it ends with another code than `expected` (default 0). */
  mneme(args: readonly string[], expected?: number): Promise<void>;
  /** Use a node as an application would; `code` is what is shown. */
  application(node: NodeName, code: string, use: (redis: Application) => Promise<string>): Promise<void>;
  /** Wait until the node's view of its cluster satisfies a condition. */
  until(node: NodeName, what: string, condition: (status: StatusReply) => boolean): Promise<void>;
  /** The URL of the Redis beside a node. */
  redisOf(node: NodeName): string;
  /** It comes back without its data. */
  restartRedis(node: NodeName): Promise<void>;
  addressOf(node: NodeName): string;
  dirOf(node: NodeName): string;
}

export type NodeName = 'a' | 'b' | 'c';
interface Application {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  exists(key: string): Promise<number>;
  hset(key: string, field: string, value: string): Promise<number>;
  hgetall(key: string): Promise<Record<string, string>>;
}

export interface DemoReporter {
  say(text: string): void;
  command(args: readonly string[]): void;
  code(code: string, result: string): void;
  note(text: string): void;
}

export interface DemoOptions {
  reporter: DemoReporter;
  /** Runs `mneme ARGS`; resolves with the exit code. */
  run(args: readonly string[]): Promise<number>;
  /** redis: two nodes, each beside a redis-server that the demo starts. */
  engine: 'embedded' | 'redis';
  keep: boolean;
  /** Aborted by Ctrl-C: the demo ends early and cleans up. */
  signal: AbortSignal;
}

export interface DemoResult {
  commands: string[];
  /** Addresses of the nodes that still run; none unless kept. */
  kept: string[];
  dir: string | null;
}

const WAIT_MS = 30_000;
const NODES: Readonly<Record<DemoOptions['engine'], readonly NodeName[]>> = {
  embedded: ['a', 'b', 'c'],
  redis: ['a', 'b'],
};
const STEPS = { embedded: DEMO_STEPS, redis: REDIS_DEMO_STEPS };

/** Nodes as processes of their own, cut apart and brought together twice. Leaves nothing behind unless told to. */
export async function demo(options: DemoOptions): Promise<DemoResult> {
  const dir = await mkdtemp(join(tmpdir(), 'mneme-demo-'));
  const nodes = NODES[options.engine];
  const ports = await freePorts(2 * nodes.length);
  const addresses = new Map(nodes.map((node, i) => [node, `127.0.0.1:${ports[i]}`]));
  const redises = new Map(nodes.map((node, i) => [node, new LocalRedis(ports[nodes.length + i]!, dir)]));
  const commands: string[] = [];
  const stage = makeStage(options, dir, addresses, redises, commands);
  try {
    if (options.engine === 'redis') for (const redis of redises.values()) await redis.start();
    for (const step of STEPS[options.engine]) {
      options.signal.throwIfAborted();
      await step(stage);
    }
    if (options.keep) return { commands, kept: [...addresses.values()], dir };
  } catch (error) {
    await cleanUp(dir, [...addresses.values()], [...redises.values()]);
    if (!options.signal.aborted) throw error;
    throw new OperatorError('declined', 'The demo was broken off; its nodes are stopped and their data is removed.');
  }
  await cleanUp(dir, [...addresses.values()], [...redises.values()]);
  return { commands, kept: [], dir: null };
}

function makeStage(
  options: DemoOptions,
  dir: string,
  addresses: ReadonlyMap<NodeName, string>,
  redises: ReadonlyMap<NodeName, LocalRedis>,
  commands: string[],
): DemoStage {
  const { reporter, run, signal } = options;
  const addressOf = (node: NodeName): string => addresses.get(node) ?? '';
  const usedAt = (node: NodeName): string =>
    options.engine === 'redis' ? (redises.get(node)?.address ?? '') : addressOf(node);
  return {
    say: (text) => reporter.say(text),
    addressOf,
    redisOf: (node) => redises.get(node)?.url ?? '',
    async restartRedis(node) {
      await redises.get(node)?.stop();
      await redises.get(node)?.start();
    },
    dirOf: (node) => join(dir, node),
    async mneme(args, expected = 0) {
      signal.throwIfAborted();
      reporter.command(args);
      commands.push(`mneme ${args.join(' ')}`);
      const code = await run(args);
      signal.throwIfAborted();
      if (code !== expected)
        throw new Error(`mneme ${args.join(' ')} ended with exit code ${code} instead of ${expected}`);
    },
    async application(node, code, use) {
      reporter.code(code, await withDatabase(usedAt(node), 0, (redis) => use(redis)));
    },
    async until(node, what, condition) {
      reporter.note(`waiting until ${what}`);
      const deadlineMs = Date.now() + WAIT_MS;
      while (!condition(await statusOf(addressOf(node)))) {
        signal.throwIfAborted();
        if (Date.now() > deadlineMs) throw new Error(`gave up waiting until ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

function statusOf(address: string): Promise<StatusReply> {
  return withClient(address, (client) => client.call('STATUS', {}), { replyTimeoutMs: 5000 });
}

/** Stop what still runs, politely first, and remove the directory. */
async function cleanUp(dir: string, addresses: readonly string[], redises: readonly LocalRedis[]): Promise<void> {
  await Promise.all(addresses.map((address) => stopNode(address)));
  await Promise.all(redises.map((redis) => redis.stop()));
  await rm(dir, { recursive: true, force: true });
}

async function stopNode(address: string): Promise<void> {
  const pid = await withClient(address, async (client) => {
    const { self } = await client.call('STATUS', {});
    await client.call('STOP', {});
    return self.pid;
  }).catch(() => null);
  if (pid === null) return;
  for (let i = 0; i < 100 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
