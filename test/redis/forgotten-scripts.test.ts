import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { sitesOfTests, whereRedis } from './sites.js';

whereRedis('a Redis that is told to forget its scripts again and again', () => {
  const site = sitesOfTests();

  test('is no Redis that was away: changes pass both ways, and the node stays attached', async () => {
    const [a, b] = [site('a'), site('b')];
    await a.start();
    await b.start(a);
    const forgetful = b.redis.duplicate();
    let isOver = false;
    const forgetting = (async () => {
      while (!isOver) await forgetful.script('FLUSH');
    })();
    try {
      for (let i = 0; i < 50; i++) {
        await b.redis.sadd('of b', String(i));
        await a.redis.sadd('of a', String(i));
        await until('both are everywhere', async () => {
          const [atA, atB] = await Promise.all([a.redis.sismember('of b', i), b.redis.sismember('of a', i)]);
          return atA + atB === 2;
        });
      }
    } finally {
      isOver = true;
      await forgetting;
      forgetful.disconnect();
    }
    expect(b.log.filter((line) => line.includes('NOSCRIPT') || line.includes('again'))).toEqual([]);
  });
});
