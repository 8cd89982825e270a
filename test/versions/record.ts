import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { converse } from './conversation.js';
import { recordDirectory } from './directory.js';

/** Writes down what this version says and keeps: for later ones, which have to understand it. */
export async function record(): Promise<void> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const folder = join('test', 'versions', 'fixtures', version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'conversation.json'), `${JSON.stringify(converse())}\n`);
  await recordDirectory(folder);
  console.log(`recorded in ${folder}`);
}
