import type { DrillStatus } from '../../operations/drill.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { silentLines } from './replica-list.js';
import { table } from './table.js';

export const drillView: View<DrillStatus> = (status, page) => {
  const { good, warn, dim, command } = paletteOf(page.color);
  const rows = status.nodes.map(({ name, address, allowed, cut }) => [
    name,
    address,
    { text: allowed ? 'yes' : 'no', paint: allowed ? good : dim },
    cut.length === 0 ? 'nobody' : { text: cut.join(', '), paint: warn },
  ]);
  const off = status.unreachable.length === 0 ? 'No drill is on' : 'No drill is on at the members that answer';
  const next = status.on ? 'mneme drill heal' : 'mneme drill cut A B';
  return [
    status.on ? warn('A DRILL IS ON: links are cut on purpose') : off,
    `${dim('next:')} ${command(next)}`,
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
