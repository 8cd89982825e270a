import { describe, expect, test } from '@jest/globals';
import { fullKey, stubOf } from '../../src/core/model/entry.js';
import type { Engine } from '../../src/engines/engine.js';
import { type Subject, storeConformance } from './store-conformance.js';
import { bytes, entry } from './support/entries.js';
import { batchOf, performShort, textOf } from './support/short-batches.js';
import { stateOf } from './support/state.js';

/** What every engine owes: the guarantees of a storage, and of Engine. */
export function engineConformance(name: string, subject: Omit<Subject<Engine>, 'close'>): void {
  storeConformance(name, { ...subject, close: (engine: Engine) => engine.close() });

  const situation = (title: string, body: (engine: Engine) => void | Promise<void>) =>
    test(title, async () => {
      const engine = await subject.create();
      try {
        await body(engine);
      } finally {
        await engine.close();
      }
    });

  describe(`${name}: as an engine`, () => {
    situation('a value is told as a reader at the time finds it, whatever its length', (engine) => {
      const store = engine.store('data');
      const seen = (key: string, nowMs: number): string | null => {
        let value = '';
        const sink = {
          value: (source: Buffer, start: number, length: number) => {
            value = source.toString('latin1', start, start + length);
          },
        };
        return engine.readValue(bytes(key), nowMs, sink) ? value : null;
      };
      for (const [index, length] of [0, 1, 100, 70_000, 3_000_000].entries()) {
        store.write(entry(`key ${length}`, 'v'.repeat(length), index + 1));
        expect(seen(`key ${length}`, 1)).toBe('v'.repeat(length));
      }
      store.write(entry('deleted', null, 10));
      store.write(entry('expiring', 'value', 11, { expiryMs: 500 }));
      engine.store('system').write(entry('of the other group', 'value', 1));
      expect([seen('expiring', 499), seen('expiring', 500)]).toEqual(['value', null]);
      store.put(stubOf(entry('evicted', 'value', 12)));
      expect(seen('evicted', 1)).toBeNull();
      expect([seen('deleted', 1), seen('missing', 1), seen('of the other group', 1)]).toEqual([null, null, null]);
    });

    test('what a batch of short requests has written is there after a reopening, as if written one by one', async () => {
      const [first, second] = await Promise.all([subject.create(), subject.create()]);
      const key = (number: number) => `key-${number % 20}`;
      const write = (engine: Engine, number: number, hlc: number) =>
        engine.store('data').write(entry(fullKey(0, bytes(key(number))), `value ${number % 10}`, number, { hlc }));
      for (const engine of [first, second]) for (let i = 1; i <= 20; i++) write(engine, i, i);
      const requests = Array.from({ length: 100 }, (_, i) => ({ key: key(i + 21), value: `value ${(i + 21) % 10}` }));
      const batch = batchOf(requests.map(textOf).join(''), { hlc: 5000 });
      expect(performShort(first, batch, first.store('data').vector)).toBe(100);
      for (let i = 0; i < 100; i++) write(second, i + 21, 5000 + i);
      expect(stateOf(first)).toBe(stateOf(second));
      const reopened = (await subject.reopen?.(first)) ?? first;
      expect(stateOf(reopened)).toBe(stateOf(second));
      await Promise.all([reopened.close(), second.close()]);
    });

    situation('what was changed before a sync is durable after it', async (engine) => {
      engine.store('data').write(entry('key', 'value', 1));
      engine.setMeta('boot', 1);
      const { position } = engine;
      expect(await engine.sync()).toBeGreaterThanOrEqual(position);
      expect(engine.durablePosition).toBeGreaterThanOrEqual(position);
    });

    situation('syncs that are asked for together all cover what came before them', async (engine) => {
      const asked: Promise<void>[] = [];
      for (let seq = 1; seq <= 20; seq++) {
        engine.store('data').write(entry(`k${seq}`, 'value', seq));
        const { position } = engine;
        asked.push(engine.sync().then((durable) => expect(durable).toBeGreaterThanOrEqual(position)));
      }
      await Promise.all(asked);
    });
  });
}
