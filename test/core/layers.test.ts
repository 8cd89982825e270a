import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/** From the top to the bottom; a folder may import those below it (DESIGN.md, section 6). */
const LAYERS = ['commands', 'cli', 'operations', 'admin', 'node', 'resp', 'links', 'engines', 'core'];

const files = sourcesIn(SOURCE);

describe('layers', () => {
  test('the core imports nothing but itself', () => {
    for (const file of files.filter((one) => one.startsWith('core/'))) {
      for (const path of importsOf(file)) expect(`${file} imports ${path}`).toMatch(/ imports \.\/[\w-]+\.js$/);
    }
  });

  test('the core reads no clock, draws no chance, starts no timer and awaits nothing', () => {
    const outside =
      /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|process\.|performance\.)/;
    const waiting = /\b(await|async|Promise)\b/;
    for (const file of files.filter((one) => one.startsWith('core/'))) {
      const code = codeOf(file);
      expect(`${file}: ${outside.exec(code)?.[0] ?? 'pure'}`).toBe(`${file}: pure`);
      expect(`${file}: ${waiting.exec(code)?.[0] ?? 'synchronous'}`).toBe(`${file}: synchronous`);
    }
  });

  test('arrows point down only', () => {
    for (const file of files) {
      const from = LAYERS.indexOf(file.split('/')[0]!);
      expect(`${file} is in ${from >= 0 ? 'a layer' : 'none'}`).toBe(`${file} is in a layer`);
      for (const path of importsOf(file).filter((one) => one.startsWith('.'))) {
        const to = LAYERS.indexOf(relative(SOURCE, join(SOURCE, dirname(file), path)).split('/')[0]!);
        expect(`${file} imports ${path}: ${to >= from ? 'down' : 'UP'}`).toBe(`${file} imports ${path}: down`);
      }
    }
  });

  test('every import names a file that exists', () => {
    for (const file of files) {
      for (const path of importsOf(file).filter((one) => one.startsWith('.'))) {
        const target = join(SOURCE, dirname(file), path).replace(/\.js$/, '.ts');
        expect(`${file}: ${existsSync(target) ? 'there' : path}`).toBe(`${file}: there`);
      }
    }
  });
});

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(SOURCE, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
}

/** Without comments. */
function codeOf(file: string): string {
  return readFileSync(join(SOURCE, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');
}
