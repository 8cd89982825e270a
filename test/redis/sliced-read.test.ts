import { expect, test } from '@jest/globals';
import type { Connection, Slices } from '../../src/engines/redis/connection.js';
import { LargeRead } from '../../src/engines/redis/large-entry.js';
import { REAL_PORTS } from '../../src/engines/redis/ports.js';
import type { RedisReply } from '../../src/engines/redis/reply-parser.js';
import type { ServerInfo } from '../../src/engines/redis/server-info.js';
import type { Site } from '../../src/engines/redis/site.js';
import { readInSlices, type SlicedRead } from '../../src/engines/redis/sliced-read.js';

const ID = '\u0000hash';
const texts = (...all: string[]): Buffer[] => all.map((one) => Buffer.from(one));

/** A server that gives these replies, each command its own in turn. */
class Server {
  readonly withFieldExpiries = new Set<string>();
  readonly sliced = new Map<string, Slices>();
  info: Pick<ServerInfo, 'product' | 'version' | 'evicted'>;

  constructor(
    private readonly replies: Readonly<Record<string, RedisReply[]>>,
    version = '7.0.0',
    private readonly refreshed: (server: Server) => void = () => {},
  ) {
    this.info = { product: 'Redis', version, evicted: 0 };
  }

  send(name: string): Promise<RedisReply> {
    const reply = this.replies[name]?.shift();
    if (reply === undefined) throw new Error(`${name} was not to be sent`);
    return Promise.resolve(reply);
  }

  sendAll([name]: string[]): Promise<RedisReply> {
    return this.send(name!);
  }

  async refresh(): Promise<void> {
    this.refreshed(this);
  }
}

async function read(server: Server): Promise<SlicedRead> {
  const store = { prepare: async () => {}, collectionAt: () => undefined };
  const site = { store, ports: { ...REAL_PORTS, slices: { ...REAL_PORTS.slices, from: 2 } } } as unknown as Site;
  const found = await readInSlices(site, server as unknown as Connection, new Map([[ID, 'field']]));
  return found.get(ID)!;
}

function elementsIn(found: SlicedRead): Record<string, string> {
  return Object.fromEntries((found as LargeRead).collection.elements);
}

const scans = (): RedisReply[] => [
  [Buffer.from('7'), texts('a', '1', 'b', '2')],
  [Buffer.from('0'), texts('c', '3', 'a', 'later')],
];

test('an element that comes twice is what it was the second time', async () => {
  const found = await read(new Server({ PEXPIRETIME: [-1, -1], HSCAN: scans() }));
  expect(elementsIn(found)).toEqual({ a: 'later', b: '2', c: '3' });
});

test('a hash of which a field has an expiry of its own is to be read whole, and not scanned again', async () => {
  const expiries = [
    [-1, -1],
    [-1, 4_000_000_000_000],
  ];
  const server = new Server({ PEXPIRETIME: [-1, -1], HSCAN: scans(), HPEXPIRETIME: expiries }, '7.4.0');
  expect(await read(server)).toBe('whole');
  expect([...server.withFieldExpiries]).toEqual([ID]);
  expect(await read(server)).toBe('whole');
});

test('a hash of which no field has one is read in slices by a server that knows them, too', async () => {
  const none = [
    [-1, -1],
    [-1, -2],
  ];
  const found = await read(new Server({ PEXPIRETIME: [-1, -1], HSCAN: scans(), HPEXPIRETIME: none }, '8.0.0'));
  expect(found).toBeInstanceOf(LargeRead);
});

test('one that is gone by the end is missing, and one with another expiry than at the start is to be read whole', async () => {
  expect(await read(new Server({ PEXPIRETIME: [-1, -2], HSCAN: scans() }))).toBeNull();
  expect(await read(new Server({ PEXPIRETIME: [5000, -1], HSCAN: scans() }))).toBe('whole');
});

test('one that was reported, while the server has evicted keys, may have been begun anew: it is to be read whole', async () => {
  const evicts = (hasChanged: boolean) => (server: Server) => {
    server.sliced.get(ID)!.hasChanged = hasChanged;
    server.info = { ...server.info, evicted: 1 };
  };
  const replies = () => ({ PEXPIRETIME: [-1, -1], HSCAN: scans() });
  expect(await read(new Server(replies(), '7.0.0', evicts(true)))).toBe('whole');
  expect(await read(new Server(replies(), '7.0.0', evicts(false)))).toBeInstanceOf(LargeRead);
});
