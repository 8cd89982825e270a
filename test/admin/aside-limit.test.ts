import { afterEach, expect, test } from '@jest/globals';
import { adminHandler } from '../../src/admin/server/server.js';
import { limits } from '../../src/admin/server/verbs/limits.js';
import { restore } from '../../src/admin/server/verbs/restore.js';
import { fullKey } from '../../src/core/model/entry.js';
import { type RunningNode, startNode } from '../../src/node/run.js';

let running: RunningNode;
afterEach(() => running.stop());

test('MNEME RESTORE of more than may be set aside writes none of it and says how much it needs; MNEME LIMITS shows what is in use', async () => {
  const place = { name: 'a', listen: '127.0.0.1:0', dir: null, limits: { 'set-aside': 2 } };
  running = await startNode({ ...place, allowDrills: false, fsyncAlways: false, log: () => {} }, adminHandler);
  const { node } = running;
  await node.inSync;
  const keys = ['one', 'two', 'three'].map((name) => fullKey(0, Buffer.from(name)));
  for (const key of keys) node.core.write(key, Buffer.from('now'), 0);
  const entries = keys.map((key) => ({
    keyBase64: Buffer.from(key).toString('base64'),
    valueBase64: Buffer.from('then').toString('base64'),
    expiryMs: 0,
  }));
  const of = (name: string) => limits(node).limits.find((one) => one.name === name);

  await expect(restore(node, { id: 'all', entries })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('it would set aside 3 values; the limit set-aside is 2, and 0 are now'),
    hint: { code: 'more-room', limit: 'entries', wanted: 3, node: 'a' },
  });
  expect(keys.map((key) => Buffer.from(node.core.get(key)!.value).toString())).toEqual(['now', 'now', 'now']);
  expect(of('set-aside')).toMatchObject({ value: 2, inUse: 0, met: 1 });

  expect(await restore(node, { id: 'some', entries: entries.slice(0, 2) })).toMatchObject({ overridden: 2 });
  expect(of('set-aside')).toMatchObject({ value: 2, inUse: 2, met: 1 });
  expect(of('set-aside-memory')?.inUse).toBeGreaterThan(100);
  expect(of('set-aside-memory')?.inUse).toBeLessThan(2000);
});
