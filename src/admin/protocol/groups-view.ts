import { idToBytes } from '../../core/model/bytes.js';
import { clientKeyOf, databaseOf } from '../../core/model/entry.js';
import type { TopGroups } from '../../core/model/key-groups.js';
import type { Grouped } from './api.js';
import { base64 } from './facts.js';

/** Sums by how the keys begin, as they are told; `sumsOf` gives them their names. */
export function groupsView<S>({ groups, other, total }: TopGroups, sumsOf: (sums: readonly number[]) => S): Grouped<S> {
  return {
    groups: groups.map(({ id, sums }) => {
      const beginning = idToBytes(id);
      return { prefixBase64: base64(clientKeyOf(beginning)), database: databaseOf(beginning), ...sumsOf(sums) };
    }),
    other: other === null ? null : { groups: other.groups, ...sumsOf(other.sums) },
    total: sumsOf(total),
  };
}
