import { grouped } from './text.js';

export interface Range {
  offset: number;
  shown: number;
  total: number;
}

/** How much of it is on the page: `all 7 keys`, `20 of 9 014 keys (from 41); more: --limit, --offset 60, …`. */
export function rangeText({ offset, shown, total }: Range, what: string): string {
  if (shown === total) return total === 1 ? `1 ${oneOf(what)}, no more` : `all ${grouped(total)} ${what}`;
  const from = offset === 0 ? '' : ` (from the ${grouped(offset + 1)}. on)`;
  const last = offset + shown >= total;
  const more = last ? '' : `; more: --offset ${offset + shown}, --limit, or --only, --prefix, --island`;
  return `${grouped(shown)} of ${grouped(total)} ${what}${from}${more}`;
}

/** A plural as one: of keys and parts of keys it is a key or a part of one. */
function oneOf(what: string): string {
  return what === 'keys and parts of keys' ? 'key or part of a key' : what.replace(/s$/, '');
}
