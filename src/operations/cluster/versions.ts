import type { MemberStatus } from './status.js';

/** Members that run one version of mneme. */
export interface RunningVersion {
  readonly version: string;
  readonly members: readonly string[];
}

/** The versions that members run, the newest first. Who does not answer is in none. Pure. */
export function versionsOf(members: readonly Pick<MemberStatus, 'name' | 'version'>[]): RunningVersion[] {
  const found = new Map<string, string[]>();
  for (const { name, version } of members) {
    if (version !== null) found.set(version, [...(found.get(version) ?? []), name]);
  }
  return [...found]
    .map(([version, names]) => ({ version, members: names.sort() }))
    .sort((a, b) => compareVersions(b.version, a.version));
}

/** The version that all members run, so that all can use what is new in it; null: they differ, or one does not answer. */
export function commonVersion(members: readonly Pick<MemberStatus, 'name' | 'version'>[]): string | null {
  const [first, ...others] = versionsOf(members);
  return others.length === 0 && members.every(({ version }) => version !== null) ? (first?.version ?? null) : null;
}

/** As npm orders them, as far as numbers go: 0.10.0 is after 0.9.1, and 1.0.0-rc.1 before 1.0.0. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  for (const [i, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.rest === b.rest) return 0;
  if (a.rest === '' || b.rest === '') return a.rest === '' ? 1 : -1;
  return a.rest < b.rest ? -1 : 1;
}

// ---

function partsOf(version: string): { numbers: number[]; rest: string } {
  const [, major = '0', minor = '0', patch = '0', rest = ''] = /^(\d+)\.(\d+)\.(\d+)-?(.*)$/.exec(version) ?? [];
  return { numbers: [major, minor, patch].map(Number), rest };
}
