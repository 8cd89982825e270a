import { withClient } from '../admin/client.js';
import type { NodeDone } from './node-done.js';

/** Stop one node cleanly. It stays a member and comes back as what it was. */
export async function clusterStop(address: string): Promise<NodeDone> {
  return withClient(address, async (client) => {
    const { self } = await client.call('STATUS', {});
    const done = await client.call('STOP', {});
    return { ...done, node: self.name, address: client.address };
  });
}
