import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What is simulated: which folders and files, and what runs a seed of it. */
const COMMON = [
  'src/core',
  'src/engines',
  'src/hints',
  'src/links',
  'src/node/driver',
  'src/fronts/resp/assembly',
  'src/fronts/resp/codec/copy-bytes.ts',
  'src/fronts/resp/request-batch.ts',
  'test/core/support/memory-store.ts',
  'test/sim',
];
const KINDS = {
  core: { folders: COMMON, without: ['src/engines/redis/', 'test/sim/redis/'], place: 'test/sim' },
  redis: { folders: COMMON, without: [], place: 'test/sim/redis' },
};
/** Another language, which becomes WebAssembly. */
const ASSEMBLY = /\/assembly\//;

/**
 * Compiles what is simulated and the simulator into a temporary directory, with a mutation put in where one is given, and
 * imports the simulator from there. `remove` ends it.
 */
export async function load(kind, mutant = null) {
  const directory = await compile(kind, mutant);
  const module = await import(pathToFileURL(join(directory, KINDS[kind].place, 'run.js')).href);
  return { runSeed: module.runSeed, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** The mutants of a kind. */
export async function loadMutants(kind) {
  const directory = await compile(kind, null);
  try {
    const { MUTANTS } = await import(pathToFileURL(join(directory, KINDS[kind].place, 'mutants.js')).href);
    return MUTANTS;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compile(kind, mutant) {
  const { folders, without } = KINDS[kind];
  const directory = mkdtempSync(join(tmpdir(), 'mneme-sim-'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  let isMutated = mutant === null;
  for (const file of folders.flatMap((folder) => sourcesIn(join(ROOT, folder)))) {
    const path = relative(ROOT, file);
    if (without.some((start) => path.startsWith(start))) continue;
    isMutated ||= mutant.file === path;
    const source = mutate(readFileSync(file, 'utf8'), path, mutant);
    if (ASSEMBLY.test(path)) place(directory, path, source);
    // Both languages read the layout.
    if (!ASSEMBLY.test(path) || path.endsWith('/layout.ts'))
      place(directory, path.replace(/\.ts$/, '.js'), compiled(path, source));
  }
  if (!isMutated) throw new Error(`mutant ${mutant.name}: ${mutant.file} is not part of what is simulated`);
  await placeInnerLoop(directory);
  return directory;
}

function compiled(path, source) {
  const { code } = transformSync(source, {
    filename: path,
    module: { type: 'es6' },
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
  });
  return code;
}

function place(directory, path, content) {
  const target = join(directory, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
}

/** To compile it takes seconds, so what became of the same sources is kept. */
async function placeInnerLoop(directory) {
  const hash = createHash('sha256');
  for (const file of sourcesIn(directory).sort()) if (ASSEMBLY.test(file)) hash.update(readFileSync(file));
  const kept = join(tmpdir(), `mneme-inner-loop-${hash.digest('hex').slice(0, 16)}.wasm`);
  if (!existsSync(kept)) {
    const made = join(directory, 'inner-loop.wasm');
    // The compiler takes long to load, too.
    const { compileInnerLoop } = await import('../../bin/inner-loop.js');
    await compileInnerLoop(made, directory);
    renameSync(made, kept);
  }
  mkdirSync(join(directory, 'dist'));
  copyFileSync(kept, join(directory, 'dist/inner-loop.wasm'));
}

function mutate(source, path, mutant) {
  if (mutant === null || mutant.file !== path) return source;
  const parts = source.split(mutant.find);
  if (parts.length !== 2) throw new Error(`mutant ${mutant.name}: found ${parts.length - 1} times in ${path}`);
  return parts.join(mutant.replace);
}

function sourcesIn(folder) {
  if (folder.endsWith('.ts')) return [folder];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
