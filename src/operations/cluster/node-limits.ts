import { withClient } from '../../admin/client/client.js';
import type { LimitsReply } from '../../admin/protocol/api.js';

export function nodeLimits(address: string): Promise<LimitsReply> {
  return withClient(address, (client) => client.call('LIMITS', {}));
}
