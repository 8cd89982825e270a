import { afterAll, beforeAll, expect } from '@jest/globals';
import { mneme, type NodeProcess, untilInSync } from './processes.js';

/** The nodes form a cluster before the tests of a file, the first one founds it; they end after them, and the directory with them. */
export function inOneCluster(directory: { remove(): void }, ...nodes: readonly NodeProcess[]): void {
  beforeAll(async () => {
    const [first, ...others] = nodes;
    await first!.start();
    for (const node of others) await node.start(first!.address);
    await untilInSync(...nodes);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    directory.remove();
  });
}

/** A command that has to succeed. Gives what it printed. */
export async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await mneme(args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr });
  return stdout;
}

export function set(node: NodeProcess, key: string, value: string): Promise<string> {
  return done('entry', 'set', key, value, '--node', node.address);
}

export async function get(node: NodeProcess, key: string): Promise<string> {
  return (await mneme(['entry', 'get', key, '--node', node.address])).stdout.trim();
}
