import { afterEach, expect, jest, test } from '@jest/globals';
import { adminHandler } from '../../src/admin/server/server.js';
import { plan } from '../../src/admin/server/verbs/plan.js';
import { type RunningNode, startNode } from '../../src/node/run.js';

let running: RunningNode;
afterEach(() => running.stop());

test('MNEME PLAN schedules the turn that makes the plan, rather than wait for the next tick', async () => {
  const place = { name: 'a', listen: '127.0.0.1:0', dir: null };
  running = await startNode({ ...place, allowDrills: false, fsyncAlways: false, log: () => {} }, adminHandler);
  const { node } = running;
  const schedule = jest.spyOn(node, 'schedule');
  const made = plan(node, { strategy: { kind: 'merge', policy: 'lww' }, limit: 1, offset: 0 });
  expect(schedule).toHaveBeenCalledTimes(1);
  await expect(made).rejects.toMatchObject({ code: 'no-split-brain' });
});
