import type { VectorJson } from '../../admin/protocol/api.js';
import type { SilentMember } from '../../operations/common/survey.js';
import type { ReplicaList, ReplicaRow } from '../../operations/replica/list.js';
import { type Listing, type ListView, listTable } from '../lists/listing.js';
import type { Page } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { grouped, paragraph, plural } from './text.js';

export const replicaListView: ListView<ReplicaList> = (list, page, whole = list) => {
  const { good, warn, dim } = paletteOf(page.color);
  const differ = paragraph('The replicas differ at this moment: writes under way, or a difference', page.width);
  const answering = list.unreachable.length === 0 ? '' : ' that answer';
  const alike = plural(whole.replicas.length, `replica${answering}`, `replicas${answering}`);
  const headline = list.same ? good(`Same data on ${alike}`) : warn(differ);
  const lines = [
    headline,
    ...nextStep(list.same ? null : 'mneme replica verify', page),
    '',
    listTable(replicaListing, rowsOf(list), page),
    dim(paragraph('same letter: same data; DURABLE: own writes on disk, of those accepted', page.width)),
  ];
  return [...lines, ...silentLines(list.unreachable, page)].join('\n');
};

/** A replica, and what its vector says in words. */
interface Row extends ReplicaRow {
  readonly has: string;
}

export const replicaListing: Listing<ReplicaList, Row> = {
  columns: [
    { head: 'NODE', overflow: 'wrap', by: ({ name }) => name },
    {
      head: 'DATA',
      overflow: 'wrap',
      min: 10,
      by: ({ group, digest }) => `${group} ${digest}`,
      cell: ({ group, digest }, { good, warn }) => ({ text: `${group} ${digest}`, paint: group === 'A' ? good : warn }),
    },
    { head: 'ENTRIES', align: 'right', by: ({ entries }) => entries, cell: ({ entries }) => grouped(entries) },
    {
      head: 'DELETES',
      align: 'right',
      optional: 2,
      by: ({ tombstones }) => tombstones,
      cell: ({ tombstones }) => grouped(tombstones),
    },
    { head: 'LOG ROWS', align: 'right', by: ({ logRows }) => logRows, cell: ({ logRows }) => grouped(logRows) },
    {
      head: 'DURABLE',
      align: 'right',
      min: 8,
      overflow: 'cut',
      optional: 3,
      by: ({ memoryOnly, durableSeq }) => (memoryOnly ? null : durableSeq),
      cell: ({ memoryOnly, durableSeq, ownSeq }) => (memoryOnly ? 'memory' : `${durableSeq}/${ownSeq}`),
    },
    { head: 'HAS WRITES UP TO', overflow: 'cut', min: 12, optional: 1, by: ({ has }) => has },
    { head: 'ADDRESS', wide: true, by: ({ address }) => address },
    { head: 'REPLICA', wide: true, by: ({ replica }) => replica },
  ],
  rows: rowsOf,
  with: (list, rows) => {
    const replicas = rows.map(({ has: _has, ...replica }) => replica);
    return { ...list, replicas, everyone: list.replicas };
  },
  name: ({ name }) => name,
  view: replicaListView,
};

function rowsOf({ replicas, everyone = replicas }: ReplicaList): Row[] {
  const names = new Map(everyone.map((row) => [row.replica, row.name]));
  return replicas.map((row) => ({ ...row, has: vectorText(row.vector, names) }));
}

/** A vector for people: "a:120 b:45"; the boot is named when it is not the only one of its replica. */
export function vectorText(vector: VectorJson, names: ReadonlyMap<string, string>): string {
  const origins = Object.entries(vector.seqs).filter(([, seq]) => seq > 0);
  const counts = new Map<string, number>();
  for (const [origin] of origins) counts.set(origin.slice(0, 16), (counts.get(origin.slice(0, 16)) ?? 0) + 1);
  const parts = origins.map(([origin, seq]) => {
    const replica = origin.slice(0, 16);
    return `${originText(origin, names, (counts.get(replica) ?? 0) > 1)}:${seq}`;
  });
  return parts.length === 0 ? 'no writes' : parts.sort().join(' ');
}

export function originText(origin: string, names: ReadonlyMap<string, string>, withBoot = true): string {
  const name = names.get(origin.slice(0, 16)) ?? origin.slice(0, 8);
  return withBoot ? `${name}#${Number.parseInt(origin.slice(17), 16)}` : name;
}

/** Members that gave no answer: never left out silently. */
export function silentLines(silent: readonly SilentMember[], page: Page): string[] {
  const { bad } = paletteOf(page.color);
  return silent.map(({ name, problem }) => bad(paragraph(`no answer from ${name}: ${problem}`, page.width)));
}
