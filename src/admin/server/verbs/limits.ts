import { LIMIT_NAMES, LIMITS, type LimitName } from '../../../fronts/resp/limits.js';
import { descriptorLimit, openDescriptors } from '../../../node/descriptors.js';
import type { Node } from '../../../node/node.js';
import type { LimitsReply } from '../../protocol/api.js';

export function limits(node: Node): LimitsReply {
  const { name, replica } = node.core.status.self;
  const now = node.limits();
  const { inUse: aside, met: asideMet } = node.core.status.asideRoom;
  const inUse: Partial<Record<LimitName, number>> = {
    ...now?.inUse,
    'set-aside': aside.entries,
    'set-aside-memory': aside.bytes,
  };
  const met: Partial<Record<LimitName, number>> = {
    ...now?.met,
    'set-aside': asideMet.entries,
    'set-aside-memory': asideMet.bytes,
  };
  return {
    ...{ name, replica },
    limits: LIMIT_NAMES.map((limit) => {
      const { unit, usual, min, words } = LIMITS[limit];
      const value = now?.limits[limit] ?? usual;
      return {
        ...{ name: limit, unit, words },
        value: min === 0 && value === 0 ? null : value,
        inUse: inUse[limit] ?? null,
        met: met[limit] ?? 0,
      };
    }),
    openFiles: { limit: descriptorLimit(), inUse: openDescriptors() },
  };
}
