import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { ChangeLog } from '../../src/core/store/change-log.js';
import { openNode } from '../../src/exports/index.js';
import { until } from '../e2e/processes.js';
import { diskBytes, entryBytes, rowBytes, type Sizes } from './sizing.js';

const SIZES: Sizes[] = [
  { keyBytes: 20, valueBytes: 8, expires: false },
  { keyBytes: 37, valueBytes: 1000, expires: true },
  { keyBytes: 40, valueBytes: 70_000, expires: false },
];

test.each(SIZES)('entries of %j take the memory that the guide says', async (sizes) => {
  const node = await openNode({ memoryOnly: true, name: 'a', listen: false });
  const used = () => node.status().self.memory!.usedBytes;
  const empty = used();
  const count = sizes.valueBytes > 10_000 ? 2000 : 50_000;
  for (let i = 0; i < count; i++) void node.set(...write(sizes, i));
  const taken = (used() - empty) / count;
  await node.close();
  expect(taken / entryBytes(sizes)).toBeGreaterThan(0.9);
  expect(taken / entryBytes(sizes)).toBeLessThan(1.1);
});

test('a directory comes back below what the guide says, however often its entries are written', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mneme-sizing-'));
  const node = await openNode({ dir, name: 'a', listen: false });
  const [sizes, count] = [SIZES[1]!, 20_000];
  for (let round = 0; round < 6; round++) {
    let last = Promise.resolve();
    for (let i = 0; i < count; i++) last = node.set(...write(sizes, i));
    await last;
    await until('it is compacted', async () => node.status().self.diskBytes < diskBytes(sizes, count));
  }
  expect(node.status().self.diskBytes).toBeGreaterThan(count * sizes.valueBytes);
  await node.close();
  rmSync(dir, { recursive: true });
});

test.each([20, 37])(
  'rows of keys of %i bytes for a member that is away take the memory that the guide says',
  async (keyBytes) => {
    const log = new ChangeLog();
    const count = 200_000;
    const before = await bufferBytes();
    const key = Buffer.alloc(keyBytes);
    for (let i = 1; i <= count; i++) {
      key.write(keyOf(keyBytes, i));
      log.append('origin/1' as never, i, key);
    }
    const taken = ((await bufferBytes()) - before) / count;
    expect(log.length).toBe(count);
    expect(taken / rowBytes({ keyBytes })).toBeGreaterThan(0.7);
    expect(taken / rowBytes({ keyBytes })).toBeLessThan(1.2);
  },
);

// ---

function write({ keyBytes, valueBytes, expires }: Sizes, i: number): [string, string, { ttlMs?: number }] {
  return [keyOf(keyBytes, i), 'v'.repeat(valueBytes), expires ? { ttlMs: 3_600_000 } : {}];
}

function keyOf(keyBytes: number, i: number): string {
  return String(i).padStart(keyBytes, 'k');
}

/** Of what is in use: once nothing more is given back, which takes more than one collection. */
async function bufferBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let last = Number.NaN;
  await until('all is given back', async () => {
    collect();
    const before = last;
    last = process.memoryUsage().arrayBuffers;
    return last === before;
  });
  return last;
}
