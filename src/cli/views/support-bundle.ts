import type { Bundle } from '../../operations/support/bundle.js';
import type { View } from '../page.js';
import { wrapTo } from './text.js';

export const supportBundleView: View<Bundle & { file: string }> = ({ file, members, problems }, { width }) =>
  [
    ...wrapTo(`${file} is written, ${partsOf(members)}`, width),
    ...problems.flatMap((problem) => wrapTo(`not in it: ${problem}`, width)),
  ].join('\n');

function partsOf(members: readonly string[]): string {
  if (members.length === 0) return 'without the part of any member';
  return `with what ${members.join(', ')} ${members.length === 1 ? 'says' : 'say'}`;
}
