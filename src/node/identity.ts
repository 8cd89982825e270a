import { randomBytes } from 'node:crypto';
import { OperatorError } from '../core/errors.js';
import type { Engine } from '../engines/engine.js';
import type { NodeStartOptions } from './options.js';

/** Who a replica is, as its data directory remembers it. */
export interface Identity {
  readonly replica: string;
  readonly boot: number;
  readonly clusterId: string | null;
  readonly founds: boolean;
}

/** Read who this replica was, or make it somebody; count the boot (R2). In the journal before the first write of the boot. */
export function assumeIdentity(engine: Engine, options: NodeStartOptions): Identity {
  const known = engine.getMeta('replica') as string | undefined;
  const clusterId = (engine.getMeta('clusterId') as string | undefined) ?? null;
  const boot = ((engine.getMeta('boot') as number | undefined) ?? 0) + 1;
  checkCluster(clusterId, options);
  const replica = known ?? randomBytes(8).toString('hex');
  const founds = clusterId === null && options.join === undefined;
  const ownCluster = founds ? randomBytes(6).toString('hex') : clusterId;
  engine.setMeta('replica', replica);
  engine.setMeta('boot', boot);
  if (founds) engine.setMeta('clusterId', ownCluster);
  return { replica, boot, clusterId: ownCluster, founds };
}

/** The seeds that a crash in the middle of a join left behind, so that a plain start goes on with it. */
export function rememberSeeds(engine: Engine, options: NodeStartOptions): readonly string[] {
  if (options.join !== undefined) engine.setMeta('seeds', options.join);
  return options.join ?? (engine.getMeta('seeds') as string[] | undefined) ?? [];
}

function checkCluster(clusterId: string | null, options: NodeStartOptions): void {
  const { join, joinClusterId, dir } = options;
  if (join === undefined || clusterId === null || joinClusterId === undefined || clusterId === joinClusterId) return;
  throw new OperatorError(
    'wrong-cluster',
    `${dir} holds data of cluster ${clusterId}; ${join.join(', ')} belongs to cluster ${joinClusterId}.`,
    `mneme cluster join ${join.join(',')} --set-aside-data`,
  );
}
