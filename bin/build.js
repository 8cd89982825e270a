#!/usr/bin/env node
// Bundles the program into dist/: one file for each command, and chunks of what they share, the libraries among it. A command
// that reads three files starts in half the time of one that reads three hundred.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildTypes, ENTRIES } from './build-types.js';
import { compileInnerLoop } from './inner-loop.js';
import { copyLua } from './lua.js';
import { writeManPage } from './man-page.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = resolve(process.argv[2] ?? join(root, 'dist'));

/**
 * What the modules of the command framework ask for is loaded when it is used: most commands need neither its help nor its search for
 * plugins. Compiled from TypeScript, they have a line for each, and name what they take of it.
 */
const lazyFramework = {
  name: 'lazy-framework',
  setup({ onLoad, onResolve }) {
    // For the search of plugins, of commands without a manifest, and spinners: a third of what would be read at each start.
    onResolve({ filter: /^(minimatch|tinyglobby|lilconfig|cli-spinners)$/ }, ({ path }) => ({
      path,
      namespace: 'left-out',
    }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = {}; throw new Error('${path} is not in this bundle: see bin/build.js')`,
    }));
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
      // What it asks for by import() on most starts would be a file of its own.
      contents = contents.replace(/await import\(('[^']+')\)/g, 'require($1)');
      // To put names of ASCII in order it would load the rules of all languages, for six milliseconds.
      contents = contents.replace('a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)');
      // It looks for its own package.json, which a bundle has not; ours says which Node.js it takes.
      return { contents: contents.replace(/^checkNodeVersion\(\);$/m, ''), loader: 'js' };
    });
  },
};

/** What the command that is typed most loads before it asks a node, and before it shows the answer. */
const AT_START = ['src/cli/program.ts', 'src/commands/cluster/status.ts'];
const TO_SHOW = ['src/cli/lists/listing.ts', 'src/cli/views/cluster-status.ts'];

/** What an application imports; see src/exports. */
const LIBRARY = ENTRIES.map((name) => `src/exports/${name}.ts`);

const options = {
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
  // Libraries that are CommonJS ask for Node's modules with it.
  banner: { js: "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
};

/**
 * esbuild makes a chunk of what the same entries ask for. With as many entries as commands those are many small files, and a start spends half
 * a millisecond on each. So what most commands ask for is asked for by every entry that needs any of it, and becomes one file; what the
 * library has of that, another.
 */
const inOneFile = (groups) => ({
  name: 'in-one-file',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^in-one-file:/ }, ({ path }) => ({ path, namespace: 'in-one-file' }));
    onLoad({ filter: /.*/, namespace: 'in-one-file' }, ({ path }) => ({
      contents: groups[Number(path.split(':')[1])].files.map((file) => `import './${file}';`).join('\n'),
      resolveDir: root,
    }));
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const file = relative(root, path);
      const asked = groups.flatMap(({ askedBy }, i) => (askedBy.has(file) ? [`import 'in-one-file:${i}';\n`] : []));
      return asked.length === 0 ? null : { contents: asked.join('') + readFileSync(path, 'utf8'), loader: 'ts' };
    });
  },
});

/** For each group the files that become one, and the entries that load any of them. */
function groupsOf({ inputs, outputs }) {
  const entries = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  const closures = new Map(entries.map((entry) => [entry, loadedBy(entry, inputs)]));
  const loadedByAny = (some) => {
    const all = new Set(some.flatMap((entry) => [...closures.get(entry)]));
    return (path) => path.startsWith('src/') && all.has(path);
  };
  const files = Object.keys(inputs);
  const ofLibrary = loadedByAny(LIBRARY);
  const atStart = files.filter(loadedByAny(AT_START));
  const toShow = files.filter(loadedByAny(TO_SHOW)).filter((path) => !atStart.includes(path));
  const groups = [atStart.filter(ofLibrary), atStart.filter((path) => !ofLibrary(path)), toShow];
  return groups.map((group) => ({
    files: group,
    askedBy: new Set(entries.filter((entry) => group.some((file) => closures.get(entry).has(file)))),
  }));
}

function loadedBy(entry, inputs) {
  const seen = new Set([entry]);
  for (const path of seen) {
    for (const { path: next, kind, external } of inputs[path].imports)
      if (kind !== 'dynamic-import' && !external) seen.add(next);
  }
  return seen;
}

rmSync(outdir, { recursive: true, force: true });
const alone = await build({ ...options, plugins: [lazyFramework], write: false });
const { metafile } = await build({ ...options, plugins: [lazyFramework, inOneFile(groupsOf(alone.metafile))] });
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
// What a browser gets: one file of each kind, without what a browser has not.
await build({
  absWorkingDir: root,
  entryPoints: { page: 'src/page/main.ts' },
  outdir: join(outdir, 'dashboard'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});
for (const file of ['index.html', 'page.css', 'icon.svg'])
  cpSync(join(root, 'src/page', file), join(outdir, 'dashboard', file));
buildTypes(root, join(outdir, 'types'));
await compileInnerLoop(join(outdir, 'inner-loop.wasm'));
copyLua(join(outdir, 'lua.wasm'));
writeManPage(root, join(outdir, 'mneme.1'));
const ofLua = 'node_modules/lua-wasm-bindings/dist/glue/glue-lua-5.1.5.wasm';
writeFileSync(join(outdir, 'LICENSES'), licensesOf([...Object.keys(metafile.inputs), ofLua]));

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
