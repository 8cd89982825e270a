import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { JsonChecks } from '../e2e/json-checks.js';
import { sitesOfTests, untilEqual, whereRedis } from './sites.js';

const site = sitesOfTests();

whereRedis('what commands print with --json of a Redis', () => {
  test.each(['restore', 'confirm-loss'])(
    'fits their schemas: attached, held after a loss, and after %s',
    async (action) => {
      const checks = new JsonChecks();
      const [a, b] = [site('a'), site('b')];
      await a.start();
      await b.start(a);
      await a.redis.set('key', 'value');
      await a.redis.set(Buffer.from([0xff, 0]), 'binary');
      await a.redis.hset('hash', 'field', 'value');
      await untilEqual(a, b);
      const at = ['--node', a.address];
      expect(await checks.run('engine', 'status', ...at)).toMatchObject({
        node: { name: 'a' },
        engine: { state: 'attached' },
      });
      const list = await checks.run('entry', 'list', ...at);
      expect(list.entries.map(({ key, type }: { key: string; type: string }) => [key, type])).toEqual([
        ['hash', 'hash'],
        ['key', 'string'],
        [null, 'string'],
      ]);
      await a.server.kill();
      await a.startRedis();
      await until('the loss is held', async () => a.status.state === 'held');
      const held = await checks.run('engine', 'status', ...at);
      expect(held.engine.held.sample.map(({ key }: { key: string }) => key)).toContain(null);
      expect(await checks.run('cluster', 'status', ...at)).toMatchObject({ engines: [{ node: { name: 'a' } }, {}] });
      await checks.run('replica', 'list', ...at);
      await checks.run('replica', 'inspect', 'a', ...at);
      expect((await checks.run('engine', action, '--yes', ...at)).keys).toBeGreaterThan(0);
      await checks.run('split-brain', 'history', ...at);
    },
    60_000,
  );
});
