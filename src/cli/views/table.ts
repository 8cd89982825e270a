import CliTable from 'cli-table3';
import type { Page } from '../page.js';
import { type Paint, paletteOf } from './palette.js';
import { columnsOf, cutTo, wrapTo } from './text.js';

export interface Column {
  head: string;
  align?: 'left' | 'right';
  /** What happens to text that does not fit. Names and addresses are wrapped: half an address helps nobody. */
  overflow?: 'cut' | 'wrap';
  /** Never narrower than this while another column can give way. Default: the width of the head. */
  min?: number;
  /** Left out when space is short, the highest number first. */
  optional?: number;
}

/** A cell of one or more lines, with its colour. */
export type Cell = string | { text: string; paint: Paint };

export interface TableOptions {
  /** list: rows one below the other; grid: lines between rows and columns, for cells of several lines. */
  style?: 'list' | 'grid';
  indent?: string;
  /** false: rows alone. */
  headers?: boolean;
}

/** A table that fits the page. No row, no table: say in words what is empty, and what to do next. */
export function table(given: Column[], rows: Cell[][], page: Page, options: TableOptions = {}): string {
  const { style = 'list', indent = '', headers = true } = options;
  const columns = headers ? given : given.map((column) => ({ ...column, head: '' }));
  const gap = style === 'grid' ? 3 : 2;
  const room = page.width - indent.length;
  const { kept, widths } = layOut(columns, rows, room, gap);
  const { strong, dim } = paletteOf(page.color);
  const drawn = new CliTable({
    chars: style === 'grid' ? gridChars(dim) : LIST_CHARS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: style === 'list' },
    colWidths: widths.map((width, index) => width + (style === 'grid' ? gridPadding(index, widths.length) : 0)),
    colAligns: kept.map((index) => columns[index]?.align ?? 'left'),
  });
  const held = new HeldText();
  const pad = (lines: string[], index: number) =>
    style === 'grid' && index > 0 ? lines.map((line) => ` ${line}`) : lines;
  const draw = (cells: Cell[], paint?: Paint) => {
    drawn.push(
      kept.map((column, index) => {
        const lines = fitCell(cells[column] ?? '', widths[index] ?? 1, columns[column]?.overflow ?? 'cut', paint);
        return pad(lines.map(held.hold), index).join('\n');
      }),
    );
  };
  if (headers)
    draw(
      columns.map((column) => column.head),
      strong,
    );
  for (const row of rows) draw(row);
  const lines = held.release(drawn.toString()).split('\n');
  return lines.map((line) => `${indent}${line}`.trimEnd()).join('\n');
}

/**
 * The library that draws counts the columns of some scripts and emoji otherwise than terminals do. So it gets characters of one column
 * in the place of a text that is not plain, as many as the text takes.
 */
class HeldText {
  private readonly texts: string[] = [];

  readonly hold = (text: string): string => {
    const columns = columnsOf(text);
    if (!BEYOND_LATIN.test(text) || columns === 0 || this.texts.length === STAND_INS) return text;
    this.texts.push(text);
    return String.fromCodePoint(FIRST_STAND_IN + this.texts.length - 1).repeat(columns);
  };

  release(drawn: string): string {
    return drawn.replace(STOOD_IN, (run) => this.texts[(run.codePointAt(0) ?? 0) - FIRST_STAND_IN] ?? run);
  }
}

/** Of a private plane, which no text keeps: views write out what is in it. */
const FIRST_STAND_IN = 0xf0000;
const STAND_INS = 0xfff0;
const STOOD_IN = /([\u{f0000}-\u{fffef}])\1*/gu;
/** Marks, arrows and lines of our own take one column each everywhere. */
const BEYOND_LATIN = /[^ -\u02ff\u2010-\u2500]/u;

/** A space on each side of a line between columns. */
function gridPadding(index: number, count: number): number {
  return (index > 0 ? 1 : 0) + (index < count - 1 ? 1 : 0);
}

function fitCell(cell: Cell, width: number, overflow: 'cut' | 'wrap', headPaint?: Paint): string[] {
  const text = typeof cell === 'string' ? cell : cell.text;
  const paint = headPaint ?? (typeof cell === 'string' ? undefined : cell.paint);
  const fit = (line: string) => (overflow === 'wrap' ? wrapTo(line, width, WRAPPED_LINES_MAX) : [cutTo(line, width)]);
  const lines = text.split('\n').flatMap(fit);
  return paint === undefined ? lines : lines.map((line) => (line === '' ? line : paint(line)));
}

/** A key or a field may have a megabyte: whoever wants all of it asks for JSON. */
const WRAPPED_LINES_MAX = 24;

/** Columns as wide as their text; then the widest give way, then optional ones go, then all shrink. */
function layOut(columns: Column[], rows: Cell[][], room: number, gap: number): { kept: number[]; widths: number[] } {
  const natural = columns.map((column, index) =>
    Math.min(room, Math.max(columnsOf(column.head), 1, ...rows.map((row) => widestLine(row[index] ?? '')))),
  );
  const least = columns.map((column, index) =>
    Math.min(
      natural[index] ?? 1,
      column.min ?? Math.max(columnsOf(column.head), column.overflow ? 8 : (natural[index] ?? 1)),
    ),
  );
  let kept = columns.map((_, index) => index);
  const floor = (indices: number[]) => sum(indices.map((index) => least[index] ?? 1)) + gap * (indices.length - 1);
  while (floor(kept) > room) {
    const next = leastNeeded(columns, kept);
    if (next === undefined) break;
    kept = kept.filter((index) => index !== next);
  }
  const space = room - gap * (kept.length - 1);
  const widths = kept.map((index) => natural[index] ?? 1);
  const mins = kept.map((index) => least[index] ?? 1);
  return {
    kept,
    widths: shrink(
      shrink(widths, mins, space),
      widths.map(() => 3),
      space,
    ),
  };
}

/** Take from the widest that may still give, one column at a time. */
function shrink(widths: number[], mins: number[], space: number): number[] {
  const shrunk = [...widths];
  while (sum(shrunk) > space) {
    let widest = -1;
    for (const [index, width] of shrunk.entries()) {
      if (width > (mins[index] ?? 1) && (widest === -1 || width > (shrunk[widest] ?? 0))) widest = index;
    }
    if (widest === -1) break;
    shrunk[widest] = (shrunk[widest] ?? 1) - 1;
  }
  return shrunk;
}

function leastNeeded(columns: Column[], kept: number[]): number | undefined {
  const optional = kept.filter((index) => columns[index]?.optional !== undefined);
  return optional.sort((a, b) => (columns[b]?.optional ?? 0) - (columns[a]?.optional ?? 0))[0];
}

function widestLine(cell: Cell): number {
  const text = typeof cell === 'string' ? cell : cell.text;
  return Math.max(...text.split('\n').map(columnsOf));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const NO_CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  right: '',
  'right-mid': '',
};
const LIST_CHARS = { ...NO_CHARS, mid: '', 'mid-mid': '', middle: '  ' };

function gridChars(dim: Paint) {
  return { ...NO_CHARS, mid: dim('─'), 'mid-mid': dim('┼'), middle: dim('│') };
}
