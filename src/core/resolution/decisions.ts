import { compareVersions, type Version } from '../model/version.js';

/**
 * What a policy of the operator's own, or the operator, said of one key. It names versions, since islands come and go: it holds
 * among the versions that were looked at, whoever has them, and all or only some of them are left.
 */
export interface Decision {
  readonly candidates: readonly Version[];
  readonly stands: Version;
  /** By a person, one key at a time: where it does not hold any more, nobody else decides that unasked. */
  readonly picked?: true;
}

/** By the id of the key. Where there is none that holds, the strategy says what stands. */
export type Decisions = ReadonlyMap<string, Decision>;

/** The island of the version that a decision says stands; -1: there is none, or it is about other versions. */
export function decisionOn(
  decision: Decision | undefined,
  versions: readonly (Version | undefined)[],
  changed: readonly number[],
): number {
  if (decision === undefined) return -1;
  const isAbout = (i: number): boolean =>
    decision.candidates.some((candidate) => compareVersions(versions[i]!, candidate) === 'equal');
  if (!changed.every(isAbout)) return -1;
  return changed.find((i) => compareVersions(versions[i]!, decision.stands) === 'equal') ?? -1;
}
