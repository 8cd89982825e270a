import { inspect, types } from 'node:util';
import type { ConflictView, EntryFacts, PartFacts, PlanReply } from '../../admin/protocol/api.js';
import { errorText, isError } from '../../admin/protocol/error-text.js';
import { OperatorError } from '../../core/model/errors.js';
import { isAfter, isSameWrite } from '../../core/model/version.js';
import type { ModuleStrategy } from './strategy.js';

/** One island's version of a key that several islands changed. */
interface PolicyVersion {
  /** What a policy returns: the place of the island in the plan, from 0. Tables and messages count islands from 1. */
  readonly island: number;
  /** Names of the island's members. */
  readonly members: readonly string[];
  /** The first bytes of the value, at most 64; null: a delete. */
  readonly preview: Buffer | null;
  /** Length of the whole value. */
  readonly valueBytes: number;
  /** 32 bits over the value: equal for equal values. */
  readonly valueHash: number;
  readonly tombstone: boolean;
  /** The order of writes: the greater stands under LWW. */
  readonly hlc: number;
  /** Unix milliseconds. */
  readonly writtenMs: number;
  /** Name of the node that took the write. */
  readonly writer: string;
  /** Unix milliseconds; 0: never. */
  readonly expiryMs: number;
}

/** A key that several islands changed, as a merge policy sees it. */
export interface PolicyConflict {
  readonly key: Buffer;
  readonly database: number;
  /** Which part of the key it is about; null: the whole key. The values below are those of the part. */
  readonly part: { readonly kind: PartFacts['kind']; readonly name: Buffer } | null;
  /** One for each island that changed the key, two at least. Do not rely on their order: it is tried both ways. */
  readonly versions: readonly PolicyVersion[];
}

/**
 * Decides one conflict: returns the `island` of the version that stands. The default export of a policy module:
 *
 *     export default function (conflict) {
 *       const largest = Math.max(...conflict.versions.map((version) => version.valueBytes));
 *       return conflict.versions.filter((version) => version.valueBytes === largest)
 *         .sort((a, b) => b.hlc - a.hlc)[0].island;
 *     }
 *
 * It must be a pure function: the same conflict has the same answer, whatever the order of the versions.
 */
export type MergePolicy = (conflict: PolicyConflict) => number;

/** A plan's conflict in the shape of {@link PolicyConflict}; null if fewer than two islands changed the key, or it goes with its key. */
export function toPolicyConflict(conflict: ConflictView, islands: PlanReply['islands']): PolicyConflict | null {
  // Of one value that islands have touched there is one version: a touch is no write, and its HLC is that of the value.
  if (conflict.follows === true) return null;
  const isTouchedLater = (entry: EntryFacts): boolean =>
    conflict.versions.some((other) => other !== null && isSameWrite(other, entry) && isAfter(other, entry));
  const versions = conflict.versions.flatMap((entry, island) =>
    entry === null || isTouchedLater(entry) ? [] : [toPolicyVersion(entry, island, islands[island]?.members ?? [])],
  );
  if (versions.length < 2) return null;
  const { part, database } = conflict;
  return {
    key: Buffer.from(conflict.keyBase64, 'base64'),
    database,
    part: part === undefined ? null : { kind: part.kind, name: Buffer.from(part.nameBase64, 'base64') },
    versions,
  };
}

function toPolicyVersion(entry: EntryFacts, island: number, members: string[]): PolicyVersion {
  const { tombstone, hlc, writtenMs, writer, expiryMs, valueBytes, valueHash, previewBase64 } = entry;
  const preview = previewBase64 === null ? null : Buffer.from(previewBase64, 'base64');
  return { island, members, preview, valueBytes, valueHash, tombstone, hlc, writtenMs, writer, expiryMs };
}

/**
 * Run a policy on one conflict and hold it to its laws: asked twice, and with the versions reversed, it must give the same
 * island, and one that changed the key.
 * @throws OperatorError `refused`, naming the file and the key.
 */
export function decide(policy: ModuleStrategy, conflict: PolicyConflict): number {
  const answers = [conflict, conflict, { ...conflict, versions: [...conflict.versions].reverse() }].map((asked) =>
    ask(policy, asked),
  );
  const [first, again, reversed] = answers as [number, number, number];
  if (first !== again)
    throw broken(policy, conflict, `picks island ${first + 1} and then island ${again + 1}: it is not deterministic`);
  if (first !== reversed) {
    const order = 'so its answer depends on their order: sort them first, by hlc for one';
    throw broken(
      policy,
      conflict,
      `picks island ${first + 1}, and island ${reversed + 1} when the versions come in another order, ${order}`,
    );
  }
  return first;
}

/** @throws OperatorError `refused` if something failed that the policy had begun and not waited for. */
export function expectNoLateFailure({ file, failures }: ModuleStrategy): void {
  const [failure] = failures;
  if (failures.length === 0) return;
  throw refusal(`policy ${file} fails after its answer: ${textOf(failure)}`, failure);
}

function ask(policy: ModuleStrategy, conflict: PolicyConflict): number {
  let answer: unknown;
  try {
    answer = policy.decide(structuredClonePolicy(conflict));
  } catch (error) {
    throw broken(policy, conflict, `fails: ${textOf(error)}`, error);
  }
  if (conflict.versions.some((version) => version.island === answer)) return answer as number;
  if (isThenable(answer)) {
    // It may fail later, and nobody waits for it.
    Promise.resolve(answer).catch(() => undefined);
    throw broken(policy, conflict, 'gives a promise: a policy is a plain function, and answers at once');
  }
  const islands = conflict.versions.map(({ island }) => `${island} for island ${island + 1}`).join(', ');
  throw broken(policy, conflict, `gives ${textOf(answer)}, which is \`island\` of none of the versions (${islands})`);
}

function isThenable(answer: unknown): boolean {
  return types.isPromise(answer) || typeof (answer as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Whatever it is, on one line of bounded length. */
function textOf(thing: unknown): string {
  const text = isError(thing) ? errorText(thing) : inspect(thing, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** A fresh copy for every call, so that a policy that changes its input cannot affect the next one. */
function structuredClonePolicy(conflict: PolicyConflict): PolicyConflict {
  const versions = conflict.versions.map((version) => ({
    ...version,
    members: [...version.members],
    preview: version.preview === null ? null : Buffer.from(version.preview),
  }));
  const { database, part } = conflict;
  const named = part === null ? null : { kind: part.kind, name: Buffer.from(part.name) };
  return { key: Buffer.from(conflict.key), database, part: named, versions };
}

function broken(policy: ModuleStrategy, conflict: PolicyConflict, what: string, cause?: unknown): OperatorError {
  const key = JSON.stringify(conflict.key.toString('utf8'));
  return refusal(`policy ${policy.file} ${what} (key ${key} of database ${conflict.database})`, cause);
}

function refusal(message: string, cause: unknown): OperatorError {
  return new OperatorError('refused', message, 'nothing was changed; mend the policy, or merge by lww', {
    cause,
  });
}
