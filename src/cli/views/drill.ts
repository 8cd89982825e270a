import type { DrillStatus } from '../../operations/cluster/drill.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { silentLines } from './replica-list.js';
import { table } from './table.js';

export const drillView: View<DrillStatus> = (status, page) => {
  const { good, warn, dim } = paletteOf(page.color);
  const rows = status.nodes.map(({ name, address, allowed, cut }) => [
    name,
    address,
    { text: allowed ? 'yes' : 'no', paint: allowed ? good : dim },
    cut.length === 0 ? 'nobody' : { text: cut.join(', '), paint: warn },
  ]);
  const off = status.unreachable.length === 0 ? 'No drill is on' : 'No drill is on at the members that answer';
  const next = status.on ? 'mneme drill heal' : pairOf(status);
  return [
    status.on ? warn('A DRILL IS ON: links are cut on purpose') : off,
    ...nextStep(next, page),
    '',
    table(
      [
        { head: 'NODE', overflow: 'wrap' },
        { head: 'ADDRESS', overflow: 'wrap' },
        { head: 'ALLOWS DRILLS' },
        { head: 'CUT FROM', overflow: 'wrap' },
      ],
      rows,
      page,
    ),
    ...silentLines(status.unreachable, page),
  ].join('\n');
};

/** A rehearsal to begin with, of members that there are. */
function pairOf({ nodes }: DrillStatus): string {
  const [first, second] = nodes.filter(({ allowed }) => allowed);
  return second === undefined ? 'mneme cluster status' : `mneme drill cut ${first?.name} ${second.name}`;
}
