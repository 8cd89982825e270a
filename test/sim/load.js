import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What is simulated: of which folders, without which, and what runs a seed of it. */
const KINDS = {
  core: {
    folders: ['src/core', 'src/links', 'src/node/driver', 'test/sim'],
    without: 'test/sim/redis/',
    place: 'test/sim',
  },
  redis: {
    folders: ['src/core', 'src/hints', 'src/engines/redis', 'src/links', 'src/node/driver', 'test/sim'],
    without: null,
    place: 'test/sim/redis',
  },
};

/**
 * Compiles what is simulated and the simulator into a temporary directory, with a mutation put in where one is given, and
 * imports the simulator from there. `remove` ends it.
 */
export async function load(kind, mutant = null) {
  const directory = compile(kind, mutant);
  const module = await import(pathToFileURL(join(directory, KINDS[kind].place, 'run.js')).href);
  return { runSeed: module.runSeed, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** The mutants of a kind. */
export async function loadMutants(kind) {
  const directory = compile(kind, null);
  try {
    const { MUTANTS } = await import(pathToFileURL(join(directory, KINDS[kind].place, 'mutants.js')).href);
    return MUTANTS;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function compile(kind, mutant) {
  const { folders, without } = KINDS[kind];
  const directory = mkdtempSync(join(tmpdir(), 'mneme-sim-'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const file of folders.flatMap((folder) => sourcesIn(join(ROOT, folder)))) {
    const path = relative(ROOT, file);
    if (without !== null && path.startsWith(without)) continue;
    const source = mutate(readFileSync(file, 'utf8'), path, mutant);
    const { code } = transformSync(source, {
      filename: path,
      module: { type: 'es6' },
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    });
    const target = join(directory, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return directory;
}

function mutate(source, path, mutant) {
  if (mutant === null || mutant.file !== path) return source;
  const parts = source.split(mutant.find);
  if (parts.length !== 2) throw new Error(`mutant ${mutant.name}: found ${parts.length - 1} times in ${path}`);
  return parts.join(mutant.replace);
}

function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
