import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { whyNoHosts } from '../e2e/hosts.js';
import { until } from '../e2e/processes.js';

const reason = whyNoHosts();
if (reason !== null) process.stderr.write(`left out: real faults on hosts of their own (${reason})\n`);
const directories: string[] = [];
afterAll(() => directories.forEach((path) => void rmSync(path, { recursive: true, force: true })));

(reason === null ? describe : describe.skip)('real faults', () => {
  test('of two short runs at a time each goes its own way: all stands, and one that is interrupted reports what it has', async () => {
    const whole = new Run(1, 0.2);
    const interrupted = new Run(2, 5);
    await interrupted.until('cut');
    interrupted.child.kill('SIGINT');
    expect(await interrupted.code).toBe(130);
    expect({ code: await whole.code, text: whole.text }).toEqual({
      code: 0,
      text: expect.stringContaining('all stands'),
    });
    for (const run of [whole, interrupted]) {
      await run.untilGone();
      expect(readdirSync(run.directory)).toEqual(
        expect.arrayContaining(['report.txt', 'report.json', 'history.ndjson']),
      );
      expect(readdirSync(run.directory)).not.toContain('work');
    }
  }, 600_000);

  test('a run that is killed leaves no process and no mount', async () => {
    const run = new Run(2, 5);
    await run.until('cut');
    run.child.kill('SIGKILL');
    await run.untilGone();
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(run.directory);
  }, 120_000);
});

class Run {
  text = '';
  readonly child;
  readonly code: Promise<number | null>;

  constructor(seed: number, minutes: number) {
    this.child = spawn(process.execPath, ['test/faults/main.js', '--seed', String(seed), '--minutes', String(minutes)]);
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (chunk) => {
        this.text += String(chunk);
      });
    this.code = new Promise((resolve) => this.child.once('close', resolve));
  }

  get directory(): string {
    const path = /^report: (.*)$/m.exec(this.text)?.[1] ?? '';
    if (!directories.includes(path)) directories.push(path);
    return path;
  }

  until(word: string): Promise<void> {
    return until(`"${word}" in ${this.text}`, async () => this.text.includes(word), 90_000);
  }

  /** Every process of a run names its directory. */
  untilGone(): Promise<void> {
    return until('all processes are gone', async () => {
      return readdirSync('/proc').every((pid) => !commandOf(pid).includes(this.directory));
    });
  }
}

function commandOf(pid: string): string {
  const path = join('/proc', pid, 'cmdline');
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}
