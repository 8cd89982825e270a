import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { Child } from './support/child.js';
import { newDirectory } from './support/directories.js';

describe('one process at a time', () => {
  test('a directory held by a living process is refused with its pid, and free once that was killed', async () => {
    const dir = newDirectory();
    const child = new Child('holder.ts', dir);
    expect(await child.line()).toBe('open');
    await expect(openEmbeddedEngine({ dir })).rejects.toMatchObject({
      code: 'directory-in-use',
      message: expect.stringContaining(String(child.pid)),
    });
    await child.kill();
    const engine = await openEmbeddedEngine({ dir });
    expect(locks(dir)).toHaveLength(1);
    await engine.close();
    expect(locks(dir)).toEqual([]);
  });

  test('a second engine in the same process is refused, and takes over once the first is closed', async () => {
    const dir = newDirectory();
    const first = await openEmbeddedEngine({ dir });
    await expect(openEmbeddedEngine({ dir })).rejects.toMatchObject({ code: 'directory-in-use' });
    await first.close();
    await (await openEmbeddedEngine({ dir })).close();
  });

  test('of many that open at the same time, at most one gets the directory', async () => {
    const dir = newDirectory();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => openEmbeddedEngine({ dir })));
    const engines = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(engines.length).toBeLessThanOrEqual(1);
    for (const engine of engines) await engine.close();
    expect(locks(dir)).toEqual([]);
  });

  test('the lock of a pid that now belongs to another process is stale', async () => {
    const dir = newDirectory();
    writeFileSync(join(dir, `lock-${process.pid}-1.00000000-0123456789abcdef`), '');
    const engine = await openEmbeddedEngine({ dir });
    expect(locks(dir)).toHaveLength(1);
    await engine.close();
  });

  test('a directory with a longer name is another directory', async () => {
    const dir = newDirectory();
    const engines = [
      await openEmbeddedEngine({ dir: join(dir, 'doc') }),
      await openEmbeddedEngine({ dir: join(dir, 'doc2') }),
    ];
    for (const engine of engines) await engine.close();
  });
});

function locks(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.startsWith('lock-'));
}
