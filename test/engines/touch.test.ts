import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { touched } from '../../src/core/entry.js';
import { EXPIRY_MAX } from '../../src/core/expiry.js';
import type { Store } from '../../src/core/store.js';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { bytes, entry, ORIGIN } from './support/entries.js';

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
    const { value } = store.get(bytes('large'))!;
    for (let i = 2; i <= TOUCHES; i++) {
      touch(store, 'large', i, 2 ** 42 + i);
    }
    expect(store.get(bytes('large'))!.value!.buffer).toBe(value!.buffer);
    expect(store.memoryBytes).toBeLessThan(1.5 * VALUE_BYTES + 1_000_000);
    expect(store.liveCount()).toBe(1);
    await engine.close();
  });
});
