import type { IncidentRecord, PlanCounts, Records } from '../../core/membership/records.js';
import { type Bytes, bytesToId, idToBytes } from '../../core/model/bytes.js';
import { clientKeyOf, databaseOf, type Entry, fullKey, type Touch, typeName } from '../../core/model/entry.js';
import { OperatorError } from '../../core/model/errors.js';
import { hlcToMs } from '../../core/model/hlc.js';
import { countReplica, PART_NAMES, type PartName, partText } from '../../core/model/part-ids.js';
import { isPartKey, nameOf, PART, type PartKind, partKey, partKindOf, wholeKeyOf } from '../../core/model/parts.js';
import type { Steps } from '../../core/model/steps.js';
import type { VersionVector } from '../../core/model/vector.js';
import { replicaOf } from '../../core/model/version.js';
import { type ShownVersion, shownVersion } from '../../core/resolution/shown-plan.js';
import { describeStrategy, type Strategy } from '../../core/resolution/strategy.js';
import type {
  EntryFacts,
  IncidentView,
  KeyName,
  PartFacts,
  PlanCounts as PlanCountsJson,
  TouchFacts,
  VectorJson,
} from './api.js';

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

/** How a key is named: that of a part by the key that it belongs to. */
export function keyName(key: Bytes, names?: Names): KeyName {
  if (!isPartKey(key)) return { keyBase64: base64(clientKeyOf(key)), database: databaseOf(key) };
  const whole = wholeKeyOf(key);
  const kind = PART_NAMES[partKindOf(key)] as PartName;
  const node = kind === 'count' && names !== undefined ? { node: names.nameOf(countReplica(key)) } : {};
  const part = { kind, nameBase64: base64(nameOf(key)), ...node };
  return { keyBase64: base64(clientKeyOf(whole)), database: databaseOf(whole), part };
}

/** The full key of a request. */
export function keyOf(request: { database?: number; keyBase64: string; part?: PartFacts }): Bytes {
  const { part } = request;
  if (part === undefined) return wholeOf(request);
  const kind = PART_NAMES.indexOf(part.kind);
  if (kind < 1) throw new OperatorError('usage', `"${part.kind}" is no kind of part.`);
  return partKey(kind as PartKind, wholeOf(request), Buffer.from(part.nameBase64, 'base64'));
}

function wholeOf(request: { database?: number; keyBase64: string }): Bytes {
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
  const { hlc, origin, seq, expiryMs, touch, deleted, evicted, valueHash, preview } = version;
  const type = typeName(version.type);
  const name = keyName(key, records);
  // Of such parts a text is told in the place of what is kept.
  const state = isEncoded(key) && preview !== null ? idToBytes(preview) : null;
  const shown = state === null ? preview : bytesToId(partText(key, state));
  const valueBytes = state === null ? version.valueBytes : shown!.length;
  const part = state === null || name.part === undefined ? {} : { part: { ...name.part, stateBase64: base64(state) } };
  return {
    ...(type === 'string' ? {} : { type }),
    ...name,
    ...part,
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
    previewBase64: shown === null ? null : base64(idToBytes(shown)),
  };
}

function isEncoded(key: Bytes): boolean {
  return isPartKey(key) && partKindOf(key) >= PART.score;
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
