import { describe, expect, test } from '@jest/globals';
import { CommandKeys } from '../../src/engines/redis/command-keys.js';
import { type ChangeTaker, StreamChanges } from '../../src/engines/redis/stream-changes.js';
import { StreamParser } from '../../src/engines/redis/stream-parser.js';
import { parseTarget } from '../../src/engines/redis/target.js';

function command(...args: string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg, 'latin1')}\r\n${arg}\r\n`).join('')}`;
}

/** As COMMAND says it. */
const COMMANDS = [
  [Buffer.from('set'), -3, [Buffer.from('write')], 1, 1, 1],
  [Buffer.from('mset'), -3, [Buffer.from('write')], 1, -1, 2],
  [Buffer.from('hset'), -4, [Buffer.from('write')], 1, 1, 1],
  [Buffer.from('del'), -2, [Buffer.from('write')], 1, -1, 1],
  [Buffer.from('restore'), -4, [Buffer.from('write')], 1, 1, 1],
  [Buffer.from('copy'), -3, [Buffer.from('write')], 1, 2, 1],
  [Buffer.from('sort'), -2, [Buffer.from('write'), Buffer.from('movablekeys')], 1, 1, 1],
  [Buffer.from('xgroup'), -2, [], 0, 0, 0],
  [Buffer.from('multi'), 1, [], 0, 0, 0],
  [Buffer.from('exec'), 1, [], 0, 0, 0],
];

interface Stream {
  readonly parser: StreamParser;
  readonly seen: string[];
}

function streamOf(own: readonly string[] = [], keys = '*'): Stream {
  const seen: string[] = [];
  const name = (id: string): string => id.slice(1);
  const left = new Set(own);
  const taker: ChangeTaker = {
    changed: (id) => seen.push(`changed ${name(id)}`),
    deleted: (id) => seen.push(`deleted ${name(id)}`),
    set: (id, value, expiryMs) => seen.push(`${name(id)} = ${value.toString('latin1')} until ${expiryMs}`),
    flushed: () => seen.push('flushed'),
    isOwn: (command, id, value) => left.delete(`${command} ${name(id)} ${value?.toString('latin1') ?? ''}`),
  };
  const changes = new StreamChanges(parseTarget('redis://h/0', keys), new CommandKeys(COMMANDS), taker, 'marker');
  return { parser: new StreamParser(changes), seen };
}

function told(text: string, stream = streamOf()): string[] {
  stream.parser.push(Buffer.from(text, 'latin1'));
  expect(stream.parser.taken).toBe(text.length);
  return stream.seen;
}

const SELECT = command('SELECT', '0');

describe('a replication stream', () => {
  const long = 'x'.repeat(70_000);
  const text = [
    SELECT,
    command('set', 'a', 'b\r\nc\xff'),
    command('SET', 'b', '', 'PXAT', '1795863962609'),
    command('MULTI'),
    command('HSET', 'h', '', 'v', 'field', long),
    command('EXEC'),
    command('SET', 'long', long),
    command('MSET', 'm1', '1', 'm2', long, 'm3', '3'),
    command('DEL', 'a', '', 'b'),
  ].join('');
  const changes = [
    ...['a = b\r\nc\xff until 0', 'b =  until 1795863962609', 'changed h', 'changed long'],
    ...['changed m1', 'changed m2', 'changed m3', 'deleted a', 'deleted ', 'deleted b'],
  ];

  test('is the same whole, byte by byte, and in pieces of any size', () => {
    expect(told(text)).toEqual(changes);
    for (const size of [1, 7, 1000, 65_536]) {
      const { parser, seen } = streamOf();
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
      expect(seen).toEqual(changes);
      expect(parser.taken).toBe(bytes.length);
    }
  });

  test('that makes no sense ends with an error, and not with what was meant', () => {
    expect(() => told('$3\r\nSET\r\n')).toThrow(/the byte 36/);
    expect(() => told('*2\r\n:3\r\n')).toThrow(/the byte 58/);
  });

  test('tells values only of what it says as a whole: other options are for a read to find out', () => {
    const options = [
      command('SET', 'k', 'v', 'NX'),
      command('SET', 'k', 'v', 'XX', 'KEEPTTL'),
      command('SET', 'k', 'v', 'PXAT', '9223372036854775807'),
    ];
    expect(told(SELECT + options.join(''))).toEqual(['changed k', 'changed k', 'changed k']);
  });

  test('tells of one database, and of a key that comes from or goes to another', () => {
    const other = command('SELECT', '3') + command('SET', 'k', 'v') + command('FLUSHDB') + command('SWAPDB', '3', '4');
    expect(told(other)).toEqual([]);
    expect(told(command('SELECT', '3') + command('COPY', 'k', 'l', 'DB', '0'))).toEqual(
      ['k', 'l', 'DB', '0'].map((key) => `changed ${key}`),
    );
    const emptied = [
      SELECT,
      command('FLUSHDB'),
      command('SELECT', '3'),
      command('SWAPDB', '3', '0'),
      command('FLUSHALL'),
    ];
    expect(told(emptied.join(''))).toEqual(['flushed', 'flushed', 'flushed']);
  });

  test('names the database when it changes: before that each key counts, and no value does', () => {
    const stream = streamOf();
    told(command('SET', 'k', 'v'), stream);
    expect(told(command('PUBLISH', 'c', 'other') + command('SET', 'k', 'v'), streamOf())).toEqual(['changed k']);
    stream.parser.push(Buffer.from(command('PUBLISH', 'mneme:nodes', 'marker') + command('SET', 'k', 'v')));
    expect(stream.seen).toEqual(['changed k', 'k = v until 0']);
  });

  test('counts each argument as a key where position alone does not tell which are', () => {
    expect(told(SELECT + command('SORT', 'a', 'STORE', 'b'))).toEqual(['changed a', 'changed STORE', 'changed b']);
    expect(told(SELECT + command('XGROUP', 'CREATE', 's', 'g'))).toEqual(
      ['CREATE', 's', 'g'].map((key) => `changed ${key}`),
    );
    expect(told(SELECT + command('OF.A.MODULE', 'k'))).toEqual(['changed k']);
  });

  test("leaves out what is the node's own, once, and keys without the prefix", () => {
    const own = streamOf(['SET a 1', 'RESTORE h dump', 'DEL d ']);
    const writes = [
      command('SET', 'a', '1'),
      command('RESTORE', 'h', '0', 'dump', 'REPLACE'),
      command('DEL', 'd'),
    ].join('');
    expect(told(SELECT + writes + writes, own)).toEqual(['a = 1 until 0', 'changed h', 'deleted d']);
    expect(told(SELECT + command('MSET', 's:1', '1', 't:1', '1', 's:', '1', 's', '1'), streamOf([], 's:*'))).toEqual([
      ...['changed s:1', 'changed s:'],
    ]);
  });
});
