import type { ClusterStatus } from '../../operations/cluster/status.js';
import { list } from '../../operations/cluster/verdict.js';
import { versionsOf } from '../../operations/cluster/versions.js';
import type { Page } from '../page.js';
import type { Palette } from './palette.js';
import { paragraph } from './text.js';

/** Who runs which version, where they differ; otherwise only on request. And whether what is new can be used. */
export function versionLines({ members, limits }: ClusterStatus, page: Page, { dim, warn }: Palette): string[] {
  const versions = versionsOf(members);
  const [newest, ...older] = versions;
  if (newest === undefined) return [];
  const silent = members.filter(({ version }) => version === null).map(({ name }) => name);
  const unsaid = silent.length === 0 ? '' : `; ${list(silent)} did not say`;
  if (older.length > 0) {
    const who = versions.map(({ version, members: names }) => `${list(names)} ${version}`).join(', ');
    const text = `versions of mneme: ${who}${unsaid}; what is new in ${newest.version} can be used once all run it`;
    return [warn(paragraph(text, page.width))];
  }
  if (limits === null) return [];
  const can = silent.length === 0 ? `, so all can use what is new in it` : unsaid;
  const all = silent.length === 0 ? 'all members run' : `${list(newest.members)} run`;
  return [dim(paragraph(`versions of mneme: ${all} ${newest.version}${can}`, page.width))];
}
