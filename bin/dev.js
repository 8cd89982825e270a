#!/usr/bin/env node
// Compiles what changed, then runs the commands as they are, not as the manifest remembers them.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Errors, flush, run } from '@oclif/core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = `${root}/node_modules/typescript/bin/tsc`;
const compiled = spawnSync(process.execPath, [tsc, '-p', `${root}/tsconfig.json`], { stdio: ['ignore', 2, 2] });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

await run(process.argv.slice(2), { root, ignoreManifest: true })
  .then(() => flush())
  .catch(Errors.handle);
