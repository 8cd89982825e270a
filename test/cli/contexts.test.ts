import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PRECEDENCE } from '../../src/cli/contexts/context.js';
import { contextFile, writeContexts } from '../../src/cli/contexts/context-file.js';
import ClusterStatus from '../../src/commands/cluster/status.js';
import ContextAdd from '../../src/commands/context/add.js';
import ContextList from '../../src/commands/context/list.js';
import ContextRemove from '../../src/commands/context/remove.js';
import ContextShow from '../../src/commands/context/show.js';
import ContextUse from '../../src/commands/context/use.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { ROOT, runCommand } from './run-command.js';

const KEPT = ['XDG_CONFIG_HOME', 'MNEME_CONTEXT', 'MNEME_NODE', 'MNEME_SECRET_FILE'] as const;
const before = Object.fromEntries(KEPT.map((name) => [name, process.env[name]]));
let home = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mneme-contexts-'));
  for (const name of KEPT) delete process.env[name];
  process.env.XDG_CONFIG_HOME = home;
});

afterEach(() => {
  for (const name of KEPT) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  rmSync(home, { recursive: true, force: true });
});

describe('a context', () => {
  test('is added, listed, used, shown and removed', async () => {
    await done(ContextAdd, 'prod', '--node', '10.0.0.1:7379,10.0.0.2');
    await done(ContextAdd, 'here', '--node', '127.0.0.1:7379', '--use');
    expect((await done(ContextList, '-o', 'name')).stdout).toBe('here\nprod\n');
    expect((await done(ContextUse, 'prod')).stdout).toContain('prod is in use: 10.0.0.1:7379,10.0.0.2:7379');
    expect((await done(ContextShow, '--json')).json).toMatchObject({ name: 'prod', current: true, secretFile: null });
    expect((await done(ContextRemove, 'prod')).stdout).toContain('and none is in use');
    expect((await done(ContextList, '--json')).json).toMatchObject({ current: null, contexts: [{ name: 'here' }] });
  });

  test('is kept for its owner alone, with no secret in it, and nothing is left beside it', async () => {
    const secret = join(home, 'secret');
    writeFileSync(secret, 'a-secret-of-more-than-enough-characters\n', { mode: 0o600 });
    await done(ContextAdd, 'prod', '--node', '127.0.0.1', '--secret-file', secret);
    expect(statSync(contextFile()).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, 'mneme'))).toEqual(['contexts.json']);
    expect(JSON.parse(readFileSync(contextFile(), 'utf8'))).toEqual({
      ...{ format: 1, current: null },
      contexts: { prod: { node: '127.0.0.1:7379', 'secret-file': secret } },
    });
  });

  test('is refused where it could not work: a file that is not there, an address that is none, a name with a space', async () => {
    const add = (...args: string[]) => runCommand(ContextAdd, [...args, '--json']);
    for (const [args, value] of [
      [['x', '--node', 'a:1', '--secret-file', '/nowhere/secret'], '/nowhere/secret'],
      [['x', '--node', 'a:1', '--user', 'u', '--password-file', '/nowhere/pw'], '/nowhere/pw'],
      [['x', '--node', 'a:99999999'], 'a:99999999'],
      [['x y', '--node', 'a:1'], 'x y'],
    ] as const) {
      const { json, exitCode } = await add(...args);
      expect([exitCode === 0, json.error.message]).toEqual([false, expect.stringContaining(value)]);
    }
    expect(readdirSync(home)).toEqual([]);
  });

  test('is not put in the place of another of its name unless that is asked for', async () => {
    await done(ContextAdd, 'prod', '--node', 'a:1');
    const { json } = await runCommand(ContextAdd, ['prod', '--node', 'b:2', '--json']);
    expect(json.error).toMatchObject({ code: 'name-taken', next: 'mneme context show prod' });
    await done(ContextAdd, 'prod', '--node', 'b:2', '--replace');
    expect((await done(ContextShow, 'prod', '--json')).json.nodes).toEqual(['b:2']);
  });

  test('of a name that there is not is told with those that there are', async () => {
    await done(ContextAdd, 'prod', '--node', 'a:1');
    for (const [command, args] of [
      [ContextUse, ['prdo']],
      [ContextShow, ['prdo']],
      [ContextRemove, ['prdo']],
      [ClusterStatus, ['--context', 'prdo']],
    ] as const) {
      const { json, exitCode } = await runCommand(command, [...args, '--json']);
      expect([exitCode, json.error.message]).toEqual([7, '"prdo" is no context; did you mean prod? there are prod']);
    }
  });
});

describe('the file', () => {
  test.each([
    ['no JSON', '{', 'it is no JSON'],
    ['of no format', '{}', 'its format is undefined, not 1'],
    ['of a newer program', '{"format": 2}', 'a newer one wrote it'],
    ['with a context without nodes', '{"format":1,"contexts":{"a":{}}}', '"a" names no node'],
    ['with a word that is no setting', '{"format":1,"contexts":{"a":{"node":"x","secret":"s"}}}', '"secret"'],
    ['whose context in use is none', '{"format":1,"current":"b","contexts":{"a":{"node":"x"}}}', '"b"'],
  ])('that is %s is refused by name, and left as it is', async (_, text, what) => {
    writeContexts({ current: null, contexts: {} });
    writeFileSync(contextFile(), text);
    for (const command of [ContextList, ClusterStatus]) {
      const { json, exitCode } = await runCommand(command, ['--json']);
      expect([exitCode, json.error.message]).toEqual([6, expect.stringContaining(what)]);
      expect(json.error.message).toContain(contextFile());
    }
    expect(readFileSync(contextFile(), 'utf8')).toBe(text);
  });

  test('that is broken stops no command whose node is named by a flag or the environment: a warning says so', async () => {
    const cluster = await startCluster({ one: {} });
    try {
      writeContexts({ current: null, contexts: {} });
      writeFileSync(contextFile(), '{');
      const byFlag = await runCommand(ClusterStatus, ['--node', cluster.at('one')]);
      process.env.MNEME_NODE = cluster.at('one');
      const byEnvironment = await runCommand(ClusterStatus, []);
      for (const { exitCode, stdout, stderr } of [byFlag, byEnvironment]) {
        expect([exitCode, stdout]).toEqual([0, expect.stringContaining('In sync')]);
        expect(stderr).toContain(`warning: no context is looked at: ${contextFile()} is no file of contexts`);
      }
      expect((await runCommand(ClusterStatus, ['--context', 'x', '--json'])).exitCode).toBe(6);
    } finally {
      await cluster.stop();
    }
  });

  test('that others can write is not trusted', async () => {
    writeContexts({ current: null, contexts: {} });
    chmodSync(contextFile(), 0o666);
    const { json } = await runCommand(ContextList, ['--json']);
    expect(json.error).toMatchObject({ code: 'refused', next: `chmod 600 ${contextFile()}` });
  });

  test('that is a link stays one: the file that it names is replaced', async () => {
    writeContexts({ current: null, contexts: {} });
    const target = join(home, 'elsewhere.json');
    writeFileSync(target, readFileSync(contextFile()), { mode: 0o600 });
    rmSync(contextFile());
    symlinkSync(target, contextFile());
    await done(ContextAdd, 'prod', '--node', 'a:1');
    expect(JSON.parse(readFileSync(target, 'utf8')).contexts).toHaveProperty('prod');
  });
});

describe('which node is asked', () => {
  let one: FakeCluster;
  let other: FakeCluster;
  beforeEach(async () => {
    one = await startCluster({ one: {} });
    other = await startCluster({ other: {} });
  });
  afterEach(async () => {
    await one.stop();
    await other.stop();
  });
  const asked = async (...args: string[]) => (await runCommand(ClusterStatus, [...args, '--json'])).json.asked.name;

  test('that of a flag, then of the environment, then of the context in use', async () => {
    await done(ContextAdd, 'first', '--node', one.at('one'), '--use');
    expect(await asked()).toBe('one');
    process.env.MNEME_NODE = other.at('other');
    expect(await asked()).toBe('other');
    expect(await asked('--node', one.at('one'))).toBe('one');
  });

  test('a context named by a flag stands before the environment, and one named by the environment before that in use', async () => {
    await done(ContextAdd, 'first', '--node', one.at('one'), '--use');
    await done(ContextAdd, 'second', '--node', other.at('other'));
    process.env.MNEME_CONTEXT = 'second';
    expect(await asked()).toBe('other');
    expect(await asked('--context', 'first')).toBe('one');
    process.env.MNEME_NODE = other.at('other');
    expect(await asked('--context=first')).toBe('one');
    expect(await asked('--context=first', '--node', other.at('other'))).toBe('other');
  });

  test('of several the first that answers', async () => {
    await done(ContextAdd, 'first', '--node', `127.0.0.1:1,${one.at('one')}`, '--use');
    expect(await asked()).toBe('one');
  });

  test('where none answers, the context is named', async () => {
    await done(ContextAdd, 'gone', '--node', '127.0.0.1:1', '--use');
    const { json } = await runCommand(ClusterStatus, ['--json']);
    expect(json.error.message).toBe('no node answers at 127.0.0.1:1 (connection refused) (node of the context gone)');
  });

  test('a next step keeps the context that was typed', async () => {
    await done(ContextAdd, 'gone', '--node', '127.0.0.1:1');
    const { stderr } = await runCommand(ClusterStatus, ['--context', 'gone', '--sort', 'x']);
    expect(stderr).toContain('the list has no column "x"');
  });
});

describe('what a node is shown of a context', () => {
  let stranger: Awaited<ReturnType<typeof startListener>>;
  let password = '';
  beforeEach(async () => {
    stranger = await startListener();
    password = join(home, 'password');
    writeFileSync(password, 'the-password-of-boss\n', { mode: 0o600 });
    const own = ['--node', '127.0.0.1:1', '--user', 'boss', '--password-file', password];
    await done(ContextAdd, 'own', ...own, '--use');
  });
  afterEach(() => stranger.stop());
  const shown = async (...args: string[]) => {
    const { json } = await runCommand(ClusterStatus, [...args, '--timeout', '2s', '--json']);
    return { message: json.error.message as string, heard: stranger.heard() };
  };

  test('nothing, where it is none of its nodes: not by a flag, not by the environment, not beside one that is', async () => {
    const byFlag = await shown('--node', stranger.address);
    const beside = await shown('--node', `127.0.0.1:1,${stranger.address}`);
    process.env.MNEME_NODE = stranger.address;
    const byEnvironment = await shown();
    for (const { message, heard } of [byFlag, beside, byEnvironment]) {
      expect(heard).not.toBe('');
      expect(heard).not.toMatch(/boss|the-password/);
      expect(message).toContain('the context own names other nodes, and is not used; with --context own it is');
    }
  });

  test('its user and password, where the same line names it', async () => {
    expect((await shown('--context', 'own', '--node', stranger.address)).heard).toContain('the-password-of-boss');
  });

  test('no password of its user, where another user is named', async () => {
    const { message, heard } = await shown('--context', 'own', '--node', stranger.address, '--user', 'viewer');
    expect(message).toContain('the password of viewer is asked for');
    expect(heard).toBe('');
  });
});

test('The guide and the help of each command about contexts say which value stands, in the same words', () => {
  const plain = (text: string) => text.replaceAll('`', '').replaceAll(/\s+/g, ' ');
  expect(plain(readFileSync(join(ROOT, 'docs/cli.md'), 'utf8'))).toContain(plain(PRECEDENCE));
  for (const { description } of [ContextAdd, ContextUse, ContextList, ContextShow])
    expect(description).toContain(PRECEDENCE);
});

/** Takes what it is sent, and refuses whoever asks. */
async function startListener() {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      socket.end('-NOAUTH Authentication required.\r\n'.repeat(2));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => heard,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function done(command: unknown, ...args: string[]) {
  const outcome = await runCommand(command, args);
  expect({ args, code: outcome.exitCode, stderr: outcome.stderr }).toEqual({ args, code: 0, stderr: '' });
  return outcome;
}
