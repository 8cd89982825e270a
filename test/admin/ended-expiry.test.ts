import { afterEach, expect, test } from '@jest/globals';
import { withClient } from '../../src/admin/client/client.js';
import { BUCKETS } from '../../src/core/model/bytes.js';
import { openedNodes } from '../library/support/nodes.js';
import { RawClient } from '../resp/raw-client.js';

const open = openedNodes();

test('an expiry that was taken away counts as ended, since members forget it one after the other', async () => {
  const { client, address } = await opened();
  for (const command of [
    ['HSET', 'kept', 'f', '1'],
    ['EXPIRE', 'kept', '1000'],
    ['HSET', 'taken', 'f', '1'],
    ['EXPIRE', 'taken', '1000'],
    ['PERSIST', 'taken'],
  ] as const)
    await client.call(...command);
  expect(await partsIn(address, 'expiry')).toEqual([
    ['kept', false],
    ['taken', true],
  ]);
});

test('what was added to a number that has expired counts as ended, since members forget it one after the other', async () => {
  const { client, address } = await opened();
  for (const command of [
    ['SET', 'kept', '5', 'EX', '1000'],
    ['INCR', 'kept'],
    ['SET', 'expired', '5'],
    ['INCR', 'expired'],
    ['PEXPIRE', 'expired', '20'],
  ] as const)
    await client.call(...command);
  while ((await client.call('EXISTS', 'expired')) !== ':0\r\n');
  expect(await partsIn(address, 'count')).toEqual([
    ['expired', true],
    ['kept', false],
  ]);
  await client.call('INCR', 'expired');
  expect(await partsIn(address, 'count')).toEqual([
    ['expired', false],
    ['kept', false],
  ]);
});

// ---

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function opened(): Promise<{ client: RawClient; address: string }> {
  const { address } = await open({ clients: true });
  const client = await RawClient.connect(Number(address!.split(':')[1]));
  clients.push(client);
  return { client, address: address! };
}

/** The keys that have parts of this kind, and whether those have ended. */
async function partsIn(address: string, kind: string): Promise<[string, boolean][]> {
  const found: [string, boolean][] = [];
  await withClient(address, async (admin) => {
    for (let bucket = 0; bucket < BUCKETS; ) {
      const { buckets } = await admin.call('BUCKET', { buckets: Array.from({ length: 32 }, (_, i) => bucket + i) });
      for (const { entries } of buckets)
        for (const { keyBase64, part, ended = false } of entries)
          if (part?.kind === kind) found.push([Buffer.from(keyBase64, 'base64').toString(), ended]);
      bucket += buckets.length;
    }
  });
  return found.sort();
}
