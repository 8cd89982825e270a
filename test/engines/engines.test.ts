import { expect, test } from '@jest/globals';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import type { Engine } from '../../src/engines/engine.js';
import { MemoryEngine } from '../../src/engines/memory/memory-engine.js';
import { WatchedStorage } from '../../src/engines/redis/watched-store.js';
import { engineConformance } from './conformance.js';
import { storeConformance } from './store-conformance.js';
import { newDirectory } from './support/directories.js';
import { bytes, entry } from './support/entries.js';

const directories = new WeakMap<Engine, string>();

engineConformance('memory', { create: async () => new MemoryEngine(), reopen: null });

engineConformance('embedded', {
  create: () => openIn(newDirectory()),
  reopen: async (engine) => {
    await engine.close();
    return openIn(directories.get(engine)!);
  },
});

const unwatched = { before: () => {}, lost: () => {}, together: <T>(work: () => T) => work() };

storeConformance('watched', {
  create: async () => new WatchedStorage(new MemoryEngine(), unwatched),
  reopen: null,
  close: async () => {},
});

test('an engine takes reservations; where each write has to be seen, there are none to be had', () => {
  const engine = new MemoryEngine();
  expect([engine.takesReservations, new WatchedStorage(engine, unwatched).takesReservations]).toEqual([true, false]);
});

test('a memory-only engine keeps nothing and waits for nothing', async () => {
  const engine = new MemoryEngine();
  engine.store('data').write(entry('key', 'value', 1));
  engine.flush();
  expect([await engine.sync(), engine.position, engine.durablePosition, engine.diskBytes]).toEqual([0, 0, 0, 0]);
  expect(engine.openingNotes).toEqual([]);
  expect(engine.store('data').get(bytes('key'))).toBeDefined();
  await engine.close();
});

async function openIn(dir: string): Promise<Engine> {
  const engine = await openEmbeddedEngine({ dir });
  directories.set(engine, dir);
  return engine;
}
