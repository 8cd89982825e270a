import { OperatorError } from '../../core/model/errors.js';
import type { Page } from '../page.js';
import { type Palette, paletteOf } from '../views/palette.js';
import { type Cell, type Column, table } from '../views/table.js';

/** What a column is sorted by. null, of what is not known or does not exist, comes last. */
type SortKey = string | number | null;

export interface ListColumn<R> extends Column {
  by(row: R): SortKey;
  /** Left out: what it is sorted by. */
  cell?(row: R, palette: Palette): Cell;
  /** With -o wide alone. */
  wide?: true;
}

/** What is said of the list as a whole, such as that it is empty, is said of `whole`: `shown` may be a part of it. Left out: the same. */
export type ListView<T> = (shown: T, page: Page, whole?: T) => string;

/** A list of rows, as every command that gives one shows it. */
export interface Listing<T, R> {
  readonly columns: readonly ListColumn<R>[];
  rows(data: T): readonly R[];
  /** The same with these rows instead: sorted, or a part of them. */
  with(data: T, rows: readonly R[]): T;
  /** What other commands take for a row. */
  name(row: R): string;
  /** As it is shown where nothing else is asked for: with what is to be said above and below. */
  readonly view: ListView<T>;
  /** The rows come in order of time: a part of them is of the latest. */
  readonly latest?: true;
}

export type Output = 'table' | 'wide' | 'json' | 'yaml' | 'name';

/** No line is broken, and no cell cut. */
const WIDE = 100_000;

export type Compare<R> = (one: R, other: R) => number;

/** As `--sort COLUMN` or `--sort COLUMN:desc` has it. @throws OperatorError `usage` that names the columns */
export function orderOf<T, R>({ columns }: Listing<T, R>, sort: string): Compare<R> {
  const [id = '', direction, ...rest] = sort.split(':');
  const column = columns.find(({ head }) => columnId(head) === id.toLowerCase());
  if (column === undefined || rest.length > 0 || !['asc', 'desc', undefined].includes(direction)) {
    const what = column === undefined ? `has no column "${id}"` : `is not sorted "${direction}"`;
    throw new OperatorError(
      'usage',
      `the list ${what}`,
      `--sort takes ${columns.map(({ head }) => columnId(head)).join(', ')}, and :desc behind it for the greatest first`,
    );
  }
  const sign = direction === 'desc' ? -1 : 1;
  return (one, other) => compareKeys(column.by(one), column.by(other), sign);
}

/** How a column is named by a flag. */
function columnId(head: string): string {
  return head
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export interface Wanted<R> {
  readonly order: Compare<R> | null;
  readonly offset: number;
  /** undefined: all. */
  readonly limit: number | undefined;
}

/** The data with the rows that are wanted, and how many more there are. */
export function arranged<T, R>(
  listing: Listing<T, R>,
  data: T,
  { order, offset, limit }: Wanted<R>,
): [T, left: number] {
  const all = listing.rows(data);
  if (order === null && offset === 0 && (limit === undefined || limit >= all.length)) return [data, 0];
  const sorted = order === null ? all : [...all].sort(order);
  const end = limit === undefined ? sorted.length : offset + limit;
  const { length } = sorted;
  if (listing.latest === true && order === null)
    return [
      listing.with(data, sorted.slice(Math.max(0, length - end), Math.max(0, length - offset))),
      Math.max(0, length - end),
    ];
  return [listing.with(data, sorted.slice(offset, end)), Math.max(0, sorted.length - end)];
}

export function listText<T, R>(
  listing: Listing<T, R>,
  data: T,
  page: Page,
  { output, headers }: { output: Output; headers: boolean },
  whole: T = data,
): string {
  const rows = listing.rows(data);
  if (output === 'name') return rows.map(listing.name).join('\n');
  if (output === 'wide') return rowsText(listing.columns, rows, { ...page, width: WIDE }, headers);
  return headers ? listing.view(data, page, whole) : rowsText(narrow(listing), rows, page, false);
}

/** The rows as a table, without the columns of -o wide. */
export function listTable<T, R>(listing: Pick<Listing<T, R>, 'columns'>, rows: readonly R[], page: Page): string {
  return rowsText(narrow(listing), rows, page, true);
}

// ---

function narrow<T, R>({ columns }: Pick<Listing<T, R>, 'columns'>): ListColumn<R>[] {
  return columns.filter(({ wide }) => wide !== true);
}

function rowsText<R>(columns: readonly ListColumn<R>[], rows: readonly R[], page: Page, headers: boolean): string {
  if (rows.length === 0 && !headers) return '';
  const palette = paletteOf(page.color);
  const cells = rows.map((row) => columns.map((column) => column.cell?.(row, palette) ?? keyText(column.by(row))));
  return table([...columns], cells, page, { headers });
}

function keyText(key: SortKey): string {
  return key === null ? '–' : String(key);
}

function compareKeys(one: SortKey, other: SortKey, sign: 1 | -1): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -sign : sign;
}
