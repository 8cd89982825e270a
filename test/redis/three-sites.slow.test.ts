import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Prng } from '../sim/prng.js';
import { writeRandom } from './random-writes.js';
import { TestSite, untilEqual, whereRedis } from './sites.js';

const WRITES = 1500;

whereRedis('three sites', () => {
  const sites = ['a', 'b', 'c'].map((name) => new TestSite(name));

  beforeAll(async () => {
    const [first, ...others] = sites;
    await first!.start();
    for (const site of others) await site.start(first!);
  });

  afterAll(async () => {
    await Promise.all(sites.map((site) => site.close()));
  });

  test('come to the same values, types and expiries under random writes of all types', async () => {
    await Promise.all(
      sites.map(async ({ redis }, i) => {
        const random = new Prng(i + 1);
        for (let n = 0; n < WRITES; n++) await writeRandom(redis, random);
      }),
    );
    const content = await untilEqual(...sites);
    const types = new Set(Object.values(content).map((value) => (value as [string])[0]));
    expect([...types].sort()).toEqual(['hash', 'list', 'set', 'stream', 'string', 'zset']);
    expect(Object.values(content).some((value) => (value as [string, number])[1] > 0)).toBe(true);
    for (const site of sites) expect(site.log.filter((line) => /redis:|error/.test(line))).toEqual([]);
  });
});
