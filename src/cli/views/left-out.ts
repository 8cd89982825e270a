import type { EngineView } from '../../admin/protocol/api.js';
import { humanDuration } from '../../operations/common/durations.js';
import type { Page } from '../page.js';
import { paletteOf } from './palette.js';
import { type Column, table } from './table.js';
import { escapeText, grouped, plural, printableKey } from './text.js';

const COLUMNS: Column[] = [
  { head: 'KEY', overflow: 'cut', min: 12 },
  { head: 'WAY', overflow: 'wrap', min: 10 },
  { head: 'FOR', align: 'right', min: 5 },
  { head: 'WHY', overflow: 'wrap', min: 24 },
];

/** The keys that are left out beside a node, the first `rowsMax` of them by name. */
export function leftOutLines(
  node: string,
  { leftOut }: EngineView,
  rowsMax: number,
  nowMs: number,
  page: Page,
): string[] {
  const { count, keys } = leftOut ?? { count: 0, keys: [] };
  if (count === 0) return [];
  const { bad } = paletteOf(page.color);
  const shown = keys.slice(0, rowsMax);
  const rows = shown.map(({ keyBase64, way, reason, sinceMs }) => [
    printableKey(keyBase64),
    way === 'from-redis' ? 'from Redis' : 'to Redis',
    humanDuration(Math.max(0, nowMs - sinceMs)),
    escapeText(reason),
  ]);
  const rest = count > shown.length ? [`and ${grouped(count - shown.length)} more`] : [];
  return [bad(`${plural(count, 'key')} left out at ${node}; all others go on`), table(COLUMNS, rows, page), ...rest];
}
