import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isLockFile } from '../../src/engines/embedded/directory-lock.js';
import {
  type EmbeddedEngine,
  type EmbeddedEngineOptions,
  openEmbeddedEngine,
} from '../../src/engines/embedded/embedded-engine.js';
import { until } from '../links/recorder.js';
import { newDirectory } from './support/directories.js';
import { bytes, entry } from './support/entries.js';
import { ManualTimers } from './support/manual-timers.js';
import { IMAGES, type Step, WatchedDisk } from './support/watched-disk.js';

describe('a full disk', () => {
  test('the turn that meets it is written all the same, then there is room for little, and for all once the disk has it', async () => {
    const { engine, disk, dir } = await watched({ reserveBytes: 10_000 });
    fillUp(disk, dir);
    put(engine, 'kept', 1);
    await engine.sync();
    expect(engine.takes).toBe('little');
    expect(engine.troubles).toMatchObject([{ kind: 'read-only', next: `df -h ${dir}` }]);
    put(engine, 'small', 2);
    await engine.sync();
    disk.onStep = () => {};
    await until(() => engine.takes === 'all');
    expect(engine.troubles).toEqual([]);
    expect(existsSync(join(dir, 'reserve'))).toBe(true);
    await engine.close();
    expect(await keysIn(dir)).toEqual(['kept', 'small']);
  });

  test('the reserve is made again when somebody deletes it', async () => {
    const { engine, dir } = await watched({});
    rmSync(join(dir, 'reserve'));
    await until(() => existsSync(join(dir, 'reserve')) && engine.takes === 'all');
    await engine.close();
  });

  test('where nothing was kept free the changes wait in memory, and are written first once they can be', async () => {
    const { engine, disk, dir } = await watched({ reserveBytes: 0 });
    put(engine, 'before', 1);
    await engine.sync();
    fail(disk, 'write', 'ENOSPC');
    put(engine, 'waits', 2);
    expect(() => engine.flush()).toThrow('ENOSPC');
    await expect(engine.sync()).rejects.toMatchObject({ code: 'directory-unwritable', cause: { code: 'ENOSPC' } });
    put(engine, 'later', 3);
    expect(() => engine.flush()).toThrow('ENOSPC');
    expect([engine.takes, engine.durablePosition, engine.isMemoryAlone]).toEqual(['nothing', 1, false]);
    disk.onStep = () => {};
    await until(() => engine.takes === 'all');
    expect(await engine.sync()).toBe(3);
    await engine.close();
    expect(await keysIn(dir)).toEqual(['before', 'later', 'waits']);
    expect(readdirSync(dir)).toContain('journal-0000000001');
  });

  test('what waits in memory is bounded: beyond that everything is written anew', async () => {
    const { engine, disk, dir } = await watched({ reserveBytes: 0 });
    fail(disk, 'write', 'ENOSPC');
    for (let seq = 1; seq <= 200; seq++) engine.store('data').put(entry(`key ${seq % 10}`, Buffer.alloc(100_000), seq));
    expect([engine.takes, engine.isMemoryAlone]).toEqual(['nothing', true]);
    disk.onStep = () => {};
    await until(() => engine.takes === 'all');
    await engine.close();
    expect(await keysIn(dir)).toHaveLength(10);
  });

  test('what is closed while it waits is written if it can be by then, and said not to be otherwise', async () => {
    const { engine, disk, dir } = await watched({ reserveBytes: 0, careMs: 60_000 });
    fail(disk, 'write', 'ENOSPC');
    put(engine, 'waits', 1);
    expect(() => engine.flush()).toThrow('ENOSPC');
    disk.onStep = () => {};
    await engine.close();
    expect(await keysIn(dir)).toEqual(['waits']);

    const second = await watched({ reserveBytes: 0, careMs: 60_000 });
    fail(second.disk, 'write', 'ENOSPC');
    put(second.engine, 'lost', 1);
    await expect(second.engine.close()).rejects.toThrow('ENOSPC');
    expect(await keysIn(second.dir)).toEqual([]);
  });
});

describe('a sync that fails', () => {
  test('is never tried again on the same file: everything is written anew from memory', async () => {
    const { engine, disk, dir } = await watched({ careMs: 20 });
    put(engine, 'durable', 1);
    await engine.sync();
    const synced: string[] = [];
    let isBroken = false;
    disk.onStep = (step, name) => {
      if (step === 'sync' && isBroken) synced.push(name);
      if (step !== 'sync' || isBroken) return;
      isBroken = true;
      throw diskError('EIO', step);
    };
    put(engine, 'acknowledged', 2);
    engine.flush();
    await expect(engine.sync()).rejects.toMatchObject({ cause: { code: 'EIO' } });
    expect([engine.takes, engine.isMemoryAlone]).toEqual(['nothing', true]);
    put(engine, 'meanwhile', 3);
    expect(() => engine.flush()).toThrow('EIO');
    await until(() => engine.takes === 'all');
    expect(synced).not.toContain('journal-0000000001');
    put(engine, 'after', 4);
    expect(await engine.sync()).toBe(4);
    expect(readdirSync(dir).filter((name) => /^(journal|snapshot)/.test(name))).toEqual([
      'journal-0000000002',
      'snapshot-0000000002',
    ]);
    await engine.close();
    expect(await keysIn(dir)).toEqual(['acknowledged', 'after', 'durable', 'meanwhile']);
  });

  test.each<[Step, string]>([
    ['write', 'EIO'],
    ['write', 'EROFS'],
  ])('a %s that fails with %s is no reason to rely on the file either', async (step, code) => {
    const { engine, disk, dir } = await watched({});
    fail(disk, step, code);
    put(engine, 'key', 1);
    expect(() => engine.flush()).toThrow(code);
    expect(engine.isMemoryAlone).toBe(true);
    expect(engine.troubles).toMatchObject([{ kind: 'read-only', text: expect.stringContaining(code) }]);
    disk.onStep = () => {};
    await until(() => engine.takes === 'all');
    await engine.close();
    expect(await keysIn(dir)).toEqual(['key']);
  });

  test('a sync that does not come back makes it read-only until it does', async () => {
    const { engine, disk, dir } = await watched({ hangMs: 30, reserveBytes: 0 });
    const comeBack = hold(disk);
    put(engine, 'first', 1);
    await expect(engine.sync()).rejects.toThrow('does not answer');
    put(engine, 'waits', 2);
    expect(() => engine.flush()).toThrow('does not answer');
    expect([engine.takes, engine.isMemoryAlone]).toEqual(['nothing', false]);
    comeBack();
    await until(() => engine.takes === 'all');
    expect(await engine.sync()).toBe(2);
    await engine.close();
    expect(await keysIn(dir)).toEqual(['first', 'waits']);
  });
});

test('a process that stood still itself does not take that for a sync that hangs', async () => {
  const clock = new ManualTimers();
  const { engine, disk } = await watched({ hangMs: 5000, reserveBytes: 0, timers: clock });
  const comeBack = hold(disk);
  put(engine, 'key', 1);
  const synced = engine.sync();
  synced.catch(() => {});
  await clock.pass(400);
  // It is frozen for 20 s: every timer is due at once, and the sync, which has come back meanwhile, is told of after them.
  await clock.jump(20_000);
  comeBack();
  expect(await synced).toBe(1);
  expect(engine.troubles).toEqual([]);

  const end = hold(disk);
  put(engine, 'other', 2);
  const late = engine.sync();
  const refused = expect(late).rejects.toThrow('does not answer');
  await clock.pass(6000);
  await refused;
  end();
  await until(() => engine.takes === 'all');
  await engine.close();
});

describe('writing anew', () => {
  test('a failure at any step is tried again, and a crash at any step leaves all that was durable', async () => {
    let steps = Number.POSITIVE_INFINITY;
    for (let failAt = 1; failAt <= steps; failAt++) {
      const { engine, disk, dir } = await watched({ reserveBytes: 0 });
      put(engine, 'durable', 1);
      await engine.sync();
      let count = 0;
      const images: string[] = [];
      disk.onStep = (step) => {
        if (step === 'close' || step === 'remove') return;
        count++;
        for (const image of failAt === 1 ? IMAGES : []) {
          const to = join(newDirectory(), 'image');
          disk.imageTo(to, image);
          images.push(to);
        }
        if (count === 1 || count === failAt + 1) throw diskError('EIO', step);
      };
      put(engine, 'acknowledged', 2);
      expect(() => engine.flush()).toThrow('EIO');
      await until(() => engine.takes === 'all');
      disk.onStep = () => {};
      if (failAt === 1) steps = count - 1;
      await engine.close();
      expect(await keysIn(dir)).toEqual(['acknowledged', 'durable']);
      for (const image of images) expect(await keysIn(image)).toContain('durable');
      expect(readdirSync(dir).filter((name) => name.endsWith('.partial'))).toEqual([]);
    }
    expect(steps).toBeGreaterThan(5);
  });

  test('changes made while it runs are in it, however many', async () => {
    const { engine, disk, dir } = await watched({ compactSliceBytes: 2_000 });
    for (let seq = 1; seq <= 200; seq++) put(engine, `old ${seq}`, seq);
    await engine.sync();
    let seq = 200;
    fail(disk, 'write', 'EIO');
    put(engine, 'breaks it', ++seq);
    expect(() => engine.flush()).toThrow('EIO');
    disk.onStep = (step, name) => {
      if (step === 'writeInPool' && name.startsWith('snapshot') && seq < 300) {
        engine.store('data').put(entry(`large ${++seq}`, Buffer.alloc(100_000), seq));
      }
    };
    await until(() => engine.takes === 'all');
    await engine.close();
    expect(seq).toBeGreaterThan(210);
    expect(await keysIn(dir)).toHaveLength(seq);
  });
});

describe('a directory that vanishes while the engine runs', () => {
  test('is missed, and once it is there again everything is written to it anew', async () => {
    const { engine, dir } = await watched({});
    put(engine, 'key', 1);
    await engine.sync();
    rmSync(dir, { recursive: true });
    await until(() => engine.troubles[0]?.next?.startsWith('mkdir') === true);
    expect(engine.troubles).toMatchObject([{ text: expect.stringContaining('is gone'), next: `mkdir -m 700 ${dir}` }]);
    expect(engine.isMemoryAlone).toBe(true);
    expect(existsSync(dir)).toBe(false);
    mkdirSync(dir);
    await until(() => engine.takes === 'all');
    await expect(openEmbeddedEngine({ dir })).rejects.toMatchObject({ code: 'directory-in-use' });
    await engine.close();
    expect(await keysIn(dir)).toEqual(['key']);
  });

  test('another directory with data in its place is left alone', async () => {
    const other = await watched({});
    put(other.engine, 'theirs', 1);
    await other.engine.close();
    const { engine, dir } = await watched({});
    put(engine, 'ours', 1);
    await engine.sync();
    renameSync(dir, `${dir}.away`);
    renameSync(other.dir, dir);
    await until(() => engine.troubles[0]?.text.includes('another directory') === true);
    renameSync(dir, other.dir);
    renameSync(`${dir}.away`, dir);
    await until(() => engine.takes === 'all');
    await engine.close();
    expect([await keysIn(dir), await keysIn(other.dir)]).toEqual([['ours'], ['theirs']]);
  });

  test('another directory that comes to its place at any moment gets no lock of it, which would keep its own node out', async () => {
    const other = await watched({});
    await other.engine.close();
    const { engine, dir, disk } = await watched({});
    const identity = disk.identity.bind(disk);
    let hasSwapped = false;
    disk.identity = async (path) => {
      const found = await identity(path);
      // Right after the engine has found everything in its place.
      if (!hasSwapped && path !== dir) {
        hasSwapped = true;
        renameSync(dir, `${dir}.away`);
        renameSync(other.dir, dir);
      }
      return found;
    };
    await until(() => engine.takes === 'nothing');
    expect(readdirSync(dir).filter(isLockFile)).toEqual([]);
    renameSync(dir, other.dir);
    renameSync(`${dir}.away`, dir);
    await until(() => engine.takes === 'all');
    await engine.close();
  });

  test('a journal that was deleted is missed too', async () => {
    const { engine, dir } = await watched({});
    put(engine, 'key', 1);
    await engine.sync();
    rmSync(join(dir, 'journal-0000000001'));
    await until(() => existsSync(join(dir, 'snapshot-0000000002')) && engine.takes === 'all');
    await engine.close();
    expect(await keysIn(dir)).toEqual(['key']);
  });
});

describe('a compaction that fails', () => {
  test('at any step: it is told, the journal goes on, and the directory opens with all that was flushed', async () => {
    for (let failAt = 1, done = false; !done; failAt++) {
      const { engine, disk, dir } = await watched({ reserveBytes: 0, careMs: 60_000 });
      put(engine, 'before', 1);
      engine.flush();
      let count = 0;
      disk.onStep = (step) => {
        if (step !== 'close' && step !== 'remove' && ++count === failAt) throw diskError('ENOSPC', step);
      };
      const result = await engine.compact().then(
        () => 'done',
        (error: Error) => error,
      );
      disk.onStep = () => {};
      done = result === 'done';
      put(engine, 'after', 2);
      if (engine.takes === 'all') {
        engine.flush();
        expect(engine.troubles.map(({ kind }) => kind)).toEqual(done ? [] : ['compaction']);
        await engine.close();
        expect(await keysIn(dir)).toEqual(['after', 'before']);
      } else {
        // It was a sync of the journal itself.
        await engine.close().catch(() => {});
        expect(await keysIn(dir)).toContain('before');
      }
      expect(readdirSync(dir).filter((name) => name.endsWith('.partial'))).toEqual([]);
    }
  });

  test('for want of descriptors: it goes on with the next one', async () => {
    const { engine, disk, dir } = await watched({ reserveBytes: 0 });
    put(engine, 'key', 1);
    fail(disk, 'create', 'EMFILE');
    await expect(engine.compact()).rejects.toThrow('EMFILE');
    expect(engine.takes).toBe('all');
    disk.onStep = () => {};
    await engine.compact();
    expect(engine.troubles).toEqual([]);
    await engine.close();
    expect(await keysIn(dir)).toEqual(['key']);
  });
});

test('an opening whose syncs fail serves what it read, takes nothing, and writes all of it anew once they do not', async () => {
  const { engine, dir } = await watched({});
  put(engine, 'key', 1);
  await engine.close();
  const disk = new WatchedDisk();
  const synced: string[] = [];
  disk.onStep = (step, name) => {
    if (step === 'sync') synced.push(name);
    if (step === 'sync' || step === 'syncDirectory') throw diskError('EIO', step);
  };
  const opened = await openEmbeddedEngine({ dir, disk, careMs: 10 });
  expect([opened.takes, opened.isMemoryAlone]).toEqual(['nothing', true]);
  expect(opened.troubles).toMatchObject([{ kind: 'read-only', text: expect.stringContaining('EIO') }]);
  expect(opened.store('data').get(bytes('key'))).toBeDefined();
  put(opened, 'waits', 2);
  expect(() => opened.flush()).toThrow('EIO');
  await until(() => synced.length > 2);
  expect(synced.slice(1)).not.toContain('journal-0000000001');
  disk.onStep = () => {};
  await until(() => opened.takes === 'all');
  expect(await opened.sync()).toBe(opened.position);
  await opened.close();
  expect(await keysIn(dir)).toEqual(['key', 'waits']);
});

test('an opening that finds no room in an empty directory leaves nothing, and one that finds data opens read-only', async () => {
  const dir = join(newDirectory(), 'made');
  const disk = new WatchedDisk();
  fail(disk, 'writeInPool', 'ENOSPC');
  await expect(openEmbeddedEngine({ dir, disk })).rejects.toMatchObject({ code: 'directory-unwritable' });
  expect(existsSync(dir)).toBe(false);
  const { engine, dir: full } = await watched({ reserveBytes: 0 });
  put(engine, 'key', 1);
  await engine.close();
  const opened = await openEmbeddedEngine({ dir: full, disk, careMs: 10 });
  expect(opened.takes).toBe('little');
  expect(opened.store('data').get(bytes('key'))).toBeDefined();
  disk.onStep = () => {};
  await until(() => opened.takes === 'all');
  await opened.close();
});

test('a renewal whose journal has no name yet is completed by the opening', async () => {
  const { engine, dir } = await watched({});
  put(engine, 'key', 1);
  await engine.compact();
  await engine.close();
  renameSync(join(dir, 'journal-0000000002'), join(dir, 'journal-0000000002.partial'));
  writeFileSync(join(dir, 'snapshot-0000000003.partial'), 'left over');
  expect(await keysIn(dir)).toEqual(['key']);
});

// ---------------------------------------------------------------------------------------------------------------------

async function watched(options: Omit<EmbeddedEngineOptions, 'dir'>) {
  const disk = new WatchedDisk();
  const dir = newDirectory();
  const engine = await openEmbeddedEngine({ dir, disk, careMs: 5, ...options });
  return { engine, disk, dir };
}

function put(engine: EmbeddedEngine, key: string, seq: number): void {
  engine.store('data').put(entry(key, 'value', seq));
}

function fail(disk: WatchedDisk, failing: Step, code: string): void {
  disk.onStep = (step) => {
    if (step === failing) throw diskError(code, step);
  };
}

/** No byte more, but for what the reserve gives back; nor can the reserve be taken again. */
function fillUp(disk: WatchedDisk, dir: string): void {
  disk.onStep = (step, name) => {
    const hasReserve = existsSync(join(dir, 'reserve'));
    if ((step === 'write' && hasReserve) || (step === 'create' && name === 'reserve')) throw diskError('ENOSPC', step);
  };
}

/** What a fresh opening of the directory finds. */
async function keysIn(dir: string): Promise<string[]> {
  const engine = await openEmbeddedEngine({ dir, reserveBytes: 0 });
  const keys: string[] = [];
  for (let bucket = 0; bucket < 4096; bucket++) {
    for (const { key } of engine.store('data').bucket(bucket)) keys.push(Buffer.from(key).toString());
  }
  await engine.close();
  return keys.sort();
}

function diskError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: the disk is made to fail, ${syscall}`), { code, syscall });
}

/** From now on a sync does not come back before what this returns is called. */
function hold(disk: WatchedDisk): () => void {
  let comeBack = (): void => {};
  disk.holdSync = new Promise((resolve) => {
    comeBack = resolve;
  });
  return () => {
    disk.holdSync = undefined;
    comeBack();
  };
}
