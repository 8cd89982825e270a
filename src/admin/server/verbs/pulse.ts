import type { Node } from '../../../node/node.js';
import type { PulseReply } from '../../protocol/api.js';
import { groupsView } from '../../protocol/groups-view.js';

export function pulse(node: Node): PulseReply {
  const { name, replica } = node.core.status.self;
  const { clients = 0, reads = 0, writes = 0, heat = null } = node.pulse() ?? {};
  const sumsOf = ([, read = 0, write = 0]: readonly number[]) => ({ reads: read, writes: write });
  const hot = heat === null ? null : { ...groupsView(heat.groups, sumsOf), windowMs: heat.windowMs };
  return { name, replica, atMs: performance.now(), clients, reads, writes, hot };
}
