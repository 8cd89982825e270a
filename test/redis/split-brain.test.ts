import { expect, test } from '@jest/globals';
import type { IncidentRecord } from '../../src/core/membership/records.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { until } from '../bench/probes.js';
import { contentOf, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const site = sitesOfTests();

whereRedis('two sites that wrote apart', () => {
  test('are held apart; a merge keeps the last write of each key, of every type, and an undo brings the other back', async () => {
    const [a, b] = await splitSites();
    expect(await a.redis.hgetall('hash')).toEqual({ by: 'a' });
    expect(await b.redis.hgetall('hash')).toEqual({ by: 'b' });
    const { id } = await resolve(a, { kind: 'merge', policy: 'lww' });
    const merged = await untilEqual(a, b);
    expect(merged).toMatchObject({
      hash: ['hash', -1, [['by', 'b']]],
      list: ['list', -1, ['a']],
      'only a': ['string', -1, 'x'],
      'only b': ['set', -1, ['x']],
    });
    expect(merged.deleted).toBeUndefined();
    await a.undo(id);
    await until('the other hash is back', async () => (await b.redis.hget('hash', 'by')) === 'a');
    expect(await untilEqual(a, b)).toMatchObject({
      hash: ['hash', -1, [['by', 'a']]],
      deleted: ['string', -1, 'by a'],
    });
  });

  test('promote makes one site what both hold, and an undo brings the other back', async () => {
    const [a, b] = await splitSites();
    const before = await contentOf(a.redis);
    const ofB = await contentOf(b.redis);
    const { id } = await resolve(a, { kind: 'promote', node: a.node.identity.replica });
    expect(await untilEqual(a, b)).toEqual(before);
    await a.undo(id);
    await until('what b had is back', async () => (await a.redis.scard('only b')) === 1);
    const undone = await untilEqual(a, b);
    expect(undone).toMatchObject({ hash: ofB.hash, list: ofB.list, 'only b': ofB['only b'] });
  });
});

whereRedis('two sites that were cut apart for a while', () => {
  test('a session that one has deleted stays deleted, though the other has prolonged it since', async () => {
    const settings = { 'on-heal': 'merge', 'failure-timeout': 400 } as const;
    const [a, b] = [site('a', { settings }), site('b', { settings })];
    await a.start();
    await b.start(a);
    await a.redis.mset('session', 'ann', 'other', 'bob');
    await untilEqual(a, b);
    a.node.core.operator.cut([b.node.identity.replica]);
    b.node.core.operator.cut([a.node.identity.replica]);
    await until('both have declared the other down', async () =>
      [a, b].every(({ node }) => node.core.status.separations.list().length === 1),
    );
    const [before, ofA] = [b.status.counters.captured, a.status.counters.captured];
    await a.redis.del('session');
    await until('a has captured it', async () => a.status.counters.captured > ofA);
    await b.redis.expire('session', 3600);
    await b.redis.expire('other', 3600);
    await until('b has captured it', async () => b.status.counters.captured >= before + 2);
    for (const { node } of [a, b]) node.core.operator.cut([]);
    await until('the session is gone', async () => (await b.redis.exists('session')) === 0);
    const content = await untilEqual(a, b);
    expect(Object.keys(content)).toEqual(['other']);
    expect((content.other as unknown[])[1]).toBeGreaterThan(Date.now());
  });
});

/** Two sites, cut apart, with conflicting writes of several types, and joined again: a split-brain that waits. */
async function splitSites(): Promise<[TestSite, TestSite]> {
  const settings = { 'on-heal': 'manual', 'failure-timeout': 400 } as const;
  const [a, b] = [site('a', { settings }), site('b', { settings })];
  await a.start();
  await b.start(a);
  await a.redis.mset('deleted', 'x', 'untouched', 'x');
  await untilEqual(a, b);
  a.node.core.operator.cut([b.node.identity.replica]);
  b.node.core.operator.cut([a.node.identity.replica]);
  await until('both have declared the other down', async () =>
    [a, b].every(({ node }) => node.core.status.separations.list().length === 1),
  );
  await b.redis.rpush('list', 'b');
  await a.redis.hset('hash', 'by', 'a');
  await a.redis.set('deleted', 'by a');
  await a.redis.set('only a', 'x');
  await b.redis.sadd('only b', 'x');
  await until('a has captured it', async () => a.status.counters.captured >= 4);
  await b.redis.hset('hash', 'by', 'b');
  await b.redis.del('deleted');
  await until('b has captured it', async () => b.status.counters.captured >= 4);
  await a.redis.rpush('list', 'a');
  await until('a has captured it', async () => a.status.counters.captured >= 6);
  for (const { node } of [a, b]) node.core.operator.cut([]);
  await until('the split-brain is found', async () =>
    [a, b].every(({ node }) => node.core.status.records.openIncidents().length === 1),
  );
  return [a, b];
}

function resolve(site: TestSite, strategy: Strategy): Promise<IncidentRecord> {
  return new Promise((done, reject) => {
    site.node.core.operator.resolve(strategy, new Map(), null, { resolve: done, reject });
    site.node.schedule();
  });
}
