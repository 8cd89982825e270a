import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

const made: string[] = [];

afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** An empty directory that goes away after the tests of this file. */
export function newDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'mneme-engine-'));
  made.push(dir);
  return dir;
}

/** The files of a directory and what is in them, lock files and the reserve left out. */
export function contentOf(dir: string): Record<string, string> {
  const names = readdirSync(dir).filter((name) => !name.startsWith('lock-') && name !== 'reserve');
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(dir, name), 'hex')]));
}
