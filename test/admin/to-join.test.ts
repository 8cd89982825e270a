import { afterEach, describe, expect, test } from '@jest/globals';
import { withClient } from '../../src/admin/client/client.js';
import { adminHandler } from '../../src/admin/server/server.js';
import { parseDiscovery } from '../../src/node/discovery/spec.js';
import type { NodeStartOptions } from '../../src/node/options.js';
import { startNode } from '../../src/node/run.js';
import { clusterToJoin } from '../../src/operations/cluster/to-join.js';

const ends: (() => Promise<void>)[] = [];
const NOBODY = { trust: null, credentials: () => null };

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** A memory-only node in this process. Returns where it is, and its cluster. */
async function start(
  name: string,
  more: Partial<NodeStartOptions>,
): Promise<{ address: string; clusterId: string | null }> {
  const options = { name, listen: '127.0.0.1:0', dir: null, allowDrills: false, fsyncAlways: false, log: () => {} };
  const running = await startNode({ ...options, ...more }, adminHandler);
  ends.push(() => running.stop());
  return { address: running.address, clusterId: running.node.core.status.self.clusterId };
}

/** One that waits for another one, and is in no cluster meanwhile. */
const waiting = () => start('w', { discover: [parseDiscovery('static:127.0.0.1:1')], expect: 2 });

test('a node that has yet to join adds no user, and changes nothing else of the cluster: it does not know who may', async () => {
  const { address } = await waiting();
  const password = { saltBase64: '', keyBase64: '', cost: 1, blockSize: 1, parallelization: 1 };
  await withClient(address, async (client) => {
    const asked = [
      client.call('USER', { action: 'add', name: 'eve', role: 'admin', password }),
      client.call('SET', { key: 'on-heal', value: 'manual' }),
      client.call('FORGET', { node: 'a' }),
    ];
    for (const answer of asked)
      await expect(answer).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining('w has yet to join'),
      });
  });
});

describe('the cluster to join', () => {
  test('is that of the members among those who answer: one that is in none yet is passed over', async () => {
    const [a, w] = [await start('a', { isNew: true }), await waiting()];
    expect(w.clusterId).toBeNull();
    for (const seeds of [
      [a.address, w.address],
      [w.address, a.address, '127.0.0.1:1'],
    ])
      expect(await clusterToJoin(seeds, 'b', NOBODY)).toBe(a.clusterId);
  });

  test('is none where nobody is in one yet: a service manager is to try again', async () => {
    const w = await waiting();
    await expect(clusterToJoin([w.address], 'b', NOBODY)).rejects.toMatchObject({
      code: 'not-reachable',
      exitCode: 4,
      message: `w at ${w.address} is in no cluster yet`,
    });
  });

  test('is none where members of two are named', async () => {
    const [a, x] = [await start('a', { isNew: true }), await start('x', { isNew: true })];
    await expect(clusterToJoin([a.address, x.address], 'b', NOBODY)).rejects.toMatchObject({
      code: 'wrong-cluster',
      message: `The addresses are of members of different clusters: a at ${a.address} of ${a.clusterId}, x at ${x.address} of ${x.clusterId}.`,
    });
  });
});
