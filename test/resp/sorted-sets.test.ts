import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SORTED_SETS } from './conversation-sorted-sets.js';
import { describeWithRedis } from './redis-beside.js';
import { SideBySide } from './side-by-side.js';

describeWithRedis(
  'sorted sets give the same bytes as redis-server (skipped where redis-server is not installed)',
  () => {
    let both: SideBySide;

    beforeAll(async () => {
      both = await SideBySide.start();
    });

    afterAll(() => both.stop());

    test.each([2, 3])('a conversation in RESP%i', async (protocol) => {
      expect(await both.differences(protocol, SORTED_SETS)).toEqual([]);
    });
  },
);
