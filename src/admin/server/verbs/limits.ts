import { LIMIT_NAMES, LIMITS } from '../../../fronts/resp/limits.js';
import { descriptorLimit, openDescriptors } from '../../../node/descriptors.js';
import type { Node } from '../../../node/node.js';
import type { LimitsReply } from '../../protocol/api.js';

export function limits(node: Node): LimitsReply {
  const { name, replica } = node.core.status.self;
  const now = node.limits();
  return {
    ...{ name, replica },
    limits: LIMIT_NAMES.map((limit) => {
      const { unit, usual, min, words } = LIMITS[limit];
      const value = now?.limits[limit] ?? usual;
      return {
        ...{ name: limit, unit, words },
        value: min === 0 && value === 0 ? null : value,
        inUse: now?.inUse[limit] ?? null,
        met: now?.met[limit] ?? 0,
      };
    }),
    openFiles: { limit: descriptorLimit(), inUse: openDescriptors() },
  };
}
