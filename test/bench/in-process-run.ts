/** `in-process-run.ts engine|replica ENTRIES [DIRECTORY]`: prints operations a second; without a directory, memory only. */
import { fullKey } from '../../src/core/model/entry.js';
import { originOf } from '../../src/core/model/version.js';
import { NodeCore } from '../../src/core/node.js';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import type { Engine } from '../../src/engines/engine.js';
import { MemoryEngine } from '../../src/engines/memory/memory-engine.js';
import { keyText, scattered, valueText } from './workload.js';

export type Subject = 'engine' | 'replica';

/** Operations a second. */
export interface Rates {
  readonly writes: number;
  readonly overwrites: number;
  readonly reads: number;
}

/** What is measured, as one interface. Keys are made for each operation, as the front end does. */
interface Store {
  write(key: Buffer, value: Buffer): void;
  read(key: Buffer): Uint8Array | null | undefined;
  /** The end of a turn of the event loop. */
  turn(): void;
  /** Now and then: what has to happen for the log not to grow. */
  housekeeping(): Promise<void>;
}

const REPLICA = '0123456789abcdef';
const TEMPLATE = Buffer.from(keyText(0), 'latin1');
const TURN_WRITES = 1000;
const TURNS_PER_HOUSEKEEPING = 50;

const [subject = 'engine', count = '0', directory = ''] = process.argv.slice(2);
const engine = directory === '' ? new MemoryEngine() : await openEmbeddedEngine({ dir: `${directory}/data` });
const store = subject === 'replica' ? replicaStore(engine) : engineStore(engine);
process.stdout.write(JSON.stringify(await measure(store, Number(count))));
await engine.close();

// ---

async function measure(store: Store, entries: number): Promise<Rates> {
  const order = scattered(entries);
  const scatteredKey = (i: number): Buffer => keyBytes(order(i));
  return {
    writes: await rate(entries, () => writeAll(store, entries, keyBytes, 'x')),
    overwrites: await rate(entries, () => writeAll(store, entries, scatteredKey, 'y')),
    reads: await rate(entries, async () => readAll(store, entries, scatteredKey)),
  };
}

async function rate(count: number, action: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await action();
  return (count * 1000) / (performance.now() - startedMs);
}

async function writeAll(store: Store, entries: number, key: (i: number) => Buffer, mark: string): Promise<void> {
  const value = Buffer.from(valueText(0, mark), 'latin1');
  for (let i = 0; i < entries; i++) {
    // Each write has bytes of its own: an engine may keep them.
    store.write(key(i), Buffer.from(value));
    if ((i + 1) % TURN_WRITES === 0) store.turn();
    if ((i + 1) % (TURN_WRITES * TURNS_PER_HOUSEKEEPING) === 0) await store.housekeeping();
  }
  store.turn();
  await store.housekeeping();
}

function readAll(store: Store, entries: number, key: (i: number) => Buffer): void {
  for (let i = 0; i < entries; i++) {
    if (store.read(key(i))?.length !== 100) throw new Error(`entry ${i} is not as it was written`);
  }
}

/** Without the text of the key, which would cost more than what is measured: `key:` and twelve digits. */
function keyBytes(index: number): Buffer {
  const key = fullKey(0, TEMPLATE) as Buffer;
  let rest = index;
  for (let at = key.length - 1; rest > 0; at--) {
    key[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return key;
}

function engineStore(engine: Engine): Store {
  const data = engine.store('data');
  const origin = originOf(REPLICA, 1);
  let seq = 0;
  return {
    write: (key, value) => {
      seq++;
      data.write({ key, value, hlc: seq, origin, seq, expiryMs: 0 });
    },
    read: (key) => data.get(key)?.value,
    turn: () => engine.flush(),
    housekeeping: async () => {
      await engine.sync();
      data.trim(origin, seq);
    },
  };
}

function replicaStore(engine: Engine): Store {
  const ports = { storage: engine, wallMs: Date.now, monoMs: () => performance.now(), random: Math.random };
  const core = new NodeCore(ports, {
    ...{ replica: REPLICA, boot: 1, name: 'bench', address: '127.0.0.1:0' },
    ...{ memoryOnly: directory === '', clusterId: 'bench', founds: true },
  });
  core.tick();
  return {
    write: (key, value) => void core.write(key, value, 0),
    read: (key) => core.get(key)?.value,
    turn: () => {
      core.pump();
      core.takeEffects();
      engine.flush();
    },
    housekeeping: async () => {
      core.durable(await engine.sync());
      core.tick();
      core.takeEffects();
    },
  };
}
