import type { DrillStatus } from '../../operations/cluster/drill.js';
import { type Listing, type ListView, listTable } from '../lists/listing.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { silentLines } from './replica-list.js';

export const drillView: ListView<DrillStatus> = (status, page, whole = status) => {
  const { warn } = paletteOf(page.color);
  const off = status.unreachable.length === 0 ? 'No drill is on' : 'No drill is on at the members that answer';
  const next = status.on ? 'mneme drill heal' : pairOf(whole);
  return [
    status.on ? warn('A DRILL IS ON: links are cut on purpose') : off,
    ...nextStep(next, page),
    '',
    listTable(drillListing, status.nodes, page),
    ...silentLines(status.unreachable, page),
  ].join('\n');
};

export const drillListing: Listing<DrillStatus, DrillStatus['nodes'][number]> = {
  columns: [
    { head: 'NODE', overflow: 'wrap', by: ({ name }) => name },
    { head: 'ADDRESS', overflow: 'wrap', by: ({ address }) => address },
    {
      head: 'ALLOWS DRILLS',
      by: ({ allowed }) => (allowed ? 'yes' : 'no'),
      cell: ({ allowed }, { good, dim }) => ({ text: allowed ? 'yes' : 'no', paint: allowed ? good : dim }),
    },
    {
      head: 'CUT FROM',
      overflow: 'wrap',
      by: ({ cut }) => (cut.length === 0 ? 'nobody' : cut.join(', ')),
      cell: ({ cut }, { warn }) => (cut.length === 0 ? 'nobody' : { text: cut.join(', '), paint: warn }),
    },
    { head: 'REPLICA', wide: true, by: ({ replica }) => replica },
  ],
  rows: ({ nodes }) => nodes,
  with: (status, nodes) => ({ ...status, nodes: [...nodes] }),
  name: ({ name }) => name,
  view: drillView,
};

// ---

/** A rehearsal to begin with, of members that there are. */
function pairOf({ nodes }: DrillStatus): string {
  const [first, second] = nodes.filter(({ allowed }) => allowed);
  return second === undefined ? 'mneme cluster status' : `mneme drill cut ${first?.name} ${second.name}`;
}
