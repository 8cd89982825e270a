import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '../../src/core/model/errors.js';
import { hasData, openEmbeddedEngine, setAsideData } from '../../src/engines/embedded/embedded-engine.js';
import { rangeOf } from '../core/support/ranges.js';
import { newDirectory } from './support/directories.js';
import { bytes, entry, ORIGIN } from './support/entries.js';
import { WatchedDisk } from './support/watched-disk.js';

describe('flush and sync', () => {
  test('a turn of writes is one frame, little more than its keys and values', async () => {
    const { engine, steps } = await watched();
    const before = engine.diskBytes;
    for (let seq = 1; seq <= 1000; seq++) {
      engine.store('data').write(entry(String(seq).padStart(16, '0'), Buffer.alloc(100), seq));
    }
    engine.flush();
    expect(steps).toEqual(['write journal-0000000001']);
    expect((engine.diskBytes - before) / 1000).toBeLessThan(116 + 16);
    await engine.close();
  });

  test('calls that change nothing are neither counted nor written', async () => {
    const { engine, steps } = await watched();
    const store = engine.store('data');
    store.write(entry('key', 'value', 5));
    store.trim(ORIGIN, 3);
    store.retire('00000000000000bb', 1);
    engine.observeClock(engine.clock + 1);
    engine.flush();
    const { position } = engine;
    store.drop(bytes('other'));
    store.trim(ORIGIN, 3);
    store.retire('00000000000000bb', 1);
    engine.observeClock(engine.clock);
    engine.flush();
    expect(engine.position).toBe(position);
    expect(steps).toHaveLength(1);
    await engine.close();
  });

  test('syncs asked for while one runs share the next one', async () => {
    const { engine, steps } = await watched();
    engine.store('data').write(entry('a', 'value', 1));
    const first = engine.sync();
    engine.store('data').write(entry('b', 'value', 2));
    const shared = [engine.sync(), engine.sync(), engine.sync()];
    expect(await first).toBe(1);
    expect(await Promise.all(shared)).toEqual([2, 2, 2]);
    expect(steps.filter((step) => step.startsWith('sync '))).toHaveLength(2);
    expect(await engine.sync()).toBe(2);
    expect(steps.filter((step) => step.startsWith('sync '))).toHaveLength(2);
    await engine.close();
  });

  test('a range is in one frame with the vector that covers it, however large it is', async () => {
    const { engine, steps } = await watched();
    const store = engine.store('data');
    const entries = Array.from({ length: 100 }, (_, i) => entry(`key${i}`, Buffer.alloc(100_000), i + 1));
    const rows = entries.map((one) => ({ seq: one.seq, key: one.key, entry: one }));
    store.receive(rangeOf({ origin: ORIGIN, from: 0, upto: 100 }, rows), null);
    expect(steps).toHaveLength(1);
    await engine.close();
  });

  test('changes that nobody flushes are written before they fill the memory', async () => {
    const { engine, steps } = await watched();
    for (let seq = 1; seq <= 100; seq++) engine.store('data').write(entry('key', Buffer.alloc(100_000), seq));
    expect(steps).toHaveLength(2);
    await engine.close();
  });

  test('after close, changes are refused and closing again does nothing', async () => {
    const { engine } = await watched();
    await engine.close();
    await engine.close();
    expect(() => engine.flush()).toThrow(InvariantError);
    await expect(engine.sync()).rejects.toThrow(InvariantError);
    await expect(engine.compact()).rejects.toThrow(InvariantError);
  });
});

describe('a directory that cannot be', () => {
  test.each(['below a file', '/proc/mneme'])('a directory that cannot be made (%s) is unwritable', async (place) => {
    const file = join(newDirectory(), 'file');
    writeFileSync(file, '');
    const dir = place.startsWith('/') ? place : join(file, 'dir');
    await expect(openEmbeddedEngine({ dir })).rejects.toMatchObject({
      code: 'directory-unwritable',
      message: expect.stringContaining(dir),
    });
  });
});

describe('disk use', () => {
  test('writing the same keys over and over keeps the directory bounded', async () => {
    const dir = newDirectory();
    const engine = await openEmbeddedEngine({ dir, compactBytesMin: 50_000, reserveBytes: 0 });
    for (let seq = 1; seq <= 20_000; seq++) {
      engine.store('data').put(entry(`key ${seq % 50}`, Buffer.alloc(100), seq));
      if (seq % 100 === 0) await engine.sync();
    }
    // The first may join one that runs since before the last writes.
    await engine.compact();
    await engine.compact();
    expect(engine.diskBytes).toBeLessThan(100_000);
    await engine.close();
    expect(sizeOf(dir)).toBeLessThan(100_000);
  });

  test('deleting most entries gives their space back', async () => {
    const { engine, dir } = await watched(20_000);
    for (let seq = 1; seq <= 100; seq++) engine.store('data').put(entry(`key ${seq}`, Buffer.alloc(1000), seq));
    engine.flush();
    await engine.compact();
    expect(engine.diskBytes).toBeGreaterThan(100_000);
    for (let seq = 1; seq <= 100; seq++) engine.store('data').drop(bytes(`key ${seq}`));
    engine.flush();
    await engine.compact();
    await engine.compact();
    expect(engine.diskBytes).toBeLessThan(1000);
    expect(sizeOf(dir)).toBe(engine.diskBytes);
    await engine.close();
  });

  test('what the engine says it uses is what the directory holds', async () => {
    const { engine, dir } = await watched();
    engine.store('data').put(entry('key', Buffer.alloc(1000), 1));
    engine.flush();
    expect(engine.diskBytes).toBe(sizeOf(dir));
    await engine.compact();
    expect(engine.diskBytes).toBe(sizeOf(dir));
    await engine.close();
    const reopened = await openEmbeddedEngine({ dir, reserveBytes: 0 });
    expect(reopened.diskBytes).toBe(sizeOf(dir));
    await reopened.close();
  });
});

describe('set-aside', () => {
  test('everything moves into a dated folder, and the directory is as good as new', async () => {
    const dir = newDirectory();
    expect(hasData(join(dir, 'missing'))).toBe(false);
    expect(hasData(dir)).toBe(false);
    await fill(dir);
    expect(hasData(dir)).toBe(true);
    writeFileSync(join(dir, 'notes.txt'), 'mine');

    const now = new Date(Date.UTC(2024, 1, 29, 23, 5, 9));
    const folder = await setAsideData(dir, now);
    expect(basename(folder)).toBe('set-aside-20240229-230509');
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(dir)).toEqual([basename(folder)]);
    expect(hasData(dir)).toBe(false);
    expect(hasData(folder)).toBe(true);

    await fill(dir);
    expect(basename(await setAsideData(dir, now))).toBe('set-aside-20240229-230509-2');
    const old = await openEmbeddedEngine({ dir: folder });
    expect(old.store('data').get(bytes('key'))).toBeDefined();
    await old.close();
  });

  test('a directory in use is left alone', async () => {
    const { engine, dir } = await watched();
    await expect(setAsideData(dir)).rejects.toMatchObject({ code: 'directory-in-use' });
    expect(hasData(dir)).toBe(true);
    await engine.close();
  });
});

// ---------------------------------------------------------------------------------------------------------------------

/** A new engine on a disk whose steps from here on are listed. */
async function watched(compactBytesMin = 1 << 24) {
  const disk = new WatchedDisk();
  const dir = newDirectory();
  const engine = await openEmbeddedEngine({ dir, disk, compactBytesMin, reserveBytes: 0 });
  const steps: string[] = [];
  disk.onStep = (step, name) => steps.push(`${step} ${name}`);
  return { engine, disk, dir, steps };
}

async function fill(dir: string): Promise<void> {
  const engine = await openEmbeddedEngine({ dir });
  engine.store('data').put(entry('key', 'value', 1));
  await engine.close();
}

function sizeOf(dir: string): number {
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}
