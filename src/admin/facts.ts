import { type Bytes, hashBytes } from '../core/bytes.js';
import { clientKeyOf, databaseOf, type Entry, fullKey } from '../core/entry.js';
import { OperatorError } from '../core/errors.js';
import { hlcToMs } from '../core/hlc.js';
import { describeStrategy, type Strategy } from '../core/plan.js';
import type { IncidentRecord, Records } from '../core/records.js';
import type { VersionVector } from '../core/vector.js';
import { replicaOf } from '../core/version.js';
import type { EntryFacts, IncidentView, VectorJson } from './api.js';

const PREVIEW_BYTES = 64;

export function base64(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** The full key of a request. */
export function keyOf(request: { database?: number; keyBase64: string }): Bytes {
  const { database = 0, keyBase64 } = request;
  if (!Number.isInteger(database) || database < 0 || database > 15) {
    throw new OperatorError('usage', `"${database}" is no database: they are numbered 0 to 15.`);
  }
  return fullKey(database, Buffer.from(keyBase64, 'base64'));
}

export function entryFacts(entry: Entry, records: Records): EntryFacts {
  const { value } = entry;
  return {
    keyBase64: base64(clientKeyOf(entry.key)),
    database: databaseOf(entry.key),
    tombstone: value === null,
    hlc: entry.hlc,
    writtenMs: hlcToMs(entry.hlc),
    origin: entry.origin,
    writer: records.nameOf(replicaOf(entry.origin)),
    seq: entry.seq,
    expiryMs: entry.expiryMs,
    valueBytes: value?.length ?? 0,
    valueHash: value === null ? 0 : hashBytes(value),
    previewBase64: value === null ? null : base64(value.subarray(0, PREVIEW_BYTES)),
  };
}

export function vectorJson(vector: Readonly<VersionVector>): VectorJson {
  return { seqs: Object.fromEntries(vector.seqs), floors: Object.fromEntries(vector.floors) };
}

/** In order of the names. */
export function namesOf(replicas: readonly string[], records: Records): string[] {
  return replicas.map((replica) => records.nameOf(replica)).sort();
}

export function strategyText(strategy: Strategy, records: Records): string {
  return describeStrategy(strategy, (replica) => records.nameOf(replica));
}

export function incidentView(incident: IncidentRecord, records: Records): IncidentView {
  const { id, state, separatedMs, detectedMs, resolvedMs, strategy, by, executor, counts, setAside, problem } =
    incident;
  const isUndo = incident.kind === 'undo';
  return {
    id,
    state,
    separatedMs,
    detectedMs,
    resolvedMs,
    islands: incident.islands.map(({ replicas, writes }) => ({
      members: namesOf(replicas, records),
      replicas: [...replicas],
      writes,
    })),
    strategy: strategy === null ? (isUndo ? 'undo' : null) : strategyText(strategy, records),
    by,
    executor: executor === null ? null : records.nameOf(executor),
    counts: counts === null ? null : { ...counts, onlyHere: [...counts.onlyHere], overridden: [...counts.overridden] },
    setAside,
    problem,
  };
}

/** Work through buckets without holding up the event loop: a turn after every few milliseconds. A step ends it with false. */
export async function inSlices<T>(items: Iterable<T>, step: (item: T) => unknown): Promise<void> {
  let startedMs = performance.now();
  for (const item of items) {
    if (step(item) === false) return;
    if (performance.now() - startedMs < 8) continue;
    await new Promise((resolve) => setImmediate(resolve));
    startedMs = performance.now();
  }
}

export function* bucketsFrom(first: number, count: number): Iterable<number> {
  for (let bucket = first; bucket < count; bucket++) yield bucket;
}
