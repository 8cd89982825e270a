import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

/** What an application imports: the files of src/exports that are entries of the package. */
export const ENTRIES = ['index', 'keyv', 'express-session', 'admin'];

/**
 * The types of what an application imports, with their comments: the declarations of src/exports, and of those files alone that these
 * name. Twice, since TypeScript asks a package which kind of module its types are of.
 */
export function buildTypes(root, outdir) {
  const emitted = mkdtempSync(join(tmpdir(), 'mneme-types-'));
  try {
    emitDeclarations(root, emitted);
    const files = reachableFrom(ENTRIES.map((name) => join(emitted, `exports/${name}.d.ts`)));
    for (const kind of ['esm', 'cjs']) {
      for (const file of files) copy(file, join(outdir, kind, relative(emitted, file)));
    }
    writeFileSync(join(outdir, 'cjs/package.json'), '{ "type": "commonjs" }\n');
  } finally {
    rmSync(emitted, { recursive: true, force: true });
  }
}

// ---

function emitDeclarations(root, outDir) {
  const project = join(outDir, 'tsconfig.json');
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        ...{ rootDir: join(root, 'src'), outDir, noEmit: false, declaration: true, emitDeclarationOnly: true },
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: [],
      exclude: [],
      files: [
        ...ENTRIES.map((name) => join(root, `src/exports/${name}.ts`)),
        join(root, 'src/engines/embedded/slab/assembly-script.d.ts'),
      ],
    }),
  );
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '--project', project];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the types cannot be built:\n${stdout}${stderr}`);
}

function reachableFrom(entries) {
  const found = new Set(entries);
  for (const file of found) {
    const text = readFileSync(file, 'utf8');
    for (const [, path] of text.matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["'](\.[^"']+)["']/g)) {
      const target = resolve(dirname(file), path.replace(/\.js$/, '.d.ts'));
      if (!existsSync(target)) throw new Error(`${file} names ${path}, of which there are no types`);
      found.add(target);
    }
  }
  return found;
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}
