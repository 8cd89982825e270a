import type { ClusterStatus, MemberStatus } from '../../operations/cluster/status.js';
import { humanDuration } from '../../operations/common/durations.js';
import type { ListColumn } from '../lists/listing.js';
import type { Paint, Palette } from './palette.js';
import type { Cell } from './table.js';
import { grouped } from './text.js';
import { ago } from './time.js';

/** A member, with who was asked and when. */
export interface MemberRow extends MemberStatus {
  readonly isAsked: boolean;
  readonly nowMs: number;
}

export function rowsOf({ members, asked, nowMs }: Pick<ClusterStatus, 'members' | 'asked' | 'nowMs'>): MemberRow[] {
  return members.map((member) => ({ ...member, isAsked: member.name === asked, nowMs }));
}

export const memberColumns: readonly ListColumn<MemberRow>[] = [
  {
    head: 'NODE',
    overflow: 'wrap',
    by: ({ name }) => name,
    cell: ({ name, isAsked }, { strong }) => (isAsked ? { text: name, paint: strong } : name),
  },
  // To be copied: as long as an IPv4 address with its port can be.
  { head: 'ADDRESS', overflow: 'wrap', min: 21, by: ({ address }) => address },
  {
    head: 'STATE',
    overflow: 'wrap',
    min: 13,
    by: ({ state }) => state,
    cell: (member, palette) => ({ text: stateText(member), paint: paintOf(member.state, palette) }),
  },
  { head: 'ISLAND', align: 'right', optional: 1, by: ({ island }) => island },
  {
    head: 'ENTRIES',
    align: 'right',
    by: ({ entries }) => entries,
    cell: ({ entries }) => (entries === null ? '–' : grouped(entries)),
  },
  {
    head: 'LAG',
    align: 'right',
    by: ({ isAsked, lagWrites }) => (isAsked ? null : lagWrites),
    cell: ({ isAsked, lagWrites }, palette) => (isAsked ? '–' : lagCell(lagWrites, palette)),
  },
  {
    head: 'CLOCK',
    align: 'right',
    optional: 3,
    by: ({ isAsked, clockSkewMs }) => (isAsked ? null : clockSkewMs),
    cell: ({ isAsked, clockSkewMs }) => (isAsked ? '–' : skewText(clockSkewMs)),
  },
  {
    head: 'HEARD',
    align: 'right',
    optional: 2,
    by: ({ lastHeardMs }) => lastHeardMs,
    cell: ({ isAsked, lastHeardMs, nowMs }) =>
      isAsked ? 'asked' : lastHeardMs === null ? '–' : ago(lastHeardMs, nowMs),
  },
  { head: 'VERSION', wide: true, by: ({ version }) => version },
  { head: 'NODE.JS', wide: true, by: ({ nodeVersion }) => nodeVersion },
  { head: 'REPLICA', wide: true, by: ({ replica }) => replica },
];

function lagCell(lagWrites: number | null, { warn }: Palette): Cell {
  if (lagWrites === null) return '–';
  return { text: grouped(lagWrites), paint: lagWrites > 0 ? warn : same };
}

function stateText(member: MemberStatus): string {
  const progress = member.joinProgress === null ? '' : ` ${Math.floor(member.joinProgress * 100)} %,`;
  const silent = member.answers || member.state === 'down' ? '' : ', no answer';
  return `${stateWord(member.state)}${progress} ${humanDuration(member.stateSinceMs)}${silent}`;
}

export function stateWord(state: MemberStatus['state']): string {
  switch (state) {
    case 'held':
      return 'held apart';
    case 'no-quorum':
      return 'no quorum';
    default:
      return state.replace('-', ' ');
  }
}

export function paintOf(state: MemberStatus['state'], { good, warn, bad }: Palette): Paint {
  if (state === 'in-sync' || state === 'serving' || state === 'self') return good;
  const isBad = ['held', 'down', 'clock-skew', 'read-only', 'no-quorum'].includes(state);
  return isBad ? bad : warn;
}

function skewText(skewMs: number | null): string {
  if (skewMs === null) return '–';
  return `${skewMs < 0 ? '-' : '+'}${humanDuration(Math.abs(skewMs))}`;
}

function same(text: string): string {
  return text;
}
