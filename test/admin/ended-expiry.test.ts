import { expect, test } from '@jest/globals';
import { withClient } from '../../src/admin/client/client.js';
import { BUCKETS } from '../../src/core/model/bytes.js';
import { openedNodes } from '../library/support/nodes.js';
import { RawClient } from '../resp/raw-client.js';

const open = openedNodes();

test('an expiry that was taken away counts as ended, since members forget it one after the other', async () => {
  const node = await open({ clients: true });
  const client = await RawClient.connect(Number(node.address!.split(':')[1]));
  for (const command of [
    ['HSET', 'kept', 'f', '1'],
    ['EXPIRE', 'kept', '1000'],
    ['HSET', 'taken', 'f', '1'],
    ['EXPIRE', 'taken', '1000'],
    ['PERSIST', 'taken'],
  ] as const)
    await client.call(...command);
  client.close();
  const found: [string, boolean][] = [];
  await withClient(node.address!, async (admin) => {
    for (let bucket = 0; bucket < BUCKETS; ) {
      const { buckets } = await admin.call('BUCKET', { buckets: Array.from({ length: 32 }, (_, i) => bucket + i) });
      for (const { entries } of buckets)
        for (const { keyBase64, part, ended = false } of entries)
          if (part?.kind === 'expiry') found.push([Buffer.from(keyBase64, 'base64').toString(), ended]);
      bucket += buckets.length;
    }
  });
  expect(found.sort()).toEqual([
    ['kept', false],
    ['taken', true],
  ]);
});
