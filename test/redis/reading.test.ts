import { expect, test } from '@jest/globals';
import { Connection } from '../../src/engines/redis/connection.js';
import { batchOf, type Found, readKeys } from '../../src/engines/redis/reading.js';
import { bufferOf } from '../../src/engines/redis/site.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import { sitesOfTests, whereRedis } from './sites.js';

whereRedis('a batch of values', () => {
  const site = sitesOfTests();

  test('is bounded by bytes: short values come at once, long ones in turn, and none twice', async () => {
    const a = await site('a').start();
    const target = parseTarget(`redis://127.0.0.1:${a.server.port}`);
    const connection = await Connection.open(target, {
      changed: () => {},
      flushed: () => {},
      greeted: () => {},
      ended: () => {},
    });
    for (let i = 0; i < 10; i++) await a.redis.setrange(`long ${i}`, 3_000_000, 'x');
    for (let i = 0; i < 100; i++) await a.redis.set(`short ${i}`, `${i}`);
    await a.redis.hset('hash', 'field', 'v');
    const bridge = a.node.bridge!.site;
    bridge.longValues.clear();
    const names = [
      ...Array.from({ length: 10 }, (_, i) => `long ${i}`),
      ...Array.from({ length: 100 }, (_, i) => `short ${i}`),
    ];
    const left = new Set([...names, 'hash', 'missing'].map((name) => `\0${name}`));
    const read = new Map<string, Found>();
    const sizes: number[] = [];
    while (left.size > 0) {
      const ids = batchOf(bridge, left.values());
      const found = await readKeys(bridge, connection, ids);
      let bytes = 0;
      for (const [i, id] of ids.entries()) {
        const one = found[i]!;
        if (one === 'later') continue;
        left.delete(id);
        read.set(id.slice(1), one);
        if (one !== null && typeof one === 'object' && 'value' in one) bytes += one.value.length;
      }
      sizes.push(bytes);
    }
    connection.close();
    expect(Math.max(...sizes)).toBeLessThan(5 << 20);
    // The first two batches find out what is long, and have all the rest.
    expect(sizes.length).toBeLessThanOrEqual(12);
    expect(read.get('missing')).toBeNull();
    expect(read.get('hash')).toMatchObject({ type: 1 });
    for (let i = 0; i < 100; i++) expect(textOf(read.get(`short ${i}`)!)).toBe(`${i}`);
    for (let i = 0; i < 10; i++) expect(textOf(read.get(`long ${i}`)!)).toHaveLength(3_000_001);
  });
});

function textOf(found: Found): string {
  if (found === null || typeof found === 'string' || !('value' in found)) throw new Error('not read');
  return bufferOf(found.value).toString();
}
