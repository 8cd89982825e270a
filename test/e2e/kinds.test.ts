import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HASHES } from '../resp/conversation-hashes.js';
import { KINDS } from '../resp/conversation-kinds.js';
import { SETS } from '../resp/conversation-sets.js';
import { SORTED_SETS } from '../resp/conversation-sorted-sets.js';
import { itemsOf, RawClient } from '../resp/raw-client.js';
import { describeWithRedis } from '../resp/redis-beside.js';
import { SideBySide } from '../resp/side-by-side.js';
import { NodeProcess } from './processes.js';

describeWithRedis(
  'a node keeps hashes, sets and sorted sets as redis-server does (skipped where that is not installed)',
  () => {
    const node = new NodeProcess('a', '');
    let both: SideBySide;

    beforeAll(async () => {
      await node.start();
      const port = Number(node.address.slice(node.address.lastIndexOf(':') + 1));
      both = await SideBySide.with(
        () => RawClient.connect(port),
        async () => void (await node.kill()),
      );
    }, 30_000);

    afterAll(() => both.stop());

    test.each([
      ['hashes', HASHES, asItIs],
      ['sets', SETS, withoutOrder],
      ['sorted sets', SORTED_SETS, withoutOrder],
      ['all kinds', KINDS, asItIs],
    ])(
      'a conversation of %s',
      async (_what, steps, told) => {
        for (const protocol of [2, 3]) expect(await both.differences(protocol, steps, told)).toEqual([]);
      },
      60_000,
    );
  },
);

function asItIs(reply: string): string {
  return reply;
}

/** The order of a set says nothing. */
function withoutOrder(reply: string): string {
  if (!'*~'.includes(reply[0]!)) return reply;
  return reply.slice(0, reply.indexOf('\r\n')) + itemsOf(reply).map(withoutOrder).sort();
}
