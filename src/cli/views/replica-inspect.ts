import { joinAdvice } from '../../operations/cluster/verdict.js';
import { humanDuration } from '../../operations/common/durations.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { ReplicaInspection } from '../../operations/replica/inspect.js';
import type { Page, View } from '../page.js';
import { serverText } from './engine.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { originText, vectorText } from './replica-list.js';
import { type Cell, type Column, table } from './table.js';
import { grouped, paragraph, plural } from './text.js';

const LINK_COLUMNS: Column[] = [
  { head: 'LINK TO', overflow: 'wrap' },
  { head: 'ADDRESS', overflow: 'wrap', min: 14, optional: 4 },
  { head: 'STATE' },
  { head: 'IT LACKS', align: 'right' },
  { head: 'WE LACK', align: 'right' },
  { head: 'ROUND TRIP', align: 'right', optional: 2 },
  { head: 'CLOCK', align: 'right', optional: 3 },
  { head: 'SENT', align: 'right', optional: 1 },
  { head: 'RECEIVED', align: 'right', optional: 1 },
];

export const replicaInspectView: View<ReplicaInspection> = (replica, page) => {
  const { strong, dim } = paletteOf(page.color);
  const names = new Map(Object.entries(replica.members));
  const facts = [
    `${plural(replica.entries, 'entry', 'entries')}${evictedText(replica)}, ${plural(replica.tombstones, 'tombstone')}, ${plural(replica.logRows, 'log row')}`,
    `own writes: ${grouped(replica.ownSeq)}, of which durable: ${grouped(replica.durableSeq)}`,
    `has writes up to: ${vectorText(replica.vector, names)}`,
    ...(replica.engine == null ? [] : [`beside ${serverText(replica.engine)}, ${replica.engine.state}`]),
  ];
  return [
    strong(`${replica.name} at ${replica.address}`) + dim(`  replica ${replica.replica}`),
    ...facts.map((fact) => paragraph(fact, page.width, '  ')),
    '',
    links(replica, page),
    '',
    ...lacks(replica, names, page),
  ].join('\n');
};

function evictedText({ evicted = 0 }: ReplicaInspection): string {
  return evicted === 0 ? '' : ` and ${plural(evicted, 'key')} evicted`;
}

function links(replica: ReplicaInspection, page: Page): string {
  if (replica.links.length === 0) {
    const next = joinAdvice(replica.address);
    return ['No links: it is the only member.', ...nextStep(next, page)].join('\n');
  }
  return table(
    LINK_COLUMNS,
    replica.links.map((link) => linkRow(link, page)),
    page,
  );
}

function linkRow(link: ReplicaInspection['links'][number], page: Page): Cell[] {
  const { good, bad, warn } = paletteOf(page.color);
  const paint = link.state === 'in-sync' ? good : link.state === 'down' || link.state === 'held' ? bad : warn;
  return [
    link.peer,
    link.address,
    { text: link.state.replace('-', ' '), paint },
    grouped(link.sendLag),
    grouped(link.receiveLag),
    link.roundTripMs === null ? '–' : humanDuration(link.roundTripMs),
    link.clockSkewMs === null ? '–' : `${link.clockSkewMs} ms`,
    humanBytes(link.bytesSent),
    humanBytes(link.bytesReceived),
  ];
}

function lacks(replica: ReplicaInspection, names: Map<string, string>, page: Page): string[] {
  if (replica.lacks.length === 0) return ['It lacks nothing that a peer has acknowledged to have.'];
  const rows = replica.lacks.map(({ peer, origin, from, upto }) => [
    peer,
    originText(origin, names),
    grouped(from),
    grouped(upto),
    grouped(upto - from),
  ]);
  const columns: Column[] = [
    { head: 'LACKS FROM', overflow: 'wrap' },
    { head: 'WRITES OF', overflow: 'cut' },
    { head: 'AFTER', align: 'right' },
    { head: 'UP TO', align: 'right' },
    { head: 'WRITES', align: 'right' },
  ];
  return [table(columns, rows, page)];
}
