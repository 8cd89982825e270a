import type { ForcedPlan } from '../../operations/cluster/forced.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { paragraph } from './text.js';

/** What it means to decide without a majority, to be read before the cluster's id is typed. */
export const forcedView: View<ForcedPlan> = ({ node, inSight, missing }, { width, color }) => {
  const { bad } = paletteOf(color);
  return [
    bad(
      `${node} sees ${inSight.length} of ${inSight.length + missing.length} members: this is decided without a majority`,
    ),
    paragraph(
      `Not in sight: ${missing.join(', ')}. If they run on, they go on taking writes, and so will ${inSight.join(', ')}.`,
      width,
      '  ',
    ),
    paragraph(
      'Those who hold a majority do not follow it when the network is back: either it is void then, or this side has to join them anew, which sets its writes aside.',
      width,
      '  ',
    ),
  ].join('\n');
};
