import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { EmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { openDirectory } from '../../src/engines/embedded/opening.js';
import { SimFiles } from '../sim/files.js';
import { Prng } from '../sim/prng.js';
import { bytes, entry } from './support/entries.js';

const DIR = '/data';
const LOCK = {
  isHeld: true,
  renew: () => {},
  withdraw: () => {},
  moveTo: async () => {},
  release: () => {},
  removeMade: () => {},
};
/** What a power cut leaves is a matter of chance. */
const CHANCES = [1, 2, 3, 4, 5, 6, 7, 8];

describe('what a killed process left in the memory of the system alone is durable once the directory is open', () => {
  test.each(CHANCES)('a journal that has its name, but not for good (%d)', async (chance) => {
    const files = new StickingFiles();
    const killed = await opened(files);
    files.sticks = true;
    void killed.compact();
    for (let i = 0; i < 100 && files.sizeOf(`${DIR}/journal-0000000002`) === null; i++) await turn();
    files.killProcess();
    files.sticks = false;
    await write(await opened(files), 'key');
    files.losePower(new Prng(chance));
    expect(await keysOf(files)).toEqual(['key']);
  });

  test.each(CHANCES)('a write whose sync has failed, and which is read back (%d)', async (chance) => {
    const files = new SimFiles();
    const killed = await opened(files);
    files.fail('lossy');
    await expect(write(killed, 'lost')).rejects.toThrow('EIO');
    files.killProcess();
    files.mend();
    await write(await opened(files), 'key');
    files.losePower(new Prng(chance));
    expect(await keysOf(files)).toEqual(['key', 'lost']);
  });
});

/** Names do not become durable while it sticks. */
class StickingFiles extends SimFiles {
  sticks = false;

  override syncDirectory(): Promise<void> {
    return this.sticks ? new Promise(() => {}) : super.syncDirectory();
  }
}

async function opened(files: SimFiles): Promise<EmbeddedEngine> {
  return new EmbeddedEngine({ dir: DIR }, files, LOCK, await openDirectory(DIR, files));
}

async function write(engine: EmbeddedEngine, key: string): Promise<void> {
  const store = engine.store('data');
  const { vector } = store;
  store.write(entry(key, 'value', 1 + [...vector.seqs.values()].reduce((sum, seq) => sum + seq, 0)));
  await engine.sync();
}

async function keysOf(files: SimFiles): Promise<string[]> {
  const store = (await opened(files)).store('data');
  return ['key', 'lost'].filter((key) => store.get(bytes(key)) !== undefined);
}
