import type { IncidentRecord, PlanCounts, Records } from '../../core/membership/records.js';
import { type Bytes, idToBytes } from '../../core/model/bytes.js';
import { clientKeyOf, databaseOf, type Entry, fullKey, type Touch, typeName } from '../../core/model/entry.js';
import { OperatorError } from '../../core/model/errors.js';
import { hlcToMs } from '../../core/model/hlc.js';
import type { Steps } from '../../core/model/steps.js';
import type { VersionVector } from '../../core/model/vector.js';
import { replicaOf } from '../../core/model/version.js';
import { type ShownVersion, shownVersion } from '../../core/resolution/shown-plan.js';
import { describeStrategy, type Strategy } from '../../core/resolution/strategy.js';
import type { EntryFacts, IncidentView, PlanCounts as PlanCountsJson, TouchFacts, VectorJson } from './api.js';

/** What overrode values where no strategy did. */
const KIND_TEXT = {
  'split-brain': null,
  undo: 'undo',
  'set-back': 'set back',
  attach: 'engine attach',
  absence: 'engine absence',
  restore: 'engine restore',
  'confirm-loss': 'engine confirm-loss',
  backup: 'backup restore',
} as const;

/** Of replicas; `Records` are such. */
export type Names = Pick<Records, 'nameOf'>;

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

/** A long value takes many steps, since its hash is among the facts. */
export function* entryFacts(entry: Entry, records: Names): Steps<EntryFacts> {
  return versionFacts(entry.key, yield* shownVersion(entry), records);
}

/** The same of a version whose value is not here. */
export function versionFacts(key: Bytes, version: ShownVersion, records: Names): EntryFacts {
  const { hlc, origin, seq, expiryMs, touch, deleted, evicted, valueBytes, valueHash, preview } = version;
  const type = typeName(version.type);
  return {
    ...(type === 'string' ? {} : { type }),
    keyBase64: base64(clientKeyOf(key)),
    database: databaseOf(key),
    tombstone: deleted,
    ...(evicted ? { evicted: true } : {}),
    hlc,
    writtenMs: hlcToMs(hlc),
    origin,
    writer: records.nameOf(replicaOf(origin)),
    seq,
    expiryMs,
    ...(touch === undefined ? {} : { touch: touchFacts(touch, records) }),
    valueBytes,
    valueHash,
    previewBase64: preview === null ? null : base64(idToBytes(preview)),
  };
}

function touchFacts({ hlc, origin, seq }: Touch, records: Names): TouchFacts {
  return { hlc, writtenMs: hlcToMs(hlc), origin, writer: records.nameOf(replicaOf(origin)), seq };
}

export function vectorJson(vector: Readonly<VersionVector>): VectorJson {
  return { seqs: Object.fromEntries(vector.seqs), floors: Object.fromEntries(vector.floors) };
}

/** Islands are numbered in order of their first member's name, wherever they are shown: the indexes in that order. */
export function islandOrder(islands: readonly { replicas: readonly string[] }[], records: Names): number[] {
  const first = islands.map(({ replicas }) => namesOf(replicas, records)[0] ?? '');
  return islands.map((_, i) => i).sort((a, b) => (first[a]! < first[b]! ? -1 : 1));
}

export function countsInOrder(counts: PlanCounts, order: readonly number[]): PlanCountsJson {
  const { onlyHere, overridden } = counts;
  return { ...counts, onlyHere: order.map((i) => onlyHere[i] ?? 0), overridden: order.map((i) => overridden[i] ?? 0) };
}

/** In order of the names. */
export function namesOf(replicas: readonly string[], records: Names): string[] {
  return replicas.map((replica) => records.nameOf(replica)).sort();
}

/** Names and ids, both in the order of the names. */
export function membersOf(replicas: readonly string[], records: Names): { members: string[]; replicas: string[] } {
  const named = replicas.map((replica) => ({ replica, name: records.nameOf(replica) }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { members: named.map(({ name }) => name), replicas: named.map(({ replica }) => replica) };
}

export function strategyText(strategy: Strategy, records: Names): string {
  return describeStrategy(strategy, (replica) => records.nameOf(replica));
}

export function incidentView(incident: IncidentRecord, records: Names): IncidentView {
  const { id, state, separatedMs, detectedMs, resolvedMs, strategy, by, executor, counts, setAside, problem } =
    incident;
  const order = islandOrder(incident.islands, records);
  return {
    id,
    state,
    separatedMs,
    detectedMs,
    resolvedMs,
    islands: order.map((i) => {
      const { replicas, writes } = incident.islands[i]!;
      return { ...membersOf(replicas, records), writes };
    }),
    strategy: strategy === null ? KIND_TEXT[incident.kind] : strategyText(strategy, records),
    by,
    asked: incident.asked ?? null,
    undoes:
      incident.undoes === undefined ? null : { incident: incident.undoes, isPartial: incident.isPartial === true },
    executor: executor === null ? null : records.nameOf(executor),
    executorReplica: executor,
    counts: counts === null ? null : countsInOrder(counts, order),
    setAside,
    problem,
  };
}

/** All steps of a piece of work, without holding up the event loop. */
export async function inSteps<T>(steps: Steps<T>): Promise<T> {
  for (let startedMs = performance.now(); ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - startedMs < 8) continue;
    await new Promise((resolve) => setImmediate(resolve));
    startedMs = performance.now();
  }
}
