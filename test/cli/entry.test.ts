import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import EntryDelete from '../../src/commands/entry/delete.js';
import EntryExport from '../../src/commands/entry/export.js';
import EntryGet from '../../src/commands/entry/get.js';
import EntryImport from '../../src/commands/entry/import.js';
import EntryInspect from '../../src/commands/entry/inspect.js';
import EntryList from '../../src/commands/entry/list.js';
import EntrySet from '../../src/commands/entry/set.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { base64, entry, incident, NOW_MS, origin, RESOLVED, setAside } from './fixtures.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster;
let directory: string;
let node: string[];
beforeEach(async () => {
  cluster = await startCluster({ a: { b: 'in-sync' }, b: { a: 'in-sync' } });
  directory = mkdtempSync(join(tmpdir(), 'mneme-entry-'));
  node = ['--node', cluster.at('a')];
});
afterEach(async () => {
  rmSync(directory, { recursive: true, force: true });
  await cluster.stop();
});

describe('entry get, set and delete', () => {
  test('a value comes back as it was written', async () => {
    expect((await runCommand(EntrySet, ['k', 'välue', '--ttl', '90s', ...node])).exitCode).toBe(0);
    const { stdout, stderr, exitCode } = await runCommand(EntryGet, ['k', ...node]);
    expect([stdout, exitCode]).toEqual(['välue', 0]);
    expect(stderr).toMatch(/expires in (90|89) s/);
  });
  test('bytes that are no text travel as base64, into the database that was named', async () => {
    await runCommand(EntrySet, ['AP8=', '/wA=', '--base64', '--db', '2', ...node]);
    const { json } = await runCommand(EntryGet, ['AP8=', '--base64', '--db', '2', '--json', ...node]);
    expect(json).toEqual({
      database: 2,
      key: null,
      keyBase64: 'AP8=',
      found: true,
      value: null,
      valueBase64: '/wA=',
      expiryMs: null,
      type: 'string',
      parts: null,
      more: 0,
    });
    expect((await runCommand(EntryGet, ['AP8=', '--base64', ...node])).exitCode).toBe(7);
  });
  test('a key that is not there is exit code 7 with an empty stdout', async () => {
    const { stdout, stderr, exitCode } = await runCommand(EntryGet, ['none', ...node]);
    expect([stdout, exitCode]).toEqual(['', 7]);
    expect(stderr).toContain('no such key: none in database 0');
  });
  test('delete counts what there was', async () => {
    await runCommand(EntrySet, ['k', 'v', ...node]);
    const { json } = await runCommand(EntryDelete, ['k', 'none', '--json', ...node]);
    expect(json).toEqual({ database: 0, keys: 2, deleted: 1 });
  });
  test('a delete of keys of which there was none did nothing: exit code 7', async () => {
    const { stdout, exitCode } = await runCommand(EntryDelete, ['none', 'nor this', ...node]);
    expect([exitCode, stdout]).toEqual([7, 'deleted 0 keys; 2 did not exist\n']);
  });
  test('an empty value is written when it is given as an argument', async () => {
    expect((await runCommand(EntrySet, ['k', '', ...node])).exitCode).toBe(0);
    expect(cluster.member('a').node.data.get('0/k')?.value).toEqual(Buffer.alloc(0));
  });
  test('a node that is loading is a refusal in its own words', async () => {
    cluster.member('a').node.unavailable = 'LOADING the data is being read';
    const { exitCode, stderr } = await runCommand(EntryGet, ['k', ...node]);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('LOADING the data is being read');
  });
});

describe('entry list and inspect', () => {
  test('list hides deletes unless asked, and says when there are more', async () => {
    const entries = [
      entry('b', 'two', 'a'),
      entry('a', 'one', 'a'),
      entry('gone', null, 'a'),
      entry('c', 'three', 'b'),
    ];
    cluster.member('a').node.handlers.LIST = ({ cursor }) =>
      cursor === 0 ? { entries: entries.slice(0, 2), cursor: 1 } : { entries: entries.slice(2), cursor: null };
    const all = await runCommand(EntryList, ['--json', ...node]);
    expect(
      all.json.entries.map((item: { keyBase64: string }) => Buffer.from(item.keyBase64, 'base64').toString()),
    ).toEqual(['a', 'b', 'c']);
    expect(Object.keys(all.json)).toEqual(['node', 'database', 'entries', 'truncated']);
    const limited = await runCommand(EntryList, ['--limit', '1', ...node]);
    expect([limited.stdout, limited.stderr]).toEqual([
      expect.stringContaining('1 entry, and there are more'),
      '(more: --offset 1 shows those that follow)\n',
    ]);
    for (const [offset, name, more] of [
      ...([
        ['0', 'a\nb\n', true],
        ['1', 'b\nc\n', false],
        ['2', 'c\n', false],
      ] as const),
    ]) {
      const part = await runCommand(EntryList, ['-o', 'name', '--limit', '2', '--offset', offset, ...node]);
      expect([part.stdout, part.stderr !== '']).toEqual([name, more]);
    }
    expect((await runCommand(EntryList, ['--offset', '9', ...node])).stdout).toContain('No more such entries behind 9');
    expect((await runCommand(EntryList, ['--deleted', ...node])).stdout).toContain('deleted');
  });
  test('a list of more than are sorted at a blow is in the order in which the node holds them, whatever the limit', async () => {
    const entries = Array.from({ length: 10_001 }, (_, i) => entry(`k${99_999 - i}`, 'v', 'a'));
    cluster.member('a').node.handlers.LIST = ({ cursor, limit }) => {
      const next = (cursor as number) + (limit as number);
      return { entries: entries.slice(cursor as number, next), cursor: next < entries.length ? next : null };
    };
    for (const [args, keys] of [
      [['--limit', '2'], 'k99999\nk99998\n'],
      [['--limit', '20000', '--offset', '9999'], 'k90000\nk89999\n'],
    ] as const) {
      expect((await runCommand(EntryList, ['-o', 'name', ...args, ...node])).stdout).toBe(keys);
    }
    const sorted = await runCommand(EntryList, ['-o', 'name', '--sort', 'key', '--limit', '1', ...node]);
    expect(sorted.stdout).toBe('k89999\n');
  });
  test('an empty list says what to do', async () => {
    cluster.member('a').node.handlers.LIST = () => ({ entries: [], cursor: null });
    expect((await runCommand(EntryList, node)).stdout).toMatch(
      /next: look in another database with --db NUMBER, or .* mneme entry\s+set/,
    );
  });

  const reply = (name: string, found: ReturnType<typeof entry> | null, seqs = {}) => ({
    name,
    entry: found,
    live: found !== null,
    vector: { seqs, floors: {} },
    setAside: name === 'a' ? [setAside('k', 'old')] : [],
  });
  test('inspect tells in sync, on its way and different apart by the vectors', async () => {
    const newer = entry('k', 'new', 'a', { seq: 5 });
    const older = entry('k', 'old', 'a', { seq: 4, writtenMs: NOW_MS - 200_000 });
    const stateWith = async (b: ReturnType<typeof reply>) => {
      cluster.member('a').node.handlers.ENTRY = () => reply('a', newer);
      cluster.member('b').node.handlers.ENTRY = () => b;
      for (const { node: fake } of cluster.members.values()) fake.handlers.INCIDENTS = () => ({ incidents: [] });
      return (await runCommand(EntryInspect, ['k', '--json', ...node])).json;
    };
    expect((await stateWith(reply('b', newer))).state).toBe('in-sync');
    expect((await stateWith(reply('b', older, { [origin('a')]: 4 }))).state).toBe('on-its-way');
    expect((await stateWith(reply('b', older, { [origin('a')]: 5 }))).state).toBe('different');
    cluster.member('a').status.incidents = [
      incident({
        islands: [
          { members: ['a'], replicas: [], writes: 1 },
          { members: ['b'], replicas: [], writes: 1 },
        ],
      }),
    ];
    const split = await stateWith(reply('b', older));
    expect([split.state, split.next]).toEqual(['split-brain', 'mneme split-brain plan']);
    expect(
      split.versions.map((version: { island: number; stands: boolean }) => [version.island, version.stands]),
    ).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(Object.keys(split).sort()).toEqual(
      'database incidents key keyBase64 next part parts setAside state unreachable verdict versions'.split(' '),
    );
  });
  test('inspect of a hash of which a member has evicted a part, and that was written since, is in sync', async () => {
    const version = entry('h', '', 'a', { seq: 9 });
    const of = (parts: number, isEvicted: boolean) => {
      const seen = { ...version, type: 'hash' as const, parts, valueHash: parts, previewBase64: null };
      return { seen, newest: [], lookedAt: parts, isEvicted, hidden: [] };
    };
    cluster.member('a').node.handlers.ENTRY = () => ({ ...reply('a', null), live: true, parts: of(1, true) });
    cluster.member('b').node.handlers.ENTRY = () => ({ ...reply('b', null), live: true, parts: of(41, false) });
    for (const { node: fake } of cluster.members.values()) fake.handlers.INCIDENTS = () => ({ incidents: [] });
    const { json } = await runCommand(EntryInspect, ['h', '--json', ...node]);
    expect([json.state, json.verdict]).toEqual([
      'in-sync',
      expect.stringContaining('Evicted on a: readers there find'),
    ]);
  });
  test('inspect of a key that nobody knows is exit code 7', async () => {
    for (const [name, { node: fake }] of cluster.members)
      fake.handlers.ENTRY = () => ({ ...reply(name, null), setAside: [] });
    const { exitCode, stdout } = await runCommand(EntryInspect, ['nokey', ...node]);
    expect([exitCode, stdout]).toEqual([7, expect.stringContaining('No replica knows this key')]);
  });
  test('inspect shows what was set aside and how to restore it', async () => {
    const found = entry('k', 'new', 'a');
    cluster.member('a').node.handlers.ENTRY = () => reply('a', found);
    cluster.member('b').node.handlers.ENTRY = () => reply('b', found);
    cluster.member('a').node.handlers.INCIDENTS = () => ({ incidents: [RESOLVED, incident()] });
    cluster.member('b').node.handlers.INCIDENTS = () => ({ incidents: [RESOLVED, incident()] });
    const { stdout } = await runCommand(EntryInspect, ['k', ...node]);
    expect(stdout).toMatch(/RESOLVED +INCIDENT +HOW[\s\S]*2026-11-23.* 3f9c21ab +merge lww/);
    expect(stdout).toContain('restore: mneme split-brain undo 3f9c21ab --key k');
  });
});

describe('entry export and import', () => {
  const listing = [
    { ...entry('text', 'välue', 'a'), valueBase64: base64('välue') },
    { ...entry('bytes', 'x', 'a', { expiryMs: Date.now() + 3_600_000 }), valueBase64: '/wA=' },
    entry('gone', null, 'a'),
  ];
  const file = () => join(directory, 'export.ndjson');

  test('what was exported can be imported, bytes and expiry included', async () => {
    const { handlers, data } = cluster.member('a').node;
    handlers.LIST = ({ database }) => ({ entries: database === 3 ? listing : [], cursor: null });
    const exported = await runCommand(EntryExport, ['--output', file(), '--json', ...node]);
    expect(exported.json).toMatchObject({ node: { name: 'a' }, exported: 2, output: file() });
    const [first, second] = readFileSync(file(), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({ db: 3, key: 'text', value: 'välue' });
    expect(second).toMatchObject({ db: 3, key: 'bytes', valueBase64: '/wA=' });
    const imported = await runCommand(EntryImport, [file(), '--json', ...node]);
    expect([imported.exitCode, imported.json]).toEqual([
      0,
      { lines: 2, imported: 2, expired: 0, bad: 0, badLines: [] },
    ]);
    expect(data.get('3/bytes')).toEqual({ value: Buffer.from([255, 0]), expiryMs: second.expiryMs });
  });
  test('an export to stdout is lines alone; with --json it needs a file', async () => {
    cluster.member('a').node.handlers.LIST = ({ database }) => ({
      entries: database === 0 ? listing : [],
      cursor: null,
    });
    const { stdout, stderr } = await runCommand(EntryExport, ['--db', '0', ...node]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('exported 2 entries of a');
    expect((await runCommand(EntryExport, ['--json', ...node])).exitCode).toBe(2);
  });
  test('a bad line is named by number, the others go on, and the exit code is 2', async () => {
    const lines = [
      '{"key":"a","value":"1"}',
      '{"key":"b"',
      '',
      '{"key":"c","value":7}',
      '{"key":"d","value":"too large"}',
      '{"key":"e","value":"5","expiryMs":1}',
      '{"key":"f","keyBase64":"Zg==","value":"6"}',
      '{"key":"g","value":"\\ud800"}',
      '{"key":"h","value":"8","db":16}',
      '{"key":"i","value":"9"}\r',
    ];
    writeFileSync(file(), lines.join('\n'));
    const { exitCode, json } = await runCommand(EntryImport, [file(), '--json', ...node]);
    expect(exitCode).toBe(2);
    expect(json).toMatchObject({ lines: 9, imported: 2, expired: 1, bad: 6 });
    expect(json.badLines.map((bad: { line: number }) => bad.line)).toEqual([2, 4, 5, 7, 8, 9]);
    expect([...cluster.member('a').node.data.keys()]).toEqual(['0/a', '0/i']);
  });
  test('a byte order mark before a line is no part of it, one within a value is', async () => {
    writeFileSync(file(), '\ufeff{"key":"z","value":"z"}\n\ufeff{"key":"a","value":"\ufeff1"}\r\n');
    const { exitCode } = await runCommand(EntryImport, [file(), ...node]);
    expect([exitCode, cluster.member('a').node.data.get('0/a')?.value.toString()]).toEqual([0, '\ufeff1']);
  });
  test.each([
    ['{"key":"q","zset":[["a"]]}', '"zset" is not a list of members and their scores'],
    ['{"key":"q","set":["a","b","a"]}', '"set" has the member "a" twice'],
    ['{"key":"q","setBase64":["/w==","/w=="]}', '"setBase64" has the member "/w==" twice'],
    ['{"key":"q","zset":[["a",1],["a",2]]}', '"zset" has the member "a" twice'],
    ['{"key":"q","zset":[["a","b"]]}', 'the score of "a" is "b", and not a number, "inf" or "-inf"'],
    ['{"key":"q","hash":{"a":1}}', '"hash" has 1, which is not text: put it in quotes'],
    ['{"key":"q","hashBase64":{"!!":"AA=="}}', '"hashBase64" has "!!", which is not base64'],
    ['{"key":"q"}', 'no "value" and no "valueBase64", and no "hash", "set" or "zset"'],
  ])('%s is refused for what is wrong with it', async (line, message) => {
    writeFileSync(file(), line);
    const { json } = await runCommand(EntryImport, [file(), '--json', ...node]);
    expect(json.badLines).toEqual([{ line: 1, message: expect.stringContaining(message) }]);
  });
  test.each([
    ['ttl', '"expiryMs"'],
    ['expireAt', '"expiryMs"'],
    ['PX', '"expiryMs"'],
    ['Key', 'did you mean "key"?'],
    ['database', 'did you mean "db"?'],
    ['tags', 'there are db, key, keyBase64, value, valueBase64, expiryMs'],
    ['__proto__', 'there are db'],
  ])('a field %s that is not known is refused by name and line, and the entry is not written', async (name, advice) => {
    writeFileSync(file(), `{"key":"a","value":"1"}\n{"key":"b","value":"2",${JSON.stringify(name)}:5}\n`);
    const { exitCode, json } = await runCommand(EntryImport, [file(), '--json', ...node]);
    expect([exitCode, json.imported, json.badLines[0].line]).toEqual([2, 1, 2]);
    expect(json.badLines[0].message).toContain(`unknown field "${name}"`);
    expect(json.badLines[0].message).toContain(advice);
  });
  test('of nothing is exit code 6, and so is one in which everything had expired', async () => {
    writeFileSync(file(), '\n\n');
    expect((await runCommand(EntryImport, [file(), ...node])).exitCode).toBe(6);
    writeFileSync(file(), '{"key":"e","value":"5","expiryMs":1}');
    expect((await runCommand(EntryImport, [file(), ...node])).exitCode).toBe(6);
  });
  test('many lines go in batches', async () => {
    writeFileSync(
      file(),
      Array.from({ length: 2345 }, (_, i) => `{"key":"k${i}","value":"v${i}","db":${i % 2}}\n`).join(''),
    );
    const { json } = await runCommand(EntryImport, [file(), '--json', ...node]);
    expect(json.imported).toBe(2345);
    expect(cluster.member('a').node.data.get('1/k2343')?.value.toString()).toBe('v2343');
  });
  test('a file that is not there is usage, a node that goes away is exit code 4', async () => {
    expect((await runCommand(EntryImport, [join(directory, 'none'), ...node])).exitCode).toBe(2);
    writeFileSync(file(), '{"key":"a","value":"1"}\n');
    await cluster.member('a').node.stop();
    expect((await runCommand(EntryImport, [file(), ...node])).exitCode).toBe(4);
  });
});
