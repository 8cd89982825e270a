import type { KeyCount } from '../key-counts.js';
import type { Section } from './sections.js';

export function keyspaceSection(counts: readonly KeyCount[]): Section {
  const rows = counts.map(({ keys, expiring }, database) => ({ name: `db${database}`, keys, expiring }));
  const filled = rows.filter(({ keys }) => keys > 0);
  return Object.fromEntries(
    filled.map(({ name, keys, expiring }) => [name, `keys=${keys},expires=${expiring},avg_ttl=0`]),
  );
}
