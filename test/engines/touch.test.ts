import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stubOf, touched } from '../../src/core/model/entry.js';
import { EXPIRY_MAX } from '../../src/core/model/expiry.js';
import type { Store } from '../../src/core/store/store.js';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { FarTimes } from '../../src/engines/embedded/far-times.js';
import { FRAME_HEADER_BYTES } from '../../src/engines/embedded/frames.js';
import { FLAG, RECORD, RecordWriter } from '../../src/engines/embedded/record-writer.js';
import { Replay } from '../../src/engines/embedded/replay.js';
import { SlabStorage } from '../../src/engines/embedded/slab/slab-storage.js';
import { bytes, entry, ORIGIN } from './support/entries.js';
import { entryText, storeState } from './support/state.js';

const VALUE_BYTES = 1_000_000;
const TOUCHES = 300;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mneme-touch-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

function touch(store: Store, key: string, seq: number, expiryMs: number): void {
  store.touch(touched(store.get(bytes(key))!, { hlc: 10 * seq, origin: ORIGIN, seq }, expiryMs));
}

describe('a change of the expiry alone', () => {
  test('costs the journal a few bytes, however large the value, and survives a reopening', async () => {
    const engine = await openEmbeddedEngine({ dir });
    const store = engine.store('data');
    store.write(entry('large', 'v'.repeat(VALUE_BYTES), 1));
    for (let i = 2; i <= TOUCHES; i++) {
      touch(store, 'large', i, 2 ** 42 + i);
    }
    const written = store.get(bytes('large'))!;
    expect(engine.diskBytes).toBeLessThan(1.1 * VALUE_BYTES);
    await engine.close();
    const again = await openEmbeddedEngine({ dir });
    const read = again.store('data').get(bytes('large'))!;
    expect({ ...read, value: read.value!.length }).toEqual({ ...written, value: VALUE_BYTES });
    expect([read.expiryMs, again.store('data').vector.get(ORIGIN)]).toEqual([2 ** 42 + TOUCHES, TOUCHES]);
    await again.close();
  });

  test('is nothing to another value, and survives beside one that was evicted', async () => {
    const engine = await openEmbeddedEngine({ dir });
    const store = engine.store('data');
    store.write(entry('k', 'v', 1));
    touch(store, 'k', 2, 2 ** 42);
    store.put(stubOf(store.get(bytes('k'))!));
    store.write(entry('other', 'v', 3));
    touch(store, 'other', 4, 2 ** 42);
    store.write(entry('other', 'w', 5));
    const state = storeState(store);
    await engine.close();
    const again = await openEmbeddedEngine({ dir });
    expect(storeState(again.store('data'))).toEqual(state);
    expect(again.store('data').get(bytes('k'))).toMatchObject({ evicted: true, touch: { seq: 2 } });
    await again.close();
  });

  test('as an older version wrote it is read as the write of a value that it was', () => {
    const storage = new SlabStorage();
    const payload = (write: (writer: RecordWriter) => void): Buffer => {
      const writer = new RecordWriter();
      write(writer);
      return writer.seal({ version: 2, salt: 0, size: 0, synced: 0 }).subarray(FRAME_HEADER_BYTES);
    };
    const replay = new Replay(storage, new FarTimes());
    replay.apply(payload((writer) => writer.write('data', entry('k', 'v', 1))));
    // The number of the name, the number of the write, its HLC in seven bytes, the length of the key, the key.
    replay.apply(Buffer.from([RECORD.rewrite | FLAG.data, 0, 2, 0, 32, 0, 0, 0, 0, 0, 1, 0x6b]));
    const read = storage.store('data').get(bytes('k'))!;
    expect(entryText(read)).toBe(entryText(entry('k', 'v', 2, { hlc: 8192 })));
    expect(storage.store('data').vector.get(ORIGIN)).toBe(2);
  });

  test('takes the farthest expiry that there is', async () => {
    const engine = await openEmbeddedEngine({ dir });
    const store = engine.store('data');
    store.write(entry('k', 'v', 1));
    touch(store, 'k', 2, EXPIRY_MAX);
    await engine.close();
    const again = await openEmbeddedEngine({ dir });
    expect(again.store('data').get(bytes('k'))?.expiryMs).toBe(EXPIRY_MAX);
    await again.close();
  });

  test('leaves a value that was read before as it was, and takes no further memory for it', async () => {
    const engine = await openEmbeddedEngine({ dir });
    const store = engine.store('data');
    store.write({ ...entry('large', 'v'.repeat(VALUE_BYTES), 1), expiryMs: 2 ** 42 });
    // The first touch needs room of its own.
    touch(store, 'large', 2, 2 ** 42 + 2);
    const { value } = store.get(bytes('large'))!;
    for (let i = 3; i <= TOUCHES; i++) {
      touch(store, 'large', i, 2 ** 42 + i);
    }
    expect(store.get(bytes('large'))!.value!.buffer).toBe(value!.buffer);
    expect(store.memoryBytes).toBeLessThan(1.5 * VALUE_BYTES + 1_000_000);
    expect(store.liveCount()).toBe(1);
    await engine.close();
  });
});
