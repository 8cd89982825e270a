import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fullKey, lastWriteOf } from '../../src/core/model/entry.js';
import { lastHlcOf } from '../../src/core/model/version.js';
import { NodeCore } from '../../src/core/node.js';
import type { Storage } from '../../src/core/store/store.js';
import { MemoryEngine } from '../../src/engines/memory/memory-engine.js';
import { WatchedStorage } from '../../src/engines/redis/watched-store.js';
import { RequestBatch } from '../../src/fronts/resp/request-batch.js';
import { NodeKeyspace } from '../../src/node/keyspace.js';
import { textOf } from '../engines/support/short-batches.js';

/** The clock stands still: times differ by what is counted up alone. */
const NOW_MS = 1_800_000_000_000;

/** A node that serves, on its own. */
class Serving {
  readonly engine = new MemoryEngine();
  readonly core: NodeCore;
  readonly keyspace: NodeKeyspace;

  constructor(storageOf: (engine: MemoryEngine) => Storage) {
    const ports = { storage: storageOf(this.engine), wallMs: () => NOW_MS, monoMs: () => 0, random: () => 0.5 };
    const self = { replica: 'a'.repeat(16), boot: 1, name: 'a', address: 'a:1', memoryOnly: true };
    this.core = new NodeCore(ports, { ...self, clusterId: 'cluster', founds: true });
    this.core.tick();
    const { core, engine } = this;
    const [options, nothing] = [{ dir: null }, () => {}];
    const host = { core, engine, options, fsyncAlways: false, waitsFor: '', served: nothing, changed: nothing };
    this.keyspace = new NodeKeyspace(() => ({ ...host, info: () => ({}) }));
  }

  /** Returns how many of the requests were performed by compiled code, and how many of those were writes. */
  batch(requests: readonly { key: string; value?: string }[]): { performed: number; writes: number } {
    const bytes = Buffer.from(requests.map(textOf).join(''));
    const batch = Object.assign(new RequestBatch(), { bytes, end: bytes.length, nowMs: NOW_MS });
    const writes = this.keyspace.perform(batch, NOW_MS);
    return { performed: batch.performed, writes };
  }

  get last(): number {
    const { origin, vector } = this.core.status.data;
    return vector.get(origin);
  }

  /** Number and time of each write that still stands, in order. */
  written(): [seq: number, hlc: number][] {
    const { origin, store } = this.core.status.data;
    const rows = store.rows(origin, 0, this.last, 1e6);
    return rows.flatMap(({ seq, key }) => {
      const entry = store.get(key);
      return entry !== undefined && lastWriteOf(entry).seq === seq ? [[seq, lastHlcOf(entry)]] : [];
    });
  }
}

type Step = { way: 'batch'; keys: number[] } | { way: 'set' | 'delete' | 'touch' | 'copy' | 'as of'; key: number };

const key = fc.nat(40);
const steps = fc.array(
  fc.oneof(
    fc.record({ way: fc.constant('batch' as const), keys: fc.array(key, { minLength: 1, maxLength: 20 }) }),
    fc.record({ way: fc.constantFrom<Exclude<Step['way'], 'batch'>>('set', 'delete', 'touch', 'copy', 'as of'), key }),
  ),
  { minLength: 1, maxLength: 40 },
);

/** Returns how many writes it made, as whoever asked for them counts. */
function perform(node: Serving, step: Step): number {
  const { keyspace, core } = node;
  if (step.way === 'batch') return node.batch(step.keys.map((n) => ({ key: `k${n}`, value: `value ${n}` }))).writes;
  const name = Buffer.from(`k${step.key}`);
  const item = keyspace.get(0, name);
  if (step.way === 'set') keyspace.set(0, name, Buffer.from('value'), 0);
  else if (step.way === 'as of') return core.earlier.deleteAt(core.stamp(), fullKey(0, name)) === null ? 0 : 1;
  else if (item === undefined) return 0;
  else if (step.way === 'delete') keyspace.delete(0, name);
  else if (step.way === 'touch') keyspace.touch(0, name, NOW_MS + 1000);
  else keyspace.setItem(1, name, item);
  return 1;
}

test.each<[string, (engine: MemoryEngine) => Storage]>([
  ['in its own store', (engine) => engine],
  [
    'where each write is seen',
    (engine) => new WatchedStorage(engine, { before: () => {}, lost: () => {}, together: (work) => work() }),
  ],
])('whoever writes %s gets the next number, and a time after all before', (_, storageOf) => {
  fc.assert(
    fc.property(steps, (some) => {
      const node = new Serving(storageOf);
      for (const step of some) {
        const before = node.last;
        const count = perform(node, step);
        expect([step, node.last]).toEqual([step, before + count]);
      }
      const written = node.written();
      const sorted = [...written].sort(([, a], [, b]) => a - b);
      expect(written).toEqual(sorted);
      expect(new Set(written.map(([, hlc]) => hlc)).size).toBe(written.length);
    }),
    { numRuns: 150 },
  );
});

test('compiled code writes in the store of the node, and none where each write has to be seen', () => {
  const requests = [{ key: 'a', value: '1' }, { key: 'a' }, { key: 'b', value: '2' }];
  const own = new Serving((engine) => engine);
  // The first key of all brings the memory for others.
  own.keyspace.set(0, Buffer.from('first'), Buffer.from('1'), 0);
  expect(own.batch(requests)).toEqual({ performed: 3, writes: 2 });
  const seen = new Serving(
    (engine) => new WatchedStorage(engine, { before: () => {}, lost: () => {}, together: (work) => work() }),
  );
  seen.keyspace.set(0, Buffer.from('a'), Buffer.from('1'), 0);
  expect(seen.batch(requests)).toEqual({ performed: 0, writes: 0 });
  expect(seen.batch([{ key: 'a' }])).toEqual({ performed: 1, writes: 0 });
});
