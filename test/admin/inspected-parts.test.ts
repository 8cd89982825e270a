import { expect, test } from '@jest/globals';
import type { EntryFacts, EntryReply } from '../../src/admin/protocol/api.js';
import { entryInspect, judgeEntry } from '../../src/operations/entry/inspect.js';
import { openedNodes } from '../library/support/nodes.js';
import { RawClient } from '../resp/raw-client.js';

const open = openedNodes();

test('of a key that has no such part, the next step is to look at those that it has', async () => {
  const node = await open({ clients: true });
  const client = await RawClient.connect(Number(node.address!.split(':')[1]));
  await client.call('HSET', 'a cart', 'apple', '1');
  client.close();
  const look = (key: string, part: string) => entryInspect(node.address!, 0, Buffer.from(key), Buffer.from(part));
  expect(await look('a cart', 'apple')).toMatchObject({ state: 'in-sync', next: null });
  expect(await look('a cart', 'pear')).toMatchObject({
    state: 'unknown',
    verdict: 'No replica knows this part of the key.',
    next: "mneme entry inspect 'a cart'",
  });
  expect(await look('no cart', 'pear')).toMatchObject({ state: 'unknown', next: null });
});

test('a part that has ended with its key is no difference, though some replicas have collected it and others have not', () => {
  const vector = { seqs: { 'a.1': 5 }, floors: {} };
  const part: EntryFacts = {
    ...{ keyBase64: 'aA==', database: 0, part: { kind: 'field', nameBase64: 'Zg==' }, tombstone: false },
    ...{ hlc: 1, writtenMs: 1, origin: 'a.1', writer: 'a', seq: 5, expiryMs: 0 },
    ...{ valueBytes: 1, valueHash: 7, previewBase64: 'MQ==' },
  };
  const reply = (name: string, entry: EntryFacts | null): EntryReply => ({
    ...{ name, entry, live: false, vector, setAside: [] },
  });
  const replies = [reply('a', null), reply('b', { ...part, ended: true }), reply('c', { ...part, ended: true })];
  expect(judgeEntry(replies, undefined, 10)).toMatchObject({
    state: 'in-sync',
    verdict: expect.stringContaining('readers find nothing'),
  });
  expect(judgeEntry([reply('a', null), reply('b', part)], undefined, 10).state).toBe('different');
});
