import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { redisServerVersion } from '../bench/redis-server.js';
import { statusOf, temporaryDirectory } from './processes.js';

const directory = temporaryDirectory();

afterAll(() => directory.remove());

interface Told {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the demo with its data in a directory of its own; interrupts it once its output says `interruptAt`. */
async function runDemo(
  name: string,
  interruptAt: string | null,
  flags: string[] = [],
): Promise<Told & { tmp: string }> {
  const tmp = `${directory.path}/${name}`;
  mkdirSync(tmp);
  const env = { ...process.env, TMPDIR: tmp, NO_COLOR: '1' };
  const child = spawn(process.execPath, [resolve('bin/run.js'), 'demo', ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const hear = (chunk: Buffer): void => {
    output += String(chunk);
    if (interruptAt !== null && output.includes(interruptAt)) child.kill('SIGINT');
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, tmp };
}

/** Addresses of nodes that the output tells of. */
function addressesIn(output: string): string[] {
  return [...new Set([...output.matchAll(/serving: \w+ at (\S+?),/g)].map((match) => match[1]!))];
}

async function alive(addresses: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    addresses.map((address) =>
      statusOf(address).then(
        () => [address],
        () => [],
      ),
    ),
  );
  return found.flat();
}

describe('the demo', () => {
  test('shows a split-brain, its plan, a merge, a promotion and an undo, and leaves nothing behind', async () => {
    const { code, output, tmp } = await runDemo('whole', null);
    expect(output).toContain('SPLIT-BRAIN since');
    expect(output).toContain('Resolved by merge lww');
    expect(output).toContain('Resolved by promote a');
    expect(output).toMatch(/Undone of \S+: 1 value written anew/);
    expect(code).toBe(0);
    expect(addressesIn(output)).toHaveLength(3);
    expect(await alive(addressesIn(output))).toEqual([]);
    expect(readdirSync(tmp)).toEqual([]);
  }, 120_000);

  test('cleans up when Ctrl-C ends it in the middle', async () => {
    const { code, output, tmp } = await runDemo('broken-off', 'Nobody stops working');
    expect(code).toBe(5);
    expect(addressesIn(output)).toHaveLength(3);
    expect(await alive(addressesIn(output))).toEqual([]);
    expect(readdirSync(tmp)).toEqual([]);
  }, 120_000);

  const whereRedis = redisServerVersion() === null ? test.skip : test;
  whereRedis(
    'beside two Redis servers shows every type, a merge and a loss that is restored, and leaves nothing behind',
    async () => {
      const { code, output, tmp } = await runDemo('redis', null, ['--engine', 'redis']);
      expect(output).toContain('Resolved by merge lww');
      expect(output).toContain('REDIS LOST DATA at b: 2 of 2 keys missing');
      expect(code).toBe(0);
      expect(await alive(addressesIn(output))).toEqual([]);
      expect(readdirSync(tmp)).toEqual([]);
    },
    120_000,
  );

  test('--keep leaves the cluster running', async () => {
    const { code, output } = await runDemo('kept', null, ['--keep']);
    const addresses = addressesIn(output);
    expect(code).toBe(0);
    expect(await alive(addresses)).toEqual(addresses);
    for (const address of addresses) {
      const { pid } = (await statusOf(address)).self;
      process.kill(pid, 'SIGKILL');
    }
  }, 120_000);
});
