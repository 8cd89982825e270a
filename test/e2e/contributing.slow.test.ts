import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const TEXT = readFileSync('CONTRIBUTING.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** The lines of the fenced `sh` blocks, in order. */
const LINES = [...TEXT.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => block[1]!.trimEnd().split('\n'));

/** What installs, builds or changes files while other tests run. */
const LEFT_OUT = /^npm (ci|run check|run types|run format|run fixtures|run docs|run release -- --dry-run)$/;

describe('every command that contributors are told', () => {
  test.each(LINES.filter((line) => !LEFT_OUT.test(line)))('%s', (line) => {
    // Without the build, which others are using.
    const [program, ...rest] = line.startsWith('npm test -- ')
      ? [
          process.execPath,
          '--experimental-vm-modules',
          '--no-warnings',
          'node_modules/jest/bin/jest.js',
          line.slice(12),
        ]
      : ['sh', '-c', line.replace('npm pack', 'npm pack --ignore-scripts')];
    execFileSync(program!, rest, { stdio: 'pipe', env: { ...process.env, NODE_OPTIONS: '' } });
  });

  test('names npm scripts and files that there are', () => {
    for (const [, name] of TEXT.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([name!]);
    const paths = [...TEXT.matchAll(/`((?:src|test)\/[\w./-]*\w)`/g)].map(([, path]) => path!);
    expect(paths.filter((path) => !path.includes('TOPIC') && !existsSync(path))).toEqual([]);
  });
});
