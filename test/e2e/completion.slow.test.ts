import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mneme, NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const [a, b] = ['a', 'beta'].map((name) => new NodeProcess(name, '', ['--memory-only'])) as [NodeProcess, NodeProcess];
const isInstalled = (program: string): boolean => spawnSync('which', [program]).status === 0;
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ PATH: `${directory.path}/bin:${process.env.PATH}`, XDG_CONFIG_HOME: `${directory.path}/config` },
  ...{ XDG_DATA_HOME: `${directory.path}/data`, HOME: directory.path, MNEME_NODE: a.address },
});

const tmux = (...args: string[]): string =>
  execFileSync('tmux', ['-S', `${directory.path}/tmux`, '-f', '/dev/null', ...args], {
    encoding: 'utf8',
    env: environment(),
  });

beforeAll(async () => {
  mkdirSync(`${directory.path}/bin`);
  writeFileSync(
    `${directory.path}/bin/mneme`,
    `#!/bin/sh\nexec "${process.execPath}" "${resolve('bin/run.js')}" "$@"\n`,
  );
  chmodSync(`${directory.path}/bin/mneme`, 0o755);
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
  for (const key of ['session:one', 'session:two', 'cart:7', 'odd key', "it's"])
    await mneme(['entry', 'set', key, 'x', '--node', a.address]);
}, 60_000);

afterAll(async () => {
  try {
    tmux('kill-server');
  } catch {
    // There is none.
  }
  await Promise.all([a.kill(), b.kill()]);
  directory.remove();
});

/** What the program offers, and how long it took over it. */
function offered(
  words: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<{ words: string[]; stderr: string; tookMs: number; filesToo: boolean }> {
  const startedMs = performance.now();
  return new Promise((done) => {
    execFile(
      process.execPath,
      ['bin/run.js', '__complete', ...words],
      { env: { ...environment(), ...more } },
      (error, stdout, stderr) => {
        expect([null, 1]).toContain(error?.code ?? null);
        const lines = stdout.split('\n').filter((line) => line !== '');
        const tookMs = performance.now() - startedMs;
        done({ words: lines.map((line) => line.split('\t')[0]!), stderr, tookMs, filesToo: error !== null });
      },
    );
  });
}

describe('the words that are offered', () => {
  test.each([
    [['clu'], ['cluster']],
    [
      ['cluster', 'st'],
      ['start', 'status', 'stop'],
    ],
    [
      ['cluster', 'forget', ''],
      ['a', 'beta'],
    ],
    [['drill', 'cut', 'a', 'b'], ['beta']],
    [['entry', 'get', 's'], ['session:']],
    [
      ['entry', 'get', 'session:'],
      ['session:one', 'session:two'],
    ],
    [['entry', 'list', '--prefix', 'c'], ['cart:']],
    [['entry', 'list', '--prefix=c'], ['--prefix=cart:']],
    [['entry', 'get', 'session:', '--db', '1'], []],
    [['cluster', 'status', '-o', 'y'], ['yaml']],
    [['cluster', 'status', '--no-h'], ['--no-headers']],
    [['cluster', 'settings', 'on'], ['on-heal']],
    [['split-brain', 'show', ''], []],
    [['completion', 'f'], ['fish']],
    [['no', 'such', ''], []],
  ])('behind %j are %j', async (typed, words) => {
    // Where the machine is busy with other things, the time at a prompt may be over before there is an answer.
    await until(`${words} are offered behind ${typed}`, async () => {
      return (await offered(typed)).words.sort().join() === [...words].sort().join();
    });
  });

  test('for --node are the addresses of the members, also behind a comma', async () => {
    expect((await offered(['cluster', 'status', '--node', ''])).words.sort()).toEqual([a.address, b.address].sort());
    const more = `${a.address},`;
    expect((await offered(['cluster', 'status', '--node', more])).words).toContain(`${more}${b.address}`);
  });

  test.each([
    [true, ['entry', 'import', '']],
    [true, ['cluster', 'status', '--secret-file', '']],
    [true, ['cluster', 'start', '--dir=']],
    [false, ['entry', 'get', 'nosuch']],
    [false, ['split-brain', 'undo', '']],
    [false, ['user', 'add', '']],
    [false, ['cluster', 'status', '']],
  ])('are the files of the shell: %s, behind %j', async (filesToo, typed) => {
    expect((await offered(typed)).filesToo).toBe(filesToo);
  });

  test('are contexts, and come from the node of the context that is named', async () => {
    const env = { XDG_CONFIG_HOME: `${directory.path}/other`, MNEME_NODE: '' };
    execFileSync(process.execPath, ['bin/run.js', 'context', 'add', 'prod', '--node', a.address], {
      env: { ...environment(), ...env },
    });
    expect((await offered(['context', 'use', ''], env)).words).toEqual(['prod']);
    expect((await offered(['cluster', 'forget', '--context', 'prod', 'b'], env)).words).toEqual(['beta']);
    expect((await offered(['cluster', 'forget', '--context', 'nix', 'b'], env)).words).toEqual([]);
  });

  test('are none where no node answers, without a word and without a wait', async () => {
    // Of the networks that are for documents: nobody is there, and nobody says so.
    for (const address of ['127.0.0.1:1', '192.0.2.1:7379']) {
      const { words, stderr, tookMs } = await offered(['entry', 'get', ''], { MNEME_NODE: address });
      expect([words, stderr]).toEqual([[], '']);
      expect(tookMs).toBeLessThan(5000);
    }
  });
});

const STARTS = {
  bash: ['bash --norc --noprofile', 'eval "$(mneme completion bash)"'],
  zsh: ['zsh -f', 'autoload -U compinit; compinit -u -D; eval "$(mneme completion zsh)"'],
  fish: ['fish --no-config', 'mneme completion fish | source'],
} as const;

describe.each(Object.keys(STARTS) as (keyof typeof STARTS)[])('in %s', (shell) => {
  const can = isInstalled('tmux') && isInstalled(shell);
  if (!can) process.stderr.write(`left out: completion in ${shell} (it, or tmux, is not installed)\n`);
  const screen = (): string => tmux('capture-pane', '-p', '-J', '-t', shell);
  const type = (...keys: string[]): string => tmux('send-keys', '-t', shell, ...keys);

  /** Types this and a tab at an empty line, and waits until the line is so. */
  async function completed(line: string, becomes: string, tabs = 1): Promise<void> {
    type('C-u');
    type('-l', line);
    await until(`${line} is typed`, async () => screen().includes(line));
    for (let i = 0; i < tabs; i++) type('Tab');
    await until(
      `${shell} makes of ${line}: ${becomes}; the screen:\n${screen()}`,
      async () => screen().includes(becomes),
      20_000,
    );
  }

  (can ? test : test.skip)(
    'commands, members and keys are completed at a tab',
    async () => {
      const [program, load] = STARTS[shell];
      writeFileSync(`${directory.path}/entries.ndjson`, '');
      tmux('new-session', '-d', '-c', directory.path, '-s', shell, '-x', '120', '-y', '40', program);
      type('-l', `${load}; echo re''ady`);
      type('Enter');
      await until(`${shell} is ready`, async () => screen().includes('ready'));
      await completed('mneme clus', 'mneme cluster ');
      await completed('mneme cluster forget be', 'mneme cluster forget beta');
      await completed('mneme entry get ses', 'mneme entry get session:');
      await completed('mneme entry get session:tw', 'mneme entry get session:two');
      await completed('mneme entry get odd', 'mneme entry get odd\\ key');
      await completed('mneme cluster status --no-hea', 'mneme cluster status --no-headers');
      await completed('mneme cluster st', 'status', 2);
      await completed('mneme entry import ent', 'mneme entry import entries.ndjson');
      // The file is no key.
      type('C-u');
      type('-l', 'mneme entry get ent');
      type('Tab');
      type('-l', '!');
      await until(`${shell} adds no file; the screen:\n${screen()}`, async () =>
        screen().includes('mneme entry get ent!'),
      );
    },
    120_000,
  );
});
