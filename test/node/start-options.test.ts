import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type RememberedOptions,
  readRemembered,
  rememberedOf,
  START_OPTION_LIST,
  type StartOptions,
} from '../../src/node/start-options.js';
import { readFormerStart, writeFormerStart } from '../../src/operations/cluster/former-start.js';

/** One value of each option that a directory remembers, none of them the usual one. A new option without one fails to compile. */
const REMEMBERED: Required<RememberedOptions> = {
  name: 'a',
  listen: '127.0.0.1:7400',
  advertise: '10.0.0.1:7400',
  trustNetwork: true,
  secretFile: '/etc/mneme/secret',
  secretOptional: true,
  tlsCert: '/etc/mneme/cert.pem',
  tlsKey: '/etc/mneme/key.pem',
  tlsCa: '/etc/mneme/ca.pem',
  tlsClients: 'require',
  tlsOptional: true,
  listenPlain: '127.0.0.1:7401',
  discover: ['dns:mneme'],
  engine: 'redis://h:1',
  keys: 's*',
  fsync: 'always',
  maxMemory: 1_000_000,
  eviction: 'allkeys-lru',
  limits: ['clients=5'],
  allowDrills: true,
  http: '127.0.0.1:9379',
  logFormat: 'json',
  expect: 3,
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mneme-options-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a directory gives back all that it remembers, and nothing else', () => {
  const options: StartOptions & typeof REMEMBERED = { ...REMEMBERED, isNew: true, setAsideData: true, peers: ['h:1'] };
  writeFormerStart(dir, options, { replica: 'r', founding: { 'on-heal': 'manual' } });
  expect(readFormerStart(dir)).toEqual({
    ...{ name: 'a', listen: '127.0.0.1:7400', replica: 'r', founding: { 'on-heal': 'manual' } },
    options: REMEMBERED,
  });
});

test('what is so by default is not written down, so that a later version may choose otherwise', () => {
  expect(rememberedOf({ fsync: 'grouped', maxMemory: 0, allowDrills: false, discover: [], name: 'a' })).toEqual({
    name: 'a',
  });
});

test('a file of an earlier version is read', () => {
  const text = '{"name":"a","listen":"127.0.0.1:7400","advertise":null,"fsync":"grouped","maxMemory":0}';
  writeFileSync(join(dir, 'node.json'), text);
  expect(readFormerStart(dir)).toMatchObject({ replica: null, founding: {}, options: { name: 'a', fsync: 'grouped' } });
});

describe('what is of another kind counts as not said', () => {
  test.each(Object.keys(REMEMBERED))('%s', (name) => {
    expect(readRemembered({ ...REMEMBERED, [name]: { odd: true } })).not.toHaveProperty(name);
  });
});

test('no two options have the same flag', () => {
  const flags = START_OPTION_LIST.map(([, { flag }]) => flag);
  expect(new Set(flags).size).toBe(flags.length);
});
