#!/usr/bin/env node
// Bundles the program into dist/: one file for each command, and chunks of what they share, the libraries among it. A command
// that reads three files starts in half the time of one that reads three hundred.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildTypes, ENTRIES } from './build-types.js';
import { compileInnerLoop } from './inner-loop.js';
import { writeManPage } from './man-page.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = resolve(process.argv[2] ?? join(root, 'dist'));

/**
 * What the modules of the command framework ask for is loaded when it is used: most commands need neither its help nor its search for
 * plugins. Compiled from TypeScript, they have a line for each, and name what they take of it.
 */
const lazyFramework = {
  name: 'lazy-framework',
  setup({ onLoad }) {
    onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      const asked = /^(?:const|var) (\w+_\d+) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm;
      for (const [line, name, value] of contents.matchAll(asked)) {
        contents = contents.replace(line, '').replace(new RegExp(`\\b${name}\\.`, 'g'), `(${name}()).`);
        contents += `\nvar ${name}$; function ${name}() { return (${name}$ ??= ${value}); }`;
      }
      if (path.endsWith('lib/index.js') && !contents.includes('$ ??= require'))
        throw new Error(`${path} is compiled otherwise`);
      const passedOn = /^exports\.(\w+) = (__importStar\(require\("[^"]+"\)\));$/gm;
      contents = contents.replace(
        passedOn,
        'var $1$$; Object.defineProperty(exports, "$1", { enumerable: true, get: () => ($1$$ ??= $2) });',
      );
      // It looks for its own package.json, which a bundle has not; ours says which Node.js it takes.
      return { contents: contents.replace(/^checkNodeVersion\(\);$/m, ''), loader: 'js' };
    });
  },
};

/** What an application imports; see src/exports. */
const LIBRARY = ENTRIES.map((name) => `src/exports/${name}.ts`);

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [
    ...['src/cli/program.ts', 'src/cli/command-not-found.ts', 'src/cli/help.ts'],
    ...['src/cli/completion/complete.ts', 'src/commands/**/*.ts'],
    ...LIBRARY,
  ],
  outbase: 'src',
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // What oclif offers to take and nobody here has.
  external: ['typescript', 'ts-node', 'tsx'],
  plugins: [lazyFramework],
  // Libraries that are CommonJS ask for Node's modules with it.
  banner: { js: "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
});
// For applications that are CommonJS: each a file of its own, in which the path of a module is asked for in the words of CommonJS.
await build({
  absWorkingDir: root,
  entryPoints: LIBRARY,
  outdir: join(outdir, 'exports'),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  define: { 'import.meta.url': '$url' },
  banner: { js: "const $url = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});
buildTypes(root, join(outdir, 'types'));
await compileInnerLoop(join(outdir, 'inner-loop.wasm'));
writeManPage(root, join(outdir, 'mneme.1'));
writeFileSync(join(outdir, 'LICENSES'), licensesOf(Object.keys(metafile.inputs)));

/** The licences of the packages that are part of the bundle: they ask for being passed on with it. */
function licensesOf(inputs) {
  const packages = new Set(inputs.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]));
  packages.delete(undefined);
  return [...packages].sort().map(licenseOf).join('\n');
}

function licenseOf(path) {
  const at = resolve(root, path);
  const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
  const file = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
  const text = file === undefined ? '' : `\n${readFileSync(join(at, file), 'utf8').trim()}\n`;
  return `${name} ${version}: ${license}\n${text}`;
}
