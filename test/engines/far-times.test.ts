import { expect, test } from '@jest/globals';
import type { Entry } from '../../src/core/model/entry.js';
import { HLC_LAST } from '../../src/core/model/hlc.js';
import { type EmbeddedEngine, openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { rangeOf } from '../core/support/ranges.js';
import { packed } from '../links/messages.js';
import { newDirectory } from './support/directories.js';
import { bytes, entry } from './support/entries.js';

const END = Number.MAX_SAFE_INTEGER;

function stamped(key: string, seq: number, hlc = END): Entry {
  return { ...entry(key, 'broken', seq), hlc };
}

/** Every way by which a version of Mneme without a door let such a row in. */
const WAYS: readonly (readonly [string, (engine: EmbeddedEngine, one: Entry) => void])[] = [
  ['a write', (engine, one) => engine.store('data').write(one)],
  ['an entry', (engine, one) => engine.store('data').put(one)],
  ['entries of a snapshot', (engine, one) => void engine.store('data').takePacked(packed([one]))],
  [
    'a range',
    (engine, one) => {
      const { origin, seq, key } = one;
      const range = rangeOf({ origin, from: seq - 1, upto: seq }, [{ seq, key, entry: one }]);
      engine.store('data').receive(range, null);
    },
  ],
];

test.each(WAYS)(
  'a directory into which %s stamped at the end of the clock came opens, tells, and takes writes',
  async (_way, put) => {
    for (const isCompacted of [false, true]) {
      const dir = newDirectory();
      const engine = await openEmbeddedEngine({ dir });
      engine.store('data').write(entry('sound', 'v', 1));
      engine.store('data').write(entry('key', 'before', 2));
      put(engine, stamped('key', 3));
      engine.observeClock(END);
      if (isCompacted) await engine.compact();
      await engine.close();

      const again = await openEmbeddedEngine({ dir });
      expect(again.openingNotes).toEqual([
        expect.stringContaining('left out 1 entries whose time is at the end of the clock'),
      ]);
      expect(again.clock).toBeLessThan(HLC_LAST);
      const store = again.store('data');
      expect(store.get(bytes('sound'))?.value).toEqual(bytes('v'));
      // Gone on every node alike, whether what it overrode is still in the journal or not.
      expect(store.get(bytes('key'))).toBeUndefined();
      store.write(entry('key', 'after', 4));
      await again.compact();
      await again.close();

      const last = await openEmbeddedEngine({ dir });
      expect(last.openingNotes).toEqual([]);
      expect(last.store('data').get(bytes('key'))?.value).toEqual(bytes('after'));
      await last.close();
    }
  },
);
