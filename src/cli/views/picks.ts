import { keyNameText } from '../../operations/split-brain/key-name.js';
import type { PicksOutcome, SomeKeys } from '../../operations/split-brain/picks.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { paragraph, plural } from './text.js';

const NAMES_SHOWN = 10;

/** What becomes, or became, of an operator's picks. */
export const picksView: View<PicksOutcome> = ({ held, changed, fresh }, { width, color }) => {
  const { warn } = paletteOf(color);
  const lines = [paragraph(`${plural(held, 'key')} as picked`, width)];
  if (changed.count > 0) lines.push(warn(paragraph(named('written since the picks were made', changed), width)));
  if (fresh.count > 0) lines.push(warn(paragraph(named('not among the picks', fresh), width)));
  return lines.join('\n');
};

function named(what: string, { count, keys }: SomeKeys): string {
  const names = keys.slice(0, NAMES_SHOWN).map(keyNameText).join(', ');
  return `${plural(count, 'key')} ${what}, decided by the policy: ${names}${count > NAMES_SHOWN ? ', …' : ''}`;
}
