import type { LimitsReply } from '../../admin/protocol/api.js';
import type * as shapes from '../shapes/limits.js';
import type { Of } from '../shapes/shape.js';

export function nodeLimitsJson({ name, replica, limits, openFiles }: LimitsReply): Of<typeof shapes.nodeLimits> {
  return {
    node: { name, replica },
    limits: limits.map(({ name: limit, unit, value, inUse, met }) => ({ limit, unit, value, inUse, met })),
    openFiles,
  };
}
