import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { statusOf, temporaryDirectory } from './processes.js';

const home = temporaryDirectory();
afterAll(() => home.remove());

test('a demo whose reader goes away, as with | head, ends, and so do the nodes that it has started', async () => {
  const env = { ...process.env, TMPDIR: home.path, NO_COLOR: '1' };
  const demo = spawn(process.execPath, [resolve('bin/run.js'), 'demo'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  const address = await new Promise<string>((done, fail) => {
    demo.once('exit', () => fail(new Error(`the demo has ended:\n${text}`)));
    demo.stdout.on('data', (chunk) => {
      text += String(chunk);
      const found = /serving: a at (\S+),/.exec(text)?.[1];
      if (found !== undefined) done(found);
    });
  });
  expect((await statusOf(address)).self.name).toBe('a');
  const ended = once(demo, 'exit');
  demo.stdout.destroy();
  await ended;
  await expect(statusOf(address)).rejects.toMatchObject({ code: 'not-reachable' });
  expect(readdirSync(home.path)).toEqual([]);
}, 60_000);
