import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Config } from '@oclif/core';
import { startDetached } from '../../src/cli/detach.js';
import { argumentsOf, localAddressOf, logFileOf, nodePlanOf } from '../../src/cli/node-plan.js';
import ClusterJoin from '../../src/commands/cluster/join.js';
import ClusterStart from '../../src/commands/cluster/start.js';
import { writeFormerStart } from '../../src/operations/cluster/former-start.js';
import { parseDuration } from '../../src/operations/common/durations.js';
import { parseSize } from '../../src/operations/common/sizes.js';
import { ROOT, runCommand } from './run-command.js';

let directory: string;
const dataHome = process.env.XDG_DATA_HOME;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mneme-start-'));
  // What lies in this user's own default place is not asked about.
  process.env.XDG_DATA_HOME = directory;
});
afterEach(() => {
  if (dataHome === undefined) delete process.env.XDG_DATA_HOME;
  else process.env.XDG_DATA_HOME = dataHome;
  rmSync(directory, { recursive: true, force: true });
});

describe('the plan of a node', () => {
  const flags = { listen: ':7400', 'memory-only': false, fsync: 'grouped' as const, 'allow-drills': false };

  test('fills in what was left out', () => {
    const plan = nodePlanOf({ ...flags, name: 'a' });
    expect(plan).toMatchObject({ name: 'a', listen: '127.0.0.1:7400', fsync: 'grouped' });
    expect(plan.dir).toMatch(/\/mneme\/a$/);
    expect(logFileOf(plan, undefined)).toBe(join(plan.dir!, 'node.log'));
    expect(nodePlanOf({ ...flags, name: 'a', 'memory-only': true }).dir).toBeNull();
  });
  test.each(['', '-x', 'a,b', 'a b', 'x'.repeat(65)])('refuses the name %j', (name) => {
    expect(() => nodePlanOf({ ...flags, name })).toThrow(/cannot be a node's name/);
  });
  test.each([
    [[], undefined],
    [['--memory-only', '--allow-drills', '--on-heal', 'manual', '--failure-timeout', '1.5s'], undefined],
    [['--max-memory', '100mb', '--eviction', 'allkeys-lru', '--fsync', 'always'], undefined],
    [['--discover', 'dns:mneme', '--discover', 'static:a:1,b:2', '--expect', '3'], undefined],
    [['--discover', 'multicast'], { addresses: [], setAsideData: false }],
    [['--advertise', '10.0.0.7:7400'], { addresses: ['10.0.0.1:7379', '[::1]:7379'], setAsideData: true }],
  ])('comes through the arguments of another process: %j', async (argv, joins) => {
    const config = await Config.load(ROOT);
    const parse = async (words: string[]) => {
      const Class = joins === undefined ? ClusterStart : ClusterJoin;
      const command = new Class(words, config) as unknown as {
        parse(of: unknown): Promise<{ flags: Parameters<typeof nodePlanOf>[0]; args: { addresses?: string } }>;
      };
      return command.parse(Class);
    };
    const joining = joins === undefined || joins.addresses.length === 0 ? [] : [joins.addresses.join(',')];
    const first = nodePlanOf((await parse([...joining, '--name', 'n', ...argv])).flags, joins);
    const again = await parse(argumentsOf(first).slice(2));
    expect(nodePlanOf(again.flags, joins)).toEqual(first);
    expect(again.args.addresses).toBe(joins?.addresses.join(',') || undefined);
  });
  test('a node on all addresses is reached at the loopback', () => {
    expect(localAddressOf('0.0.0.0:7400')).toBe('127.0.0.1:7400');
    expect(localAddressOf('[::]:7400')).toBe('[::1]:7400');
    expect(localAddressOf('0.0.0.0:0', '10.0.0.1:7400')).toBe('127.0.0.1:7400');
  });
  test('bad flags are usage, in both modes', async () => {
    for (const argv of [
      ['--failure-timeout', '5'],
      ['--on-heal', 'never'],
      ['--listen', 'x:y:z'],
      ['--name', 'a/b'],
      ['--max-memory', '10 apples'],
      ['--max-memory', '100kb'],
      ['--max-memory', '100mb', '--eviction', 'allkeys-random'],
      ['--eviction', 'allkeys-lru'],
      ['--max-memory', '100mb', '--engine', 'redis://127.0.0.1:1'],
      ['--listen', ':0', '--detach'],
    ]) {
      expect((await runCommand(ClusterStart, argv)).exitCode).toBe(2);
      expect((await runCommand(ClusterStart, [...argv, '--json'])).json.error.code).toBe('usage');
    }
  });
  test('a limit of memory is kept for the next start, until another one is given', () => {
    const dir = join(directory, 'data');
    mkdirSync(dir);
    const base = { ...flags, dir };
    const limited = nodePlanOf({ ...base, name: 'a', 'max-memory': 100_000_000, eviction: 'volatile-ttl' });
    expect(limited).toMatchObject({ maxMemory: 100_000_000, eviction: 'volatile-ttl' });
    const { name, listen, maxMemory, eviction } = limited;
    writeFormerStart(dir, {
      name,
      listen,
      fsync: 'grouped',
      maxMemory: maxMemory!,
      eviction: eviction!,
    });
    expect(nodePlanOf(base)).toMatchObject({ maxMemory: 100_000_000, eviction: 'volatile-ttl' });
    expect(nodePlanOf({ ...base, 'max-memory': 0 })).toMatchObject({ maxMemory: 0, eviction: 'noeviction' });
  });
  test('sizes are read in the units of Redis', () => {
    expect(['5', '1k', '1kb', '1.5mb', '2M', '3Gb'].map(parseSize)).toEqual([
      5, 1000, 1024, 1_572_864, 2_000_000, 3_221_225_472,
    ]);
    for (const text of ['', 'mb', '-1mb', '1tb', '1 mbit']) expect(() => parseSize(text)).toThrow(`"${text}"`);
  });
  test('durations are read with their unit', () => {
    expect(['500ms', '5s', '1.5m', '2h', '1d'].map(parseDuration)).toEqual([500, 5000, 90_000, 7_200_000, 86_400_000]);
    expect(() => parseDuration('5')).toThrow();
  });
});

describe('a node in the background', () => {
  const program = join(ROOT, 'test/cli/background-program.mjs');
  const start = async (mode: string) => {
    const port = await freePort();
    const logFile = join(directory, 'data/node.log');
    const command = [program, mode, String(port)];
    return {
      logFile,
      started: startDetached({ command, logFile, dir: null, address: `127.0.0.1:${port}`, untilInSync: true }),
    };
  };

  test('is waited for until it serves, with its output in the log', async () => {
    const { started, logFile } = await start('serve');
    const { pid, status } = await started;
    process.kill(pid, 'SIGKILL');
    expect(status.self.name).toBe('bg');
    expect(readFileSync(logFile, 'utf8')).toMatch(/^serve on/);
  });
  test('that cannot start gives its own error', async () => {
    const { started } = await start('fail');
    await expect(started).rejects.toMatchObject({
      code: 'port-in-use',
      exitCode: 6,
      hint: 'mneme cluster status\nTake another.',
    });
  });
  test('that dies gives the end of its log', async () => {
    const { started } = await start('die');
    await expect(started).rejects.toThrow(/ended with exit code 1 .*something went badly wrong/s);
  });
  test('whose log cannot be written is refused', async () => {
    const logFile = '/dev/null/node.log';
    const started = startDetached({
      command: [program, 'die', '1'],
      logFile,
      dir: null,
      address: '127.0.0.1:1',
      untilInSync: false,
    });
    await expect(started).rejects.toMatchObject({ code: 'directory-unwritable', exitCode: 6 });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
