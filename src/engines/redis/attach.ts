import type { Storage } from '../../core/store/store.js';
import { Bridge } from './bridge.js';
import { checkRedis } from './check.js';
import type { NodePort } from './site.js';
import type { RedisTarget } from './target.js';
import { WatchedStorage } from './watched-store.js';

/** Puts a node beside a Redis: gives what keeps the two the same, and the node's storage as it tells of its changes. */
export type Attach = (port: NodePort, storage: Storage) => { bridge: Bridge; storage: Storage };

/** Looks whether that Redis can be attached to. Throws OperatorErrors if not. */
export async function attachTo(target: RedisTarget, log: (level: 'warn', message: string) => void): Promise<Attach> {
  await checkRedis(target, log);
  return (port, storage) => {
    const bridge = new Bridge(target, port);
    return { bridge, storage: new WatchedStorage(storage, bridge.changes) };
  };
}
