import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatusReply } from '../admin/api.js';
import { withClient } from '../admin/client.js';
import { OperatorError } from '../core/errors.js';
import { withDatabase } from './data-connection.js';
import { DEMO_STEPS } from './demo-script.js';

/** What a step of the demo can do. Commands are the very ones that one would type, run by the CLI itself. */
export interface DemoStage {
  /** What happens next, and why. */
  say(text: string): void;
  /** Run `mneme ARGS` with its output shown. Throws if it ends with another code than `expected` (default 0). */
  mneme(args: readonly string[], expected?: number): Promise<void>;
  /** Use a node as an application would; `code` is what is shown. */
  application(node: NodeName, code: string, use: (redis: Application) => Promise<string>): Promise<void>;
  /** Wait until the node's view of its cluster is so. */
  until(node: NodeName, what: string, condition: (status: StatusReply) => boolean): Promise<void>;
  addressOf(node: NodeName): string;
  dirOf(node: NodeName): string;
}

export type NodeName = 'a' | 'b' | 'c';
export interface Application {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
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
const NODES: readonly NodeName[] = ['a', 'b', 'c'];

/** Three nodes as processes of their own, cut apart and brought together twice. Leaves nothing behind unless told to. */
export async function demo(options: DemoOptions): Promise<DemoResult> {
  const dir = await mkdtemp(join(tmpdir(), 'mneme-demo-'));
  const ports = await freePorts(NODES.length);
  const addresses = new Map(NODES.map((node, i) => [node, `127.0.0.1:${ports[i]}`]));
  const commands: string[] = [];
  const stage = makeStage(options, dir, addresses, commands);
  try {
    for (const step of DEMO_STEPS) {
      options.signal.throwIfAborted();
      await step(stage);
    }
    if (options.keep) return { commands, kept: [...addresses.values()], dir };
  } catch (error) {
    await cleanUp(dir, [...addresses.values()]);
    if (!options.signal.aborted) throw error;
    throw new OperatorError('declined', 'The demo was broken off; its nodes are stopped and their data is removed.');
  }
  await cleanUp(dir, [...addresses.values()]);
  return { commands, kept: [], dir: null };
}

function makeStage(
  options: DemoOptions,
  dir: string,
  addresses: ReadonlyMap<NodeName, string>,
  commands: string[],
): DemoStage {
  const { reporter, run, signal } = options;
  const addressOf = (node: NodeName): string => addresses.get(node) ?? '';
  return {
    say: (text) => reporter.say(text),
    addressOf,
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
      reporter.code(code, await withDatabase(addressOf(node), 0, (redis) => use(redis)));
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
async function cleanUp(dir: string, addresses: readonly string[]): Promise<void> {
  await Promise.all(addresses.map((address) => stopNode(address)));
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
