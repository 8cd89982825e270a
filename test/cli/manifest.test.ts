import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from './run-command.js';

/** Prints the manifest of the package in the working directory, made anew from its commands. */
const MAKE = `
  import { Plugin } from '@oclif/core';
  const plugin = new Plugin({ root: process.cwd(), type: 'core', ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true });
  await plugin.load();
  process.stdout.write(JSON.stringify(plugin.manifest));
`;

test('the committed manifest is what the sources give: a stale one hides commands', () => {
  const root = mkdtempSync(join(tmpdir(), 'mneme-manifest-'));
  try {
    copyFileSync(join(ROOT, 'package.json'), join(root, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    execFileSync(process.execPath, [join(ROOT, 'bin/build.js'), join(root, 'dist')], { stdio: 'ignore' });
    const made = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', MAKE], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
      }),
    );
    const committed = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8'));
    expect(withoutPlace(committed)).toEqual(withoutPlace(made));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

function withoutPlace(manifest: { commands: Record<string, object> }) {
  const commands = Object.entries(manifest.commands).map(([id, command]) => [id, { ...command, isESM: null }] as const);
  return { ...manifest, commands: Object.fromEntries(commands.sort(([a], [b]) => (a < b ? -1 : 1))) };
}
