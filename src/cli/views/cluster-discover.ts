import type { PlaceView } from '../../admin/protocol/api.js';
import { mechanismName } from '../../node/discovery/spec.js';
import type { Discovered } from '../../operations/cluster/discover.js';
import { type Listing, type ListView, listTable } from '../lists/listing.js';
import type { Page } from '../page.js';
import { type Palette, paletteOf } from './palette.js';
import type { Cell } from './table.js';
import { paragraph, plural } from './text.js';

export const clusterDiscoverView: ListView<Discovered> = (found, page, whole = found) => {
  const palette = paletteOf(page.color);
  const paint = found.complete ? palette.good : palette.warn;
  const sections = [
    [palette.strong(paint(paragraph(headline(whole), page.width)))],
    whole.places.length === 0 ? [] : [listTable(discoverListing, rowsOf(found), page)],
    found.mechanisms.map((one) => mechanismLine(one, page, palette)),
    found.missed.map((one) => missedLine(one, page, palette)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
};

/** A place, and the cluster of whoever looked. */
interface Row extends PlaceView {
  readonly ownClusterId: string | null;
}

export const discoverListing: Listing<Discovered, Row> = {
  columns: [
    { head: 'NODE', overflow: 'wrap', by: ({ name }) => name },
    { head: 'ADDRESS', overflow: 'wrap', min: 14, by: ({ address }) => address },
    {
      head: 'IS',
      overflow: 'wrap',
      min: 20,
      by: ({ is }) => is,
      cell: (place, palette) => kindCell(place, place.ownClusterId, palette),
    },
    { head: 'CLUSTER', overflow: 'wrap', optional: 2, by: ({ clusterId }) => clusterId },
    { head: 'FOUND BY', overflow: 'wrap', min: 10, optional: 1, by: foundBy },
    { head: 'REPLICA', wide: true, by: ({ replica }) => replica },
  ],
  rows: rowsOf,
  with: (found, rows) => ({ ...found, places: rows.map(({ ownClusterId: _own, ...place }) => place) }),
  name: ({ address }) => address,
  view: clusterDiscoverView,
};

// ---

function rowsOf({ places, clusterId }: Discovered): Row[] {
  return places.map((place) => ({ ...place, ownClusterId: clusterId }));
}

function foundBy({ from }: PlaceView): string {
  return from.length === 0 ? 'other nodes' : from.map(mechanismName).join(' ');
}

function headline({ name, places, missed, mechanisms, complete }: Discovered): string {
  const answering = places.filter(({ is }) => is !== null).length;
  const silent = places.length - answering;
  const failing = mechanisms.filter(({ failure }) => failure !== null).map(({ text }) => mechanismName(text));
  const who = name === null ? 'Found from here' : `${name} finds`;
  return [
    `${who}: ${plural(answering, 'node')}`,
    ...(complete ? ['nobody is missing'] : []),
    ...(silent === 0 ? [] : [`${plural(silent, 'address does', 'addresses do')} not answer`]),
    ...(missed.length === 0 ? [] : [`${missed.map((one) => one.name).join(', ')} not found`]),
    ...(failing.length === 0 ? [] : [`${failing.join(', ')} failing`]),
  ].join('; ');
}

function kindCell({ is, expects, failure }: PlaceView, clusterId: string | null, { good, warn, bad }: Palette): Cell {
  switch (is) {
    case 'self':
      return { text: 'this node', paint: good };
    case 'member':
      return { text: clusterId === null ? 'member of a cluster' : 'member', paint: good };
    case 'stranger':
      return { text: 'of ANOTHER CLUSTER', paint: bad };
    case 'waiting':
      return { text: expects === null ? 'waits for a cluster' : `waits for ${expects} nodes`, paint: warn };
    case null:
      return { text: failure ?? 'not asked yet', paint: bad };
  }
}

function mechanismLine(one: Discovered['mechanisms'][number], page: Page, { dim, bad }: Palette): string {
  const { text, found, failure } = one;
  if (failure === null)
    return dim(paragraph(`${mechanismName(text)} names ${plural(found ?? 0, 'address', 'addresses')}`, page.width));
  const some = (found ?? 0) > 0 ? `names ${plural(found ?? 0, 'address', 'addresses')}, but` : null;
  if (some !== null) return bad(paragraph(`${mechanismName(text)} ${some} ${failure}`, page.width));
  return bad(paragraph(`${mechanismName(text)} finds nobody: ${failure}`, page.width));
}

function missedLine({ name, address, linked }: Discovered['missed'][number], page: Page, { warn }: Palette): string {
  const still = linked ? 'there is a link to it' : 'it is out of reach, and stays a member until mneme cluster forget';
  return warn(paragraph(`${name} (${address}) is a member and was not found; ${still}`, page.width));
}
