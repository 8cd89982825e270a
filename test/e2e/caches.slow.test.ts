import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import KeyvRedis from '@keyv/redis';
import KeyvValkey from '@keyv/valkey';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { Repository, Schema } from 'redis-om';
import { NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

/** Libraries that keep what they cache, or map, in hashes, sets and strings: an application machine beside each of two nodes. */

const directory = temporaryDirectory();
const a = new NodeProcess('a', `${directory.path}/a`);
const b = new NodeProcess('b', `${directory.path}/b`);
const urlOf = ({ address }: NodeProcess) => `redis://${address}`;

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
}, 60_000);

afterAll(async () => {
  await Promise.all([a.kill(), b.kill()]);
  directory.remove();
});

const ADAPTERS = [
  ['@keyv/redis', (node: NodeProcess) => new KeyvRedis(urlOf(node))],
  ['@keyv/valkey', (node: NodeProcess) => new KeyvValkey(urlOf(node))],
] as const;

describe.each(ADAPTERS)('%s', (name, adapterOf) => {
  test('what one machine caches the other one reads, each namespace by itself, until it expires or is cleared', async () => {
    const caches = [a, b].map((node) => new Keyv({ store: adapterOf(node) as never, namespace: name }));
    const other = new Keyv({ store: adapterOf(a) as never, namespace: `${name}-other` });
    const [here, there] = caches as [Keyv, Keyv];
    await other.set('k', 'of the other');
    await here.set('k', { cart: ['book'] });
    await here.set('short', 'lived', 150);
    await until('the other machine has it', async () => (await there.get('k')) !== undefined);
    expect(await there.get('k')).toEqual({ cart: ['book'] });
    expect(await here.getMany(['k', 'none'])).toEqual([{ cart: ['book'] }, undefined]);
    await until('it has expired at both', async () => !(await here.has('short')) && !(await there.has('short')));
    expect(await there.delete('k')).toBe(true);
    await until('it is deleted here too', async () => (await here.get('k')) === undefined);
    await here.set('again', 1);
    await here.clear();
    expect([await here.get('again'), await other.get('k')]).toEqual([undefined, 'of the other']);
    await Promise.all([...caches, other].map((cache) => cache.disconnect()));
  });
});

test('cache-manager: a value is made once for both machines, and made anew once it was deleted', async () => {
  const stores = [a, b].map((node) => new Keyv({ store: new KeyvRedis(urlOf(node)) as never, namespace: 'manager' }));
  const [here, there] = stores.map((store) => createCache({ stores: [store], ttl: 60_000 }));
  let made = 0;
  const make = async () => ({ made: ++made });
  expect(await here!.wrap('page', make)).toEqual({ made: 1 });
  await until('the other machine has it', async () => (await there!.get('page')) !== undefined);
  expect([await there!.wrap('page', make), await here!.wrap('page', make)]).toEqual([{ made: 1 }, { made: 1 }]);
  await there!.mset([
    { key: 'x', value: 1 },
    { key: 'y', value: 2 },
  ]);
  await until('several came', async () => (await here!.mget(['x', 'y'])).every((value) => value !== undefined));
  await there!.del('page');
  await until('it is deleted here too', async () => (await here!.get('page')) === undefined);
  expect(await here!.wrap('page', make)).toEqual({ made: 2 });
  await Promise.all(stores.map((store) => store.disconnect()));
});

test('redis-om: entities are saved as hashes, fetched, changed field by field and removed; two machines change one', async () => {
  // It brings a client of its own.
  const { createClient } = createRequire(createRequire(import.meta.url).resolve('redis-om'))('redis');
  const clients = [a, b].map((node) => createClient({ url: urlOf(node) }));
  await Promise.all(clients.map((client) => client.connect()));
  const schema = new Schema(
    'album',
    {
      artist: { type: 'string' },
      year: { type: 'number' },
      genres: { type: 'string[]' },
      sold: { type: 'boolean' },
      released: { type: 'date' },
    },
    { dataStructure: 'HASH' },
  );
  const [here, there] = clients.map((client) => new Repository(schema, client));
  const released = new Date('1982-11-30T00:00:00Z');
  await here!.save('thriller', { artist: 'Jackson', year: 1982, genres: ['pop', 'rock'], sold: true, released });
  await until('the other machine has it', async () => (await there!.fetch('thriller')).artist === 'Jackson');
  const album = { artist: 'Jackson', year: 1982, genres: ['pop', 'rock'], sold: true, released };
  expect(await there!.fetch('thriller')).toMatchObject(album);
  await there!.save('thriller', { ...(await there!.fetch('thriller')), year: 1983 });
  await until('the change came', async () => (await here!.fetch('thriller')).year === 1983);
  await here!.expire('thriller', 100);
  expect(await clients[0]!.ttl('album:thriller')).toBeGreaterThan(90);
  await there!.remove('thriller');
  await until('it is removed here too', async () => (await here!.fetch('thriller')).artist === undefined);
  await Promise.all(clients.map((client) => client.disconnect()));
});
