import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EmbeddedEngine, openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { MemoryStorage } from '../core/support/memory-store.js';
import { type Call, callArbitrary } from './support/calls.js';
import { Child } from './support/child.js';
import { newDirectory } from './support/directories.js';
import { numberedEntry } from './support/entries.js';
import { stateOf } from './support/state.js';
import { IMAGES, type Image, type Step, WatchedDisk } from './support/watched-disk.js';

/** So small that a snapshot of a few entries is written in many slices. */
const SLICE_BYTES = 64;

describe('compaction beside running work', () => {
  test('the directory opens with the same state when calls went on between the slices of a snapshot', async () => {
    const calls = () => fc.array(callArbitrary(), { maxLength: 60 });
    const property = fc.asyncProperty(calls(), calls(), calls(), async (before, during, after) => {
      const { engine, model, disk, dir } = await start();
      perform(before, model, engine);
      const left = [...during];
      disk.onStep = (step) => {
        if (step === 'writeInPool') perform(left.splice(0, 3), model, engine);
      };
      await engine.compact();
      disk.onStep = () => {};
      perform([...left, ...after], model, engine);
      await engine.close();
      const reopened = await openEmbeddedEngine({ dir, reserveBytes: 0 });
      expect(stateOf(reopened)).toBe(stateOf(model));
      await reopened.close();
    });
    await fc.assert(property, { numRuns: 150 });
  });

  test('several compactions and reopenings in a row change nothing', async () => {
    const property = fc.asyncProperty(fc.array(fc.array(callArbitrary(), { maxLength: 20 })), async (rounds) => {
      const model = new MemoryStorage();
      const dir = newDirectory();
      for (const [index, calls] of rounds.entries()) {
        const engine = await openEmbeddedEngine({ dir, compactSliceBytes: SLICE_BYTES });
        expect(stateOf(engine)).toBe(stateOf(model));
        perform(calls, model, engine);
        if (index % 2 === 0) await engine.compact();
        await engine.close();
      }
    });
    await fc.assert(property, { numRuns: 30 });
  });
});

describe('a crash at any step', () => {
  test('kill -9 leaves all that was flushed, a power failure all that was synced, and nothing out of order', async () => {
    const property = fc.asyncProperty(fc.array(callArbitrary(), { minLength: 20, maxLength: 60 }), async (calls) => {
      const run = await runWithImages(calls);
      for (const { dir, atLeast, step } of run.images) {
        const engine = await openEmbeddedEngine({ dir, reserveBytes: 0 });
        const found = run.states.lastIndexOf(stateOf(engine));
        await engine.close();
        expect({ step, prefix: found >= atLeast ? 'whole' : `${found} of ${atLeast}` }).toEqual({
          step,
          prefix: 'whole',
        });
      }
    });
    await fc.assert(property, { numRuns: 4, endOnFailure: true });
  }, 120_000);
});

describe('a power failure right after a snapshot got its name', () => {
  test('what the snapshot read late is durable in the journal too', async () => {
    const { engine, model, disk } = await start();
    const image = join(newDirectory(), 'image');
    let seq = 0;
    let named = false;
    const states: string[] = [];
    disk.onStep = (step, name) => {
      if (named && !existsSync(image)) disk.imageTo(image, 'names');
      named ||= step === 'rename' && name.startsWith('snapshot');
      if (step !== 'writeInPool') return;
      seq++;
      for (const storage of [model, engine]) storage.store('data').write(numberedEntry(seq));
      states.push(stateOf(model));
    };
    for (const storage of [model, engine]) storage.setMeta('boot', 1);
    await engine.compact();
    await engine.close();
    const reopened = await openEmbeddedEngine({ reserveBytes: 0, dir: image });
    expect(states).toContain(stateOf(reopened));
    await reopened.close();
  });
});

describe('kill -9 of a process that writes', () => {
  test('every acknowledged write is there after reopening, also while compactions run', async () => {
    const dir = newDirectory();
    let last = 0;
    for (const round of [1, 2]) {
      const child = new Child('writer.ts', dir, String(last + 1), '7');
      let acknowledged = 0;
      while (acknowledged < last + 2000 * round) acknowledged = Number(await child.line());
      await child.kill();
      for (let line = await child.line(); line !== undefined; line = await child.line()) acknowledged = Number(line);
      const engine = await openEmbeddedEngine({ dir, reserveBytes: 0 });
      last = engine.store('data').vector.get(numberedEntry(1).origin);
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      expect(stateOf(engine)).toBe(stateAfter(last));
      await engine.close();
    }
  });
});

interface CrashImage {
  readonly dir: string;
  readonly step: string;
  /** How many calls it must hold. */
  readonly atLeast: number;
}

/** Performs calls with flushes, syncs and a compaction between them; takes the images of a crash before every step. */
async function runWithImages(calls: readonly Call[]): Promise<{ states: string[]; images: CrashImage[] }> {
  const { engine, model, disk } = await start();
  const states = [stateOf(model)];
  const images: CrashImage[] = [];
  const target = newDirectory();
  const done = { flushed: 0, synced: 0 };
  const take = (step: Step, name: string) => {
    for (const image of IMAGES) images.push(takeImage(image, step, name));
  };
  const takeImage = (image: Image, step: Step, name: string): CrashImage => {
    const dir = join(target, String(images.length));
    disk.imageTo(dir, image);
    return { dir, step: `${image} before ${step} ${name}`, atLeast: image === 'all' ? done.flushed : done.synced };
  };
  const next = async (count: number) => {
    for (const call of calls.slice(states.length - 1, states.length - 1 + count)) {
      perform([call], model, engine);
      states.push(stateOf(model));
    }
    const performed = states.length - 1;
    if (performed % 2 === 0) {
      engine.flush();
      done.flushed = performed;
    }
    if (performed % 3 === 0) {
      await engine.sync();
      done.synced = done.flushed = Math.max(performed, done.flushed);
    }
  };
  for (let i = 0; i < 5; i++) await next(1);
  disk.onStep = take;
  const compaction = engine.compact();
  let compacting = true;
  void compaction.finally(() => {
    compacting = false;
  });
  while (compacting) {
    await next(1);
    await new Promise(setImmediate);
  }
  await compaction;
  await next(calls.length);
  await engine.close();
  return { states, images };
}

async function start() {
  const disk = new WatchedDisk();
  const dir = newDirectory();
  const engine = await openEmbeddedEngine({ dir, disk, compactSliceBytes: SLICE_BYTES, reserveBytes: 0 });
  return { engine, model: new MemoryStorage(), disk, dir };
}

function perform(calls: readonly Call[], model: MemoryStorage, engine: EmbeddedEngine): void {
  for (const call of calls) for (const storage of [model, engine]) call.perform(storage);
}

function stateAfter(writes: number): string {
  const model = new MemoryStorage();
  for (let number = 1; number <= writes; number++) model.store('data').write(numberedEntry(number));
  return stateOf(model);
}
