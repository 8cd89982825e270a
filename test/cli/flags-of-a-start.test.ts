import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Config } from '@oclif/core';
import { logFileOf, nodePlanOf } from '../../src/cli/node-plan.js';
import ClusterJoin from '../../src/commands/cluster/join.js';
import ClusterStart from '../../src/commands/cluster/start.js';
import type { StartFlags } from '../../src/node/start-options.js';
import { writeFormerStart } from '../../src/operations/cluster/former-start.js';
import { ROOT, runCommand } from './run-command.js';

/** Where a node is started. */
type State = 'new' | 'data' | 'memory' | 'join';
type Outcome = 'done' | 'refused';

/** Each flag in each state: it makes another plan, or the command is refused. A flag without a row fails the test. */
const TABLE: Record<string, { argv: string[]; outcomes: Record<State, Outcome> }> = {
  name: row(['--name', 'other'], 'done', 'done', 'done', 'done'),
  listen: row(['--listen', '127.0.0.1:7401'], 'done', 'done', 'done', 'done'),
  advertise: row(['--advertise', '10.0.0.9:7401'], 'done', 'done', 'done', 'done'),
  'trust-network': row(['--trust-network'], 'done', 'done', 'done', 'done'),
  'secret-file': row(['--secret-file', '/tmp/mneme.secret'], 'done', 'done', 'done', 'done'),
  'secret-optional': row(['--secret-optional'], 'refused', 'refused', 'refused', 'refused'),
  'tls-cert': row(['--tls-cert', '/tmp/cert.pem'], 'refused', 'refused', 'refused', 'refused'),
  'tls-key': row(['--tls-key', '/tmp/key.pem'], 'refused', 'refused', 'refused', 'refused'),
  'tls-ca': row(['--tls-ca', '/tmp/ca.pem'], 'refused', 'refused', 'refused', 'refused'),
  'tls-clients': row(['--tls-clients', 'require'], 'refused', 'refused', 'refused', 'refused'),
  'tls-optional': row(['--tls-optional'], 'refused', 'refused', 'refused', 'refused'),
  'listen-plain': row(['--listen-plain', '127.0.0.1:7402'], 'refused', 'refused', 'refused', 'refused'),
  dir: row(['--dir', '/tmp/mneme-elsewhere'], 'done', 'done', 'refused', 'done'),
  discover: row(['--discover', 'static:10.0.0.1:7379'], 'done', 'done', 'done', 'done'),
  engine: row(['--engine', 'redis://127.0.0.1:1'], 'done', 'done', 'done', 'done'),
  keys: row(['--keys', 'session:*'], 'refused', 'refused', 'refused', 'refused'),
  'memory-only': row(['--memory-only'], 'refused', 'refused', 'done', 'refused'),
  fsync: row(['--fsync', 'always'], 'done', 'done', 'refused', 'done'),
  'max-memory': row(['--max-memory', '100mb'], 'done', 'done', 'done', 'done'),
  eviction: row(['--eviction', 'allkeys-lru'], 'refused', 'refused', 'refused', 'refused'),
  'on-heal': row(['--on-heal', 'manual'], 'done', 'refused', 'done', 'refused'),
  'failure-timeout': row(['--failure-timeout', '2s'], 'done', 'refused', 'done', 'refused'),
  limit: row(['--limit', 'clients=5'], 'done', 'done', 'done', 'done'),
  'allow-drills': row(['--allow-drills'], 'done', 'done', 'done', 'done'),
  http: row(['--http', '127.0.0.1:9379'], 'done', 'done', 'done', 'done'),
  'log-format': row(['--log-format', 'json'], 'done', 'done', 'done', 'done'),
  'log-file': row(['--log-file', '/tmp/x.log'], 'refused', 'refused', 'refused', 'refused'),
  detach: row(['--detach', '--log-file', '/tmp/x.log'], 'done', 'done', 'done', 'done'),
  'still-member': row(['--still-member'], 'refused', 'done', 'refused', 'refused'),
  peer: row(['--peer', '10.0.0.1:7379'], 'refused', 'done', 'refused', 'refused'),
  expect: row(['--expect', '3'], 'refused', 'refused', 'refused', 'refused'),
  new: row(['--new'], 'done', 'refused', 'done', 'refused'),
  'set-aside-data': row(['--set-aside-data'], 'refused', 'refused', 'refused', 'done'),
};

let home: string;
let config: Config;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'mneme-flags-'));
  mkdirSync(join(home, 'data'));
  writeFormerStart(join(home, 'data'), { name: 'a', listen: '127.0.0.1:7400', fsync: 'grouped' });
  config = await Config.load(ROOT);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('every flag of a start and of a join has a row', () => {
  const flags = Object.keys({ ...ClusterStart.flags, ...ClusterJoin.flags });
  expect(Object.keys(TABLE).sort()).toEqual(flags.sort());
});

describe.each(Object.entries(TABLE))('--%s', (flag, { argv, outcomes }) => {
  test.each(Object.entries(outcomes) as [State, Outcome][])('%s: %s', async (state, outcome) => {
    const base = argumentsOf(state).filter((word) => flag !== 'memory-only' || word !== '--memory-only');
    const hasOwn = flag === 'dir' || flag === 'name' || flag === 'listen';
    const words = [...(hasOwn ? without(base, `--${flag}`) : base), ...argv];
    if (outcome === 'refused') {
      const { exitCode, stderr } = await runCommand(state === 'join' ? ClusterJoin : ClusterStart, words);
      expect([2, 6]).toContain(exitCode);
      expect(stderr).toMatch(/^error: [\s\S]*next: /);
    } else {
      expect(await planOf(state, words)).not.toEqual(await planOf(state, base));
    }
  });
});

test('what was asked for at the start that founded the cluster may stay in a command that is run at each start', () => {
  const dir = join(home, 'founded');
  mkdirSync(dir);
  const founding = { 'on-heal': 'manual', 'failure-timeout': '2000ms' };
  writeFormerStart(dir, { name: 'a', listen: '127.0.0.1:7400' }, { founding });
  const flags = { dir, 'memory-only': false, 'on-heal': 'manual', 'failure-timeout': 2000 };
  expect(nodePlanOf(flags)).toMatchObject({ onHeal: 'manual', failureTimeoutMs: 2000 });
  expect(() => nodePlanOf({ ...flags, 'on-heal': 'merge' })).toThrow(/--on-heal is for the start that founds/);
});

// ---

function row(argv: string[], ...[isNew, data, memory, joins]: [Outcome, Outcome, Outcome, Outcome]) {
  return { argv, outcomes: { new: isNew, data, memory, join: joins } };
}

function argumentsOf(state: State): string[] {
  const place = ['--name', 'a', '--listen', '127.0.0.1:7400'];
  if (state === 'memory') return [...place, '--memory-only'];
  if (state === 'data') return [...place, '--dir', join(home, 'data')];
  const dir = ['--dir', join(home, 'empty')];
  return state === 'join' ? ['127.0.0.1:1', '--name', 'a', '--listen', '127.0.0.1:7400', ...dir] : [...place, ...dir];
}

function without(words: readonly string[], flag: string): string[] {
  const at = words.indexOf(flag);
  return at < 0 ? [...words] : words.filter((_, i) => i !== at && i !== at + 1);
}

async function planOf(state: State, words: string[]): Promise<unknown> {
  const Class = state === 'join' ? ClusterJoin : ClusterStart;
  const command = new Class(words, config) as unknown as {
    parse(of: unknown): Promise<{ flags: StartFlags & { detach: boolean; 'log-file'?: string } }>;
  };
  const { flags } = await command.parse(Class);
  const joins = { addresses: ['127.0.0.1:1'], setAsideData: flags['set-aside-data'] === true };
  const plan = nodePlanOf(flags, state === 'join' ? joins : undefined);
  return { plan, detach: flags.detach, log: logFileOf(plan, flags['log-file']) };
}
