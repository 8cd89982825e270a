// Builds, checks and packs a release, and says what to type to publish it: `npm run release`, or `npm run release -- --dry-run`.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { changelogFaults } from './changelog.js';

const HELP = `usage: npm run release [-- --dry-run] [-- --out FOLDER]

Looks whether the tree is clean and CHANGELOG has the version, runs types, lint and tests, packs, installs the package in an empty
folder and starts nodes from it. Leaves the package and its provenance in FOLDER (default: release), and says what to type.

--dry-run   does not run types, lint and tests, leaves nothing behind, and goes on where something is wrong`;

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    out: { type: 'string', default: 'release' },
    help: { type: 'boolean', default: false },
  },
});
const isDry = values['dry-run'];

if (values.help) console.log(HELP);
else {
  try {
    await release();
  } catch (error) {
    console.error(`not released: ${error.message}`);
    process.exitCode = 1;
  }
}

// ---

async function release() {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  step('the tree', treeFaults(version));
  step('the changelog', changelogFaults(readFileSync('CHANGELOG.md', 'utf8'), version));
  step('the package', packageFaults());
  for (const script of ['types', 'lint', 'test']) {
    if (isDry) console.log(`left out: npm run ${script}`);
    else run('npm', ['run', script], { stdio: 'inherit' });
  }
  const out = isDry ? mkdtempSync(join(tmpdir(), 'mneme-release-')) : resolve(values.out);
  mkdirSync(out, { recursive: true });
  try {
    const file = pack(out, version);
    await tryOut(file, version);
    const facts = factsOf(file, version);
    const notes = join(out, `mneme-${version}.provenance.md`);
    writeFileSync(notes, provenance(facts));
    console.log(`\n${provenance(facts)}`);
    console.log(isDry ? 'This was a dry run: nothing is left of it.' : nextSteps(file, notes, version));
  } finally {
    if (isDry) rmSync(out, { recursive: true, force: true });
  }
}

/** Ends with the first thing that is wrong; in a dry run it is told. */
function step(what, faults) {
  if (faults.length === 0) console.log(`ok: ${what}`);
  else if (isDry) console.log(`WRONG: ${what}: ${faults.join('; ')}`);
  else throw new Error(`${what}: ${faults.join('; ')}`);
}

function treeFaults(version) {
  const changed = git('status', '--porcelain').split('\n').filter(Boolean);
  const locked = JSON.parse(readFileSync('package-lock.json', 'utf8')).version;
  return [
    ...(changed.length === 0 ? [] : [`it is not clean (${changed.length} files, such as ${changed[0].slice(3)})`]),
    ...(locked === version ? [] : [`package-lock.json says ${locked}, package.json ${version}: npm install`]),
    ...(git('tag', '--list', `v${version}`) === '' ? [] : [`the tag v${version} is there already`]),
    ...(existsSync(`test/versions/fixtures/${version}`)
      ? []
      : [`what ${version} says and keeps is not recorded: npm run fixtures`]),
  ];
}

function packageFaults() {
  const { repository } = JSON.parse(readFileSync('package.json', 'utf8'));
  return repository === undefined
    ? ['package.json names no repository, with which --provenance compares who builds']
    : [];
}

function pack(out, version) {
  run('npm', ['run', '--silent', 'build']);
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', out]);
  const file = join(out, `mneme-${version}.tgz`);
  console.log(`ok: packed ${basename(file)}`);
  return file;
}

/** As somebody who installs it: in an empty folder, without a home of before. */
async function tryOut(file, version) {
  const folder = mkdtempSync(join(tmpdir(), 'mneme-installed-'));
  const env = {
    ...process.env,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_HOME: folder,
    NODE_OPTIONS: '',
    NO_COLOR: '1',
  };
  for (const name of Object.keys(env)) if (/^(MNEME|npm)_/i.test(name)) delete env[name];
  const type = (command, ...args) => run(command, args, { cwd: folder, env, encoding: 'utf8' }).trim();
  const mneme = (...args) => type(join(folder, 'node_modules/.bin/mneme'), ...args);
  const [a, b] = await Promise.all([freeAddress(), freeAddress()]);
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    type('npm', 'install', '--offline', '--no-audit', '--no-fund', file);
    expect('mneme --version', mneme('--version'), new RegExp(`^mneme/${version.replaceAll('.', '\\.')} `));
    const names = 'typeof openNode, typeof KeyvMneme, typeof MnemeStore, typeof adminAt';
    const esm =
      "import { openNode } from 'mneme'; import { KeyvMneme } from 'mneme/keyv'; import { MnemeStore } from 'mneme/express-session'; import { adminAt } from 'mneme/admin';";
    const cjs =
      "const { openNode } = require('mneme'); const { KeyvMneme } = require('mneme/keyv'); const { MnemeStore } = require('mneme/express-session'); const { adminAt } = require('mneme/admin');";
    const all = /^function function function function$/;
    expect(
      'imports as ES modules',
      type(process.execPath, '--input-type=module', '-e', `${esm} console.log(${names});`),
      all,
    );
    expect(
      'imports as CommonJS',
      type(process.execPath, '--input-type=commonjs', '-e', `${cjs} console.log(${names});`),
      all,
    );
    mneme('cluster', 'start', '--name', 'a', '--listen', a, '--detach');
    mneme('cluster', 'join', a, '--name', 'b', '--listen', b, '--detach');
    mneme('entry', 'set', 'key', 'value', '--node', a);
    expect('start and join', mneme('cluster', 'wait', '--for', 'in-sync', '--node', b), /all 2 members/);
    expect('a value at the other node', mneme('entry', 'get', 'key', '--node', b), /^value$/);
  } finally {
    for (const address of [b, a])
      spawnSync(join(folder, 'node_modules/.bin/mneme'), ['cluster', 'stop', '--node', address], {
        env,
        stdio: 'ignore',
      });
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function expect(what, printed, pattern) {
  if (!pattern.test(printed)) throw new Error(`${what}: it printed "${printed}"`);
  console.log(`ok: of the installed package, ${what}`);
}

function factsOf(file, version) {
  const bytes = readFileSync(file);
  const files = run('tar', ['tzf', file], { encoding: 'utf8' }).trim().split('\n').length;
  return {
    ...{ version, file: basename(file), files, size: bytes.length },
    sha512: createHash('sha512').update(bytes).digest('base64'),
    commit: git('rev-parse', 'HEAD'),
    committed: git('show', '--no-patch', '--format=%cI', 'HEAD'),
    isClean: git('status', '--porcelain') === '',
    node: process.version,
    npm: run('npm', ['--version'], { encoding: 'utf8' }).trim(),
    lockfile: createHash('sha256').update(readFileSync('package-lock.json')).digest('hex'),
  };
}

function provenance({ version, file, files, size, sha512, commit, committed, isClean, node, npm, lockfile }) {
  return `# Provenance of mneme ${version}

| what | |
|---|---|
| package | ${file}, ${size.toLocaleString('en')} bytes, ${files} files |
| integrity | sha512-${sha512} |
| commit | ${commit} of ${committed}${isClean ? '' : ', with changes that are not committed'} |
| built with | Node.js ${node}, npm ${npm}, ${process.platform} ${process.arch} |
| package-lock.json | sha256 ${lockfile} |

To reproduce it: with the same Node.js and npm,

    git checkout ${commit} && npm ci && npm pack
    openssl dgst -sha512 -binary ${file} | base64 -w0
`;
}

function nextSteps(file, notes, version) {
  return `All of it passed. Read ${notes}, then type, where the registry can ask who builds (a workflow with id-token: write):

    git tag -s v${version} && git push origin v${version}
    npm publish --provenance --access public ${file}`;
}

// ---

function git(...args) {
  return run('git', args, { encoding: 'utf8' }).trim();
}

function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20, ...options });
  } catch (error) {
    const said = [error.stdout, error.stderr].map((text) => String(text ?? '').trim()).filter(Boolean);
    throw new Error([`${basename(command)} ${args.join(' ')} failed`, ...said].join('\n'), { cause: error });
  }
}

function freeAddress() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(`127.0.0.1:${port}`));
    });
  });
}
