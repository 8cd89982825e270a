import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { keyvApiTests, keyvIteratorTests, keyvNamespaceTest, keyvValueTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import { type MnemeNode, openNode } from '../../src/exports/index.js';
import { KeyvMneme } from '../../src/exports/keyv.js';

let node: MnemeNode;

beforeAll(async () => {
  node = await openNode({ memoryOnly: true, listen: false, name: 'a' });
});

afterAll(() => node.close());

/** The suite is written for another runner, of which it needs this. */
const runner = {
  it: (name: string, run: (context: { expect: typeof expect }) => unknown) =>
    test(name, () => run({ expect }) as Promise<void>),
  beforeEach,
  afterEach: (run: () => Promise<void>) => afterAll(run),
} as never;
const store = () => new KeyvMneme(node) as never;

describe("Keyv's own suite: the API", () => keyvApiTests(runner, Keyv, store));
describe("Keyv's own suite: values", () => keyvValueTests(runner, Keyv, store));
describe("Keyv's own suite: namespaces", () => keyvNamespaceTest(runner, Keyv, store));
describe("Keyv's own suite: iterators", () => keyvIteratorTests(runner, Keyv, store));

describe('the adapter', () => {
  test('keeps to its prefix and namespace, also when it is cleared', async () => {
    const cache = new Keyv({ store: new KeyvMneme(node, { prefix: 'cache:' }), namespace: 'views' });
    await node.set('views:other', 'stays');
    await cache.set('home', { hits: 1 });
    expect(JSON.parse(node.get('cache:views:home')!).value).toEqual({ hits: 1 });
    await cache.clear();
    expect([await cache.get('home'), node.get('views:other')]).toEqual([undefined, 'stays']);
  });

  test('gives entries an expiry at the node too', async () => {
    const cache = new Keyv({ store: new KeyvMneme(node), namespace: 'short', ttl: 60_000 });
    await cache.set('k', 'v');
    await cache.setMany([{ key: 'l', value: 'w', ttl: 60_000 }]);
    for (const key of ['short:k', 'short:l']) {
      expect(node.expiresAtMs(key)! - Date.now()).toBeGreaterThan(50_000);
      expect(node.expiresAtMs(key)! - Date.now()).toBeLessThan(61_000);
    }
  });

  test('is told in JSON by its place, and refuses what it does not know', () => {
    expect(JSON.stringify(new KeyvMneme(node, { prefix: 'p:' }))).toBe('{"prefix":"p:"}');
    for (const args of [[], [{ node }], [node, { prefx: 'x' }], [node, { prefix: 5 }]])
      expect(() => new KeyvMneme(...(args as [never]))).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('is not cleared where that would empty the cluster', async () => {
    await expect(new KeyvMneme(node).clear()).rejects.toMatchObject({ code: 'usage' });
  });
});
