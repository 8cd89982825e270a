import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/** From the top to the bottom: a file may import from its own room and from those below it. */
const ROOMS = [
  'page',
  'commands',
  'exports',
  'cli',
  'operations',
  'admin',
  'node',
  'fronts',
  'links',
  'engines',
  'hints',
  'core',
];
const OUTWARD = ['engines', 'links', 'fronts', 'admin', 'node', 'cli'];

/**
 * The sub-rooms of a room, from the top to the bottom: what runs in one may use what runs in its own and in those below it. '': files
 * of the room itself. Types may be named from anywhere in the room: they run nowhere.
 */
const SUB_ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: ['', 'resolution', 'membership', 'partition', 'replication', 'store', 'model'],
  operations: [
    'demo',
    'user',
    'start',
    'dashboard',
    'engine',
    'support',
    'backup',
    'split-brain',
    'entry',
    'replica',
    'doctor',
    'cluster',
    'common',
  ],
  admin: ['server', 'client', 'protocol'],
  fronts: ['library', 'http', 'resp'],
  node: ['', 'access', 'discovery', 'events', 'driver'],
};

/** Built-in modules that compute and touch nothing outside the process. */
const INWARD_MODULES = ['assert', 'buffer', 'events', 'path', 'stream', 'string_decoder', 'url', 'util', 'zlib'];

/** Files outside those rooms that touch the outside world, and why they may. */
const EXCEPTIONS: Readonly<Record<string, { modules: readonly string[]; reason: string }>> = {
  'operations/demo/demo.ts': {
    modules: ['fs/promises', 'net', 'os'],
    reason: 'the demo makes a cluster of its own: it needs free ports and a directory that it removes again',
  },
  'operations/cluster/former-start.ts': {
    modules: ['fs'],
    reason: 'how a node was started is kept in its data directory, to start it so again',
  },
  'operations/start/run-node.ts': { modules: ['os'], reason: 'the default name of a node is the name of its host' },
};

/** What makes a result depend on the moment, on chance or on the machine. `Date.UTC` and `new Date(ms)` do not. */
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bnew Date\b(?!\()|(?<!new )\bDate\(|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bprocess\b\s*[.[]|\bperformance\b|\bcrypto\b|\bglobalThis\b|\brequire\(/;

/** A command of ours or an operator's, or an option of one. */
const COMMAND_LINE = /\bmneme [a-z]|(?<![-\w])--[a-z]+|\b(timedatectl|redis-cli|systemctl|chmod|mkdir)\b/;

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'))
  // Another language, but for the layout that both share.
  .filter((file) => !file.includes('/assembly/') || file.endsWith('/layout.ts'))
  .sort();

test('the rooms are all there, and nothing else is', () => {
  const folders = readdirSync(SOURCE, { withFileTypes: true }).map(({ name }) => name);
  expect(folders.sort()).toEqual([...ROOMS].sort());
});

test('arrows point down only, in dynamic and type-only imports as well', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((path) => path.startsWith('.'))
      .map((path) => posix.join(posix.dirname(file), path))
      .filter((target) => ROOMS.indexOf(roomOf(target)) < ROOMS.indexOf(roomOf(file)))
      .map((target) => `${file} -> ${target}`),
  );
  expect(wrong).toEqual([]);
});

test.each(Object.keys(SUB_ROOMS))(
  'the sub-rooms of %s are all there, and arrows between them point down only',
  (room) => {
    const subRooms = SUB_ROOMS[room]!;
    const own = files.filter((file) => roomOf(file) === room);
    const found = new Set(own.map(subRoomOf));
    expect([...found].sort()).toEqual([...subRooms].sort());
    const wrong = own.flatMap((file) =>
      importsIn(withoutTypes(codeOf(file)))
        .filter((path) => path.startsWith('.'))
        .map((path) => posix.join(posix.dirname(file), path))
        .filter(
          (target) =>
            roomOf(target) === room && subRooms.indexOf(subRoomOf(target)) < subRooms.indexOf(subRoomOf(file)),
        )
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  },
);

test('every import by path names a source file of ours', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((path) => path.startsWith('.'))
      .map((path) => posix.join(posix.dirname(file), path).replace(/\.js$/, '.ts'))
      .filter((target) => !files.includes(target))
      .map((target) => `${file} -> ${target}`),
  );
  expect(wrong).toEqual([]);
});

describe('the core', () => {
  const core = files.filter((file) => roomOf(file) === 'core');

  test('imports nothing but itself', () => {
    const wrong = core.flatMap((file) => importsOf(file).filter((path) => !path.startsWith('.')));
    expect(wrong).toEqual([]);
  });

  test('reads no clock, draws no chance, sets no timer, knows no process, and is synchronous', () => {
    const wrong = core.flatMap((file) => {
      const found = /\b(await|async|Promise)\b/.exec(codeOf(file)) ?? IMPURE.exec(codeOf(file));
      return found === null ? [] : [`${file}: ${found[0]}`];
    });
    expect(wrong).toEqual([]);
  });

  test('mentions no command line: what to type next is worded in src/hints', () => {
    const wrong = core.flatMap((file) => {
      const found = COMMAND_LINE.exec(readFileSync(join(SOURCE, file), 'utf8'));
      return found === null ? [] : [`${file}: ${found[0]}`];
    });
    expect(wrong).toEqual([]);
  });
});

test('the driver reads no clock, draws no chance, sets no timer, and imports what is pure alone: simulations run it', () => {
  const driver = files.filter((file) => file.startsWith('node/driver/'));
  const impure = driver.filter((file) => IMPURE.test(codeOf(file)));
  const targets = driver
    .flatMap((file) => importsOf(file).map((path) => posix.join(posix.dirname(file), path).replace(/\.js$/, '')))
    .filter((target) => !target.startsWith('core/') && !target.startsWith('node/driver/'));
  expect([impure, [...new Set(targets)]]).toEqual([[], ['links/backoff']]);
});

test('only the rooms that face the outside world import modules that do', () => {
  const found = files
    .filter((file) => !OUTWARD.includes(roomOf(file)))
    .map((file) => [file, importsOf(file).filter(isOutward).map(bareName).sort()] as const)
    .filter(([, modules]) => modules.length > 0);
  const allowed = Object.entries(EXCEPTIONS).map(([file, { modules }]) => [file, [...modules].sort()]);
  expect(found).toEqual(allowed.sort());
});

test('commands print nothing by themselves, and draw no tables and no colours', () => {
  const wrong = files
    .filter((file) => roomOf(file) === 'commands')
    .flatMap((file) => {
      const found = /\bconsole\b|\bstd(out|err)\.write\b|\bthis\.log\w*\(|\bux\b/.exec(codeOf(file));
      const drawing = importsOf(file).filter((path) => path === 'chalk' || path === 'cli-table3');
      return [...(found === null ? [] : [`${file}: ${found[0]}`]), ...drawing.map((path) => `${file}: ${path}`)];
    });
  expect(wrong).toEqual([]);
});

describe('the test itself', () => {
  test('sees every kind of import, and none in a comment', () => {
    const text = [
      `import './a.js'; import type { T } from './b.js'; export * from "./c.js";`,
      `const d = await import('./d.js'); type E = import('./e.js').E; const f = await import(\`./f.js\`);`,
      `// import './no.js'`,
      `/* from './no.js' */ const url = 'https://x'; import g from './g.js';`,
    ].join('\n');
    expect(importsIn(text).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `./${name}.js`));
  });

  test('tells command lines from code', () => {
    for (const text of ["'mneme cluster status'", 'leave out --name:', "advice('timedatectl'"])
      expect([text, COMMAND_LINE.test(text)]).toEqual([text, true]);
    for (const text of ['// --- what follows', 'for (;;) at--;', 'the word mneme'])
      expect([text, COMMAND_LINE.test(text)]).toEqual([text, false]);
  });

  test('tells impure calls from pure ones', () => {
    for (const code of [
      'Date.now()',
      'new Date()',
      'new Date;',
      'Date()',
      'process.env',
      'process["env"]',
      'setTimeout(f)',
    ])
      expect([code, IMPURE.test(code)]).toEqual([code, true]);
    for (const code of ['Date.UTC(2020, 0, 1)', 'new Date(nowMs)', 'this.processed.add(1)', 'observe.setTimeoutMs'])
      expect([code, IMPURE.test(code)]).toEqual([code, false]);
  });
});

function roomOf(file: string): string {
  return file.split('/')[0]!;
}

/** The folder below that of the room; '': none. */
function subRoomOf(file: string): string {
  const [, room, rest] = file.split('/');
  return rest === undefined ? '' : room!;
}

/** Without the imports that are of types alone. */
function withoutTypes(code: string): string {
  return code
    .replace(/\b(import|export) type\b[^;]*;/g, '')
    .replace(/\b(import|export) \{\s*(type \w+( as \w+)?,?\s*)+\} from [^;]*;/g, '');
}

function bareName(path: string): string {
  return path.replace(/^node:/, '');
}

function isOutward(path: string): boolean {
  const name = bareName(path);
  return builtinModules.includes(name) && !INWARD_MODULES.includes(name.split('/')[0]!);
}

function importsOf(file: string): string[] {
  return importsIn(readFileSync(join(SOURCE, file), 'utf8'));
}

function importsIn(text: string): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"`])([^'"`]+)\1/g;
  return [...withoutComments(text).matchAll(pattern)].map((match) => match[2]!);
}

function codeOf(file: string): string {
  return withoutComments(readFileSync(join(SOURCE, file), 'utf8'));
}

/** Strings are kept as they are, so that an address in one does not look like a comment. */
function withoutComments(text: string): string {
  const token = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, (_all, kept: string | undefined) => kept ?? ' ');
}
