import { compareVersions, type Version } from '../model/version.js';

/**
 * What the operator, or the operator's own policy, decided about one key. It names versions, since islands come and go: it holds
 * among the versions that were looked at, whoever has them, whether all of them are left or only some.
 */
export interface Decision {
  readonly candidates: readonly Version[];
  readonly stands: Version;
  /** Made by a person, one key at a time: where it no longer holds, nothing else decides unasked. */
  readonly picked?: true;
}

/** By the id of the key. Without one that holds, the strategy says what stands. */
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
