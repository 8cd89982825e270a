import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '../e2e/processes.js';

const SCRIPT = resolve('bin/release.js');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('a release', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());

  test('in a dry run is packed, installed, started and described, and leaves nothing behind', () => {
    // What is built is in use by other tests.
    const npm = join(directory.path, 'bin');
    mkdirSync(npm);
    const real = execFileSync('which', ['npm'], { encoding: 'utf8' }).trim();
    writeFileSync(join(npm, 'npm'), `#!/bin/sh\n[ "$1 $3" = "run build" ] || exec "${real}" "$@"\n`, { mode: 0o755 });
    const before = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--dry-run'], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${npm}:${process.env.PATH}` },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const what of [
      'mneme --version',
      'imports as ES modules',
      'imports as CommonJS',
      'start and join',
      'a value at the other node',
    ])
      expect(stdout).toContain(`ok: of the installed package, ${what}`);
    expect(stdout).toMatch(/^\| integrity \| sha512-[\w+/]{86}== \|$/m);
    expect(stdout).toMatch(/^\| commit \| [0-9a-f]{40} of /m);
    expect(stdout).toContain(`| built with | Node.js ${process.version}, npm `);
    expect(stdout).toMatch(/^\| package-lock\.json \| sha256 [0-9a-f]{64} \|$/m);
    expect(execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' })).toBe(before);
  });

  test('of a tree that is not clean, or that the changelog does not know, ends before anything is built', () => {
    const clone = join(directory.path, 'clone');
    mkdirSync(clone);
    for (const file of ['package.json', 'package-lock.json', 'CHANGELOG.md']) cpSync(file, join(clone, file));
    cpSync('test/versions/fixtures', join(clone, 'test/versions/fixtures'), { recursive: true });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: clone });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'all of it');
    const run = () => {
      const { status, stderr } = spawnSync(process.execPath, [SCRIPT], { cwd: clone, encoding: 'utf8' });
      return { status, stderr };
    };
    expect(run()).toEqual({
      status: 1,
      stderr: `not released: the changelog: ${version} has no heading with a date\n`,
    });
    writeFileSync(join(clone, 'left'), '');
    expect(run()).toEqual({ status: 1, stderr: 'not released: the tree: it is not clean (1 files, such as left)\n' });
  });
});
