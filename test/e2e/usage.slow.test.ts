import { describe, expect, test } from '@jest/globals';
import type { Failure } from '../../src/cli/failure.js';
import { adviceOf } from '../../src/hints/advice.js';
import { mneme } from './processes.js';

describe('what is mistyped ends with exit code 2, says what was typed, and what to type next', () => {
  test.each([
    [['clust'], '"clust" is no command. After mneme comes one of: backup, cluster, ', 'mneme --help'],
    [
      ['cluster', 'statu'],
      '"cluster statu" is no command; did you mean mneme cluster status? After mneme cluster comes one of: ',
      'mneme cluster --help',
    ],
    [
      ['cluster', 'status', '10.0.0.1:7379'],
      'mneme cluster status takes no "10.0.0.1:7379"',
      'mneme cluster status --help',
    ],
    [['staus'], '"staus" is no command; did you mean mneme cluster status? After mneme comes one of: ', 'mneme --help'],
    [['clutser', 'status'], 'did you mean mneme cluster status?', 'mneme --help'],
    [['get', 'k'], 'did you mean mneme entry get?', 'mneme --help'],
    [['help', 'zzzz'], '"zzzz" is no command. After mneme comes one of: backup, cluster, ', 'mneme --help'],
    [['help', 'cluster', 'statsu'], 'did you mean mneme cluster status?', 'mneme cluster --help'],
    [['cluster', 'stats'], 'did you mean mneme cluster status?', 'mneme cluster --help'],
    [['cluster', 'status', '--nod', 'x'], 'mneme cluster status has no flag --nod; did you mean --node?', '--help'],
    [['entry', 'get'], 'mneme entry get needs KEY', 'mneme entry get --help'],
    [['entry', 'list', '--limit', 'x'], '--limit: "x" is no whole number', 'mneme entry list --help'],
    [['entry', 'get', '--db', '99', 'k'], '--db: 99 is more than 15', 'mneme entry get --help'],
    [
      ['cluster', 'start', '--on-heal', 'never'],
      '--on-heal: "never" is no value for on-heal: it takes merge, ',
      '--help',
    ],
    [['cluster', 'start', '--listen', 'a', '--listen', 'b'], '--listen is given more than once', '--help'],
    [['cluster', 'start', '--listen'], '--listen needs a value', '--help'],
    [['cluster', 'start', '--new', '--peer', 'x'], '--new and --peer do not go together', '--help'],
    [['cluster', 'forget', 'a', '--cluster', 'x'], '--cluster goes with --force', '--help'],
    [['cluster', 'start', '--max-memory', 'abc'], '--max-memory: "abc" is not a size', '512mb'],
  ])('%j', async (args, message, hint) => {
    const text = await mneme(args);
    expect(text).toMatchObject({ code: 2, stdout: '' });
    expect(text.stderr).toMatch(/^error: /);
    expect(text.stderr).toContain(message);
    expect(text.stderr).toContain(hint);
    const json = await mneme([...args, '--json']);
    expect(json.code).toBe(2);
    const { error } = JSON.parse(json.stdout) as { error: Failure };
    expect([error.message, adviceOf(error)]).toEqual([expect.stringContaining(message), expect.stringContaining(hint)]);
  });
});

test.each([
  [['help'], ['--help']],
  [['-h'], ['--help']],
  [
    ['help', 'cluster', 'status'],
    ['cluster', 'status', '--help'],
  ],
  [['version'], ['--version']],
])('%j is as %j', async (args, same) => {
  const [one, other] = [await mneme(args), await mneme(same)];
  expect(one).toEqual(other);
  expect(one.code).toBe(0);
});

test('--no-color goes with every command, and stands over FORCE_COLOR', async () => {
  const run = (...args: string[]) => mneme([...args], ['env', '-u', 'NO_COLOR', 'FORCE_COLOR=1']);
  expect((await run('cluster', 'nothing')).stderr).toContain('\x1b[');
  expect((await run('cluster', 'nothing', '--no-color')).stderr).not.toContain('\x1b[');
  expect((await run('--no-color', 'entry', 'get', 'k', '--node', '127.0.0.1:1')).stderr).not.toContain('\x1b[');
});

test('the usage of a command has no choice without a second side', async () => {
  const { stdout } = await mneme(['cluster', 'start', '--help']);
  expect(stdout).toContain('[--fsync grouped|always]');
  expect(stdout).not.toMatch(/\|\s*\]/);
});
