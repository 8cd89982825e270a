import { expect, test } from '@jest/globals';
import { fullKey } from '../../src/core/model/entry.js';
import { MiniCluster } from './support/mini-cluster.js';

test('a joiner that lacks writes too large for a range, made after its snapshot, takes another snapshot and is in', () => {
  const cluster = new MiniCluster();
  const a = cluster.add('a');
  cluster.run(100);
  // One buffer for all of them: a range has a copy of each.
  const value = Buffer.alloc(5 * 1024 * 1024);
  let snapshots = 0;
  cluster.onDelivery = ({ type }) => {
    if (type !== 'snapshot-end' || ++snapshots > 1) return;
    for (let i = 0; i < 64; i++) a.live.write(fullKey(0, Buffer.from(`large ${i}`)), value, 0);
  };
  const b = cluster.add('b');
  cluster.until(() => b.live.state === 'serving');
  expect(snapshots).toBe(2);
  expect(b.live.get(fullKey(0, Buffer.from('large 63')))?.value).toHaveLength(value.length);
});
