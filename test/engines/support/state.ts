import { BUCKETS, type Bytes } from '../../../src/core/model/bytes.js';
import { type Entry, typeName } from '../../../src/core/model/entry.js';
import { GROUPS, type Storage, type Store } from '../../../src/core/store/store.js';
import { ORIGINS } from './entries.js';

export const META_NAMES = ['cluster', 'boot'] as const;

/** All that can be seen of a storage, as text: two storages are in the same state exactly when this is the same. */
export function stateOf(storage: Storage): string {
  const groups = GROUPS.map((group) => [group, storeState(storage.store(group))]);
  const meta = META_NAMES.map((name) => [name, storage.getMeta(name) ?? null]);
  return JSON.stringify({ clock: storage.clock, meta, groups: Object.fromEntries(groups) }, null, 1);
}

export function storeState(store: Store): unknown {
  const entries: string[] = [];
  for (let index = 0; index < BUCKETS; index++) for (const entry of store.bucket(index)) entries.push(entryText(entry));
  const { live, tombstones } = { live: store.liveCount(), tombstones: store.tombstoneCount };
  const databases = [0, 1, 0xff].map((database) => store.liveCount(database));
  const counts = {
    live,
    databases,
    tombstones,
    rows: store.logRowCount,
    bytes: store.byteCount,
    stubs: store.stubCount,
  };
  return { entries: entries.sort(), vector: vectorState(store), logs: ORIGINS.map((o) => logState(store, o)), counts };
}

export function entryText({ key, value, hlc, origin, seq, expiryMs, type, evicted, touch }: Entry): string {
  const missing = evicted === true ? 'stub' : 'tombstone';
  const touched = touch === undefined ? '' : ` touched @${touch.hlc} ${touch.origin} #${touch.seq}`;
  return `${hex(key)} = ${value === null ? missing : hex(value)} @${hlc} ${origin} #${seq} !${expiryMs} ${typeName(type)}${touched}`;
}

export function hex(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}

function vectorState(store: Store): unknown {
  const sorted = (map: ReadonlyMap<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return { seqs: sorted(store.vector.seqs), floors: sorted(store.vector.floors) };
}

function logState(store: Store, origin: string): unknown {
  const rows = store.rows(origin, 0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const texts = rows.map((row) => `${row.seq} ${hex(row.key)}`);
  return { origin, floor: store.floor(origin), rows: texts };
}
