import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { openNode } from '../../src/exports/index.js';
import { temporaryDirectory } from '../e2e/processes.js';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

/** An application that writes until it dies, and says of each write that it is kept. */
const APPLICATION = `
const [dir, fsync] = process.argv.slice(1);
const { openNode } = await import(${JSON.stringify(pathToFileURL(resolve('dist/exports/index.js')).href)});
const node = await openNode({ dir, name: 'a', fsync });
for (let i = 1; ; i++) {
  const kept = Promise.all([node.set('a' + i, String(i)), node.set('b' + i, String(i)), node.delete('a' + (i - 1))]);
  await kept;
  process.stdout.write(i + '\\n');
}`;

test.each(['always', 'grouped'] as const)(
  'what a process was told to be kept is there after a kill -9, with fsync %s',
  async (fsync) => {
    const dir = `${directory.path}/${fsync}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', APPLICATION, dir, fsync], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      told = Number(line);
      if (told === 200) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');

    const node = await openNode({ dir, name: 'a' });
    const missing = Array.from({ length: told }, (_, i) => `b${i + 1}`).filter((key) => !node.has(key));
    const deleted = Array.from({ length: told - 1 }, (_, i) => `a${i + 1}`).filter((key) => node.has(key));
    await node.close();
    expect(told).toBeGreaterThanOrEqual(200);
    expect({ missing, deleted }).toEqual({ missing: [], deleted: [] });
  },
);
