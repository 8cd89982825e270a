import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../bench/probes.js';
import { statusOf, temporaryDirectory, until } from './processes.js';

const README = readFileSync('README.md', 'utf8');
const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** The lines of the fenced `sh` blocks, in order. */
function commandLines(): string[] {
  return [...README.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => block[1]!.trimEnd().split('\n'));
}

function isInstalled(command: string): boolean {
  return spawnSync('which', [command]).status === 0;
}

describe('every command in the README does what it says, in the order in which a reader types them', () => {
  const directory = temporaryDirectory();
  const ports = new Map<string, string>();
  const lines = commandLines().filter((line) => /^(mneme|redis-cli|for) /.test(line));

  beforeAll(async () => {
    for (const port of ['7379', '7380', '7381']) ports.set(port, String(await freePort()));
    const bin = `${directory.path}/bin`;
    mkdirSync(bin);
    writeFileSync(`${bin}/mneme`, `#!/bin/sh\nexec "${process.execPath}" "${resolve('bin/run.js')}" "$@"\n`);
    chmodSync(`${bin}/mneme`, 0o755);
  });

  afterAll(async () => {
    for (const port of ports.values()) {
      const status = await statusOf(`127.0.0.1:${port}`).catch(() => null);
      if (status !== null) process.kill(status.self.pid, 'SIGKILL');
    }
    directory.remove();
  });

  /** The README's ports are mapped to free ones. */
  function withPorts(line: string): string {
    return line.replace(/\b(7379|7380|7381)\b/g, (port) => ports.get(port)!);
  }

  function type(line: string): string {
    const port = ports.get('7379')!;
    const listens = /^mneme cluster (start|join)/.test(line) && !line.includes('--listen');
    const typed = withPorts(line) + (listens ? ` --listen 127.0.0.1:${port}` : '');
    const env = {
      ...process.env,
      PATH: `${directory.path}/bin:${process.env.PATH}`,
      XDG_DATA_HOME: `${directory.path}/data`,
      XDG_CONFIG_HOME: `${directory.path}/config`,
      MNEME_NODE: `127.0.0.1:${port}`,
      NO_COLOR: '1',
    };
    return execFileSync('sh', ['-c', typed], { env, cwd: directory.path, encoding: 'utf8' });
  }

  /** What a reader sees happen before going on to the next line. */
  async function settle(line: string): Promise<void> {
    const status = () => statusOf(`127.0.0.1:${ports.get('7379')}`);
    if (line.startsWith('mneme drill partition')) {
      for (const port of ports.values()) {
        await until('the partition is noticed', async () =>
          (await statusOf(`127.0.0.1:${port}`)).members.some((one) => one.link === 'down'),
        );
      }
    }
    if (line === 'mneme drill heal')
      await until('the split-brain is found', async () => (await status()).incidents.length === 1);
    if (line.startsWith('mneme split-brain merge')) {
      await until('all are in sync', async () =>
        (await status()).members.every((one) => one.link === 'self' || one.link === 'in-sync'),
      );
    }
    if (line.startsWith('redis-cli') && line.includes(' set ')) {
      await until(
        'the write is on b',
        async () => (await statusOf(`127.0.0.1:${ports.get('7380')}`)).self.entries === 1,
      );
    }
    if (line.startsWith('mneme cluster stop --node')) {
      await until('b counts as down', async () => (await status()).members.some((one) => one.link === 'down'));
    }
  }

  test('the commands run one after the other', async () => {
    const outputs = new Map<string, string>();
    for (const line of lines) {
      const missing = ['redis-cli', 'jq'].find((tool) => line.includes(`${tool} `) && !isInstalled(tool));
      if (missing !== undefined) {
        process.stderr.write(`left out: ${line} (${missing} is not installed)\n`);
        continue;
      }
      outputs.set(line, type(line));
      await settle(line);
    }
    expect(outputs.get('mneme entry get session:2')).toContain('bob');
    expect(outputs.get('mneme cluster status')).toContain('In sync: all 3 members');
    expect(outputs.get('mneme split-brain status || true')).toContain('SPLIT-BRAIN');
    expect(outputs.get('mneme split-brain plan')).toContain('ann, seen by c');
    expect(outputs.get('mneme replica verify')).toContain('Verified');
    const members = [...outputs].find(([line]) => line.includes("| jq -r '.members[]"))?.[1];
    if (isInstalled('jq')) expect(members).toMatch(/^n\d+ serving 1 \d+\.\d+\.\d+$/m);
    expect(outputs.get('mneme cluster discover')).toContain('finds: 3 nodes; nobody is missing');
  }, 180_000);

  test('the npm scripts that it names exist', () => {
    const named = [...README.matchAll(/npm (?:run )?(test|demo|check|sim|bench)\b/g)].map((match) => match[1]!);
    expect(named).toEqual(expect.arrayContaining(['demo', 'test', 'check', 'sim']));
    for (const script of named) expect(PACKAGE.scripts).toHaveProperty(script);
  });
});
