import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { withClient } from '../../src/admin/client/client.js';
import { adminHandler } from '../../src/admin/server/server.js';
import { BUCKETS } from '../../src/core/model/bytes.js';
import { type RunningNode, startNode } from '../../src/node/run.js';
import { entryExport } from '../../src/operations/entry/export.js';

const MIB = 1024 * 1024;

describe('entries with long values', () => {
  let running: RunningNode;
  const values = new Map<string, Buffer>();

  beforeEach(async () => {
    running = await startNode(
      { name: 'a', listen: '127.0.0.1:0', dir: null, allowDrills: false, fsyncAlways: false, log: () => {} },
      adminHandler,
    );
    await running.inSync;
    values.clear();
    for (let i = 0; i < 300; i++) values.set(`short ${i}`, Buffer.from(`${i}`));
    for (let i = 0; i < 4; i++) values.set(`long ${i}`, Buffer.alloc(3 * MIB, `${i}`));
    values.set('longest', Buffer.alloc(12 * MIB, 'x'));
    for (const [key, value] of values) running.node.core.write(Buffer.from(`\0${key}`), value, 0);
    running.node.schedule();
  });

  afterEach(() => running.stop());

  test('come in pages that are bounded by bytes, and an export has all of them', async () => {
    const seen: string[] = [];
    await withClient(running.address, async (client) => {
      for (let cursor: number | null = 0; cursor !== null; ) {
        const page: { entries: { keyBase64: string; valueBase64?: string }[]; cursor: number | null } =
          await client.call('LIST', { database: 0, cursor, limit: 1000, values: true });
        const bytes = page.entries.reduce((sum, { valueBase64 = '' }) => sum + valueBase64.length, 0);
        expect(bytes).toBeLessThan(6 * MIB);
        seen.push(...page.entries.map(({ keyBase64 }) => Buffer.from(keyBase64, 'base64').toString()));
        cursor = page.cursor;
      }
    });
    expect(seen.sort()).toEqual([...values.keys()].sort());
    let text = '';
    const sink = async (more: string): Promise<void> => {
      text += more;
    };
    expect(await entryExport(running.address, sink, {})).toMatchObject({ exported: values.size });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const { key, value } of lines) expect(Buffer.from(value).equals(values.get(key)!)).toBe(true);
    expect(lines).toHaveLength(values.size);
  });

  test('are verified, listed and inspected without holding up others', async () => {
    await withClient(running.address, async (client) => {
      // Each has 12 MiB at least to hash; the first two go through all buckets beside that.
      const keyBase64 = Buffer.from('longest').toString('base64');
      expect(await turnsDuring(() => client.call('DIGESTS', { values: true }))).toBeGreaterThan(BUCKETS + 20);
      expect(await turnsDuring(() => client.call('LIST', { database: 0, cursor: 0, limit: 1000 }))).toBeGreaterThan(
        BUCKETS + 20,
      );
      expect(await turnsDuring(() => client.call('ENTRY', { database: 0, keyBase64 }))).toBeGreaterThan(20);
    });
  });
});

/** How often the event loop came round while a call was answered by the node in this process. */
async function turnsDuring(call: () => Promise<unknown>): Promise<number> {
  // Every look at the clock finds a slice's time over, however fast the machine is.
  let ms = performance.now();
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => (ms += 10));
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await call();
  isOver = true;
  clock.mockRestore();
  return turns;
}
