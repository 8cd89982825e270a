import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from './run-command.js';

interface Manifest {
  readonly commands: Record<
    string,
    { hidden?: boolean; flags: Record<string, { hidden?: boolean; helpGroup?: string }> }
  >;
}

describe('the manual page', () => {
  const { commands } = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as Manifest;
  const directory = mkdtempSync(join(tmpdir(), 'mneme-man-'));
  const file = join(directory, 'mneme.1');
  let page = '';

  beforeAll(() => {
    const make = `import { writeManPage } from '${ROOT}/bin/man-page.js'; writeManPage('${ROOT}', '${file}');`;
    execFileSync(process.execPath, ['--input-type=module', '-e', make], { env: { ...process.env, NODE_OPTIONS: '' } });
    page = readFileSync(file, 'utf8');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('has every command that there is, and no other, with all of its flags', () => {
    const sections = page.split(/^\.S[SH] /m).map((section) => section.replaceAll('\\-', '-'));
    const named = sections.flatMap((section) => /^mneme ([a-z-]+(?: [a-z-]+)?)/.exec(section)?.[1] ?? []);
    const ids = Object.keys(commands).map((id) => id.replace(':', ' '));
    expect(named.sort()).toEqual(ids.sort());
    for (const [id, { flags }] of Object.entries(commands)) {
      const section = sections.find((one) => new RegExp(`^mneme ${id.replace(':', ' ')}( [[A-Z]|\\n)`).test(one));
      const all = `${section}${sections.find((one) => one.startsWith('GLOBAL FLAGS'))}`;
      const missing = Object.keys(flags).filter(
        (flag) => flags[flag]!.hidden !== true && !new RegExp(`--(\\[no-\\])?${flag}\\b`).test(all),
      );
      expect({ id, missing }).toEqual({ id, missing: [] });
    }
  });

  test('is where package.json says that it is', () => {
    const { man, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      man: string;
      files: string[];
    };
    expect([man, files.includes('dist')]).toEqual(['./dist/mneme.1', true]);
    expect(readFileSync(join(ROOT, 'bin/build.js'), 'utf8')).toContain("'mneme.1'");
  });

  const hasGroff = spawnSync('which', ['groff']).status === 0;
  (hasGroff ? test : test.skip)('is read by groff without a warning, and fits 80 columns', () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-K', 'utf8', '-rLL=80n', file], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const plain = stripVTControlCharacters(stdout.replaceAll(/.[\b]/g, ''));
    expect(plain).toContain('mneme cluster status');
    expect(plain).toContain('--sort COLUMN[:desc]');
  });
});
