import { expect, test } from '@jest/globals';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import type { Engine } from '../../src/engines/engine.js';
import { MemoryEngine } from '../../src/engines/memory/memory-engine.js';
import { engineConformance } from './conformance.js';
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
