import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LogBound, makeRoom } from '../../src/cli/log-bound.js';
import { followFile, lastLines } from '../../src/cli/tail.js';
import { until } from '../links/recorder.js';

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mneme-log-'));
  path = join(dir, 'node.log');
});
afterEach(() => rmSync(dir, { recursive: true }));

/** As the stderr of a process in the background is open. */
function logOf(bytesMax: number): { write(line: string): void; close(): void } {
  const descriptor = openSync(path, 'a');
  const bound = new LogBound(path, descriptor, bytesMax, 1);
  return {
    write(line) {
      writeSync(descriptor, `${line}\n`);
      const before = bound.wrote(line.length + 1);
      if (before !== null) writeSync(descriptor, `${before}\n`);
    },
    close: () => closeSync(descriptor),
  };
}

describe('the log of a node in the background', () => {
  test('begins anew at its limit, keeps as much of what was before, and says where', () => {
    const log = logOf(1000);
    for (let i = 0; i < 1000; i++) log.write(`line ${i}`);
    log.close();
    expect(statSync(path).size).toBeLessThan(1100);
    expect(statSync(`${path}.1`).size).toBeLessThan(1100);
    expect(readFileSync(path, 'utf8')).toMatch(/^what was before is in .*node\.log\.1\nline \d+\n/);
    expect(readFileSync(path, 'utf8')).toMatch(/line 999\n$/);
  });

  test('where what was before cannot be kept, it is bounded all the same, and says so', () => {
    writeFileSync(join(dir, 'in-the-way'), '');
    path = join(dir, 'node.log');
    const descriptor = openSync(path, 'a');
    writeSync(descriptor, 'x'.repeat(100));
    const bound = new LogBound(join(dir, 'in-the-way', 'node.log'), descriptor, 10, 1);
    expect(bound.wrote(100)).toMatch(/^what was before is lost, since it cannot be kept in /);
    expect(statSync(path).size).toBe(0);
    closeSync(descriptor);
  });

  test('is followed over its new beginnings: no line is missed, and none comes twice', async () => {
    const log = logOf(2000);
    log.write('line 0');
    const seen: string[] = [];
    const ending = new AbortController();
    const following = followFile(path, await lastLines(path, 10), ending.signal, (text) => void seen.push(text));
    const lines = () =>
      seen
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('line'));
    for (let round = 0; round < 4; round++) {
      const from = 1 + round * 150;
      for (let i = from; i < from + 150; i++) log.write(`line ${i}`);
      await until(() => lines().length >= from + 149);
    }
    ending.abort();
    await following;
    log.close();
    expect(lines()).toEqual(Array.from({ length: 600 }, (_, i) => `line ${i + 1}`));
  });

  test('is followed when it is moved away, and the last lines go back to what was before', async () => {
    writeFileSync(path, 'one\n');
    const seen: string[] = [];
    const ending = new AbortController();
    const following = followFile(path, { text: '', bytes: 4 }, ending.signal, (text) => void seen.push(text));
    writeFileSync(path, 'two\n', { flag: 'a' });
    await until(() => seen.join('').includes('two'));
    writeFileSync(path, 'three\n', { flag: 'a' });
    expect(makeRoom(path, 100, 10)).toBe(true);
    writeFileSync(path, 'four\n');
    await until(() => seen.join('').includes('four'));
    ending.abort();
    await following;
    expect(seen.join('')).toBe('two\nthree\nfour\n');
    expect((await lastLines(path, 3)).text).toBe('two\nthree\nfour\n');
    expect(makeRoom(path, 5, 10)).toBe(false);
    renameSync(`${path}.1`, `${path}.2`);
    expect((await lastLines(path, 3)).text).toBe('four\n');
  });
});
