import { randomBytes, randomInt } from 'node:crypto';
import { OperatorError } from '../core/model/errors.js';
import { nextBoot } from '../core/model/version.js';
import type { Engine } from '../engines/engine.js';
import type { NodeStartOptions } from './options.js';

/** Who a replica is, as its data directory remembers it. */
export interface Identity {
  readonly replica: string;
  readonly boot: number;
  readonly previousBoot: number;
  readonly clusterId: string | null;
  readonly founds: boolean;
  /** It has no cluster, and looks for one, or for nodes to found one with; null: it has one, or knows where to get in. */
  readonly gathers: { readonly expects: number | null; readonly clusterId: string } | null;
}

/** Read who this replica was, or make it somebody; count the boot (R2). In the journal before the first write of the boot. */
export function assumeIdentity(engine: Engine, options: NodeStartOptions): Identity {
  const known = engine.getMeta('replica') as string | undefined;
  const clusterId = (engine.getMeta('clusterId') as string | undefined) ?? null;
  if (options.setAsideData !== true) checkOwner(engine, options);
  const previousBoot = (engine.getMeta('boot') as number | undefined) ?? 0;
  const boot = nextBoot(previousBoot, Date.now(), randomInt(2 ** 32) / 2 ** 32);
  checkCluster(clusterId, options);
  const replica = known ?? randomBytes(8).toString('hex');
  const gathers = isGathering(engine, options)
    ? { expects: options.join === undefined ? (options.expect ?? null) : null, clusterId: newClusterId() }
    : null;
  const founds = clusterId === null && options.join === undefined && gathers === null;
  const ownCluster = founds ? newClusterId() : clusterId;
  engine.setMeta('replica', replica);
  engine.setMeta('name', options.name);
  engine.setMeta('boot', boot);
  if (founds) engine.setMeta('clusterId', ownCluster);
  return { replica, boot, previousBoot, clusterId: ownCluster, founds, gathers };
}

/** A node has run in the directory, and nothing is left of what it wrote: it must not come back empty without a word. */
export function journalGone(dir: string, name: string): OperatorError {
  return new OperatorError(
    'data-corrupt',
    `${dir} belongs to the node ${name}, and its journal is gone`,
    'Take a fresh copy from another member: mneme cluster join ADDRESS --set-aside-data. If there is none, move the directory away.',
  );
}

/** The seeds that a crash in the middle of a join left behind, so that a plain start goes on with it. */
export function rememberSeeds(engine: Engine, options: NodeStartOptions): readonly string[] {
  if (options.join !== undefined) engine.setMeta('seeds', options.join);
  return options.join ?? rememberedSeeds(engine);
}

export function rememberedSeeds(engine: Engine): readonly string[] {
  return (engine.getMeta('seeds') as string[] | undefined) ?? [];
}

/** Also where a join was cut short: who was asked then may have another address by now. */
function isGathering(engine: Engine, { discover = [], isNew }: NodeStartOptions): boolean {
  return discover.length > 0 && isNew !== true && engine.getMeta('joined') !== true;
}

function newClusterId(): string {
  return randomBytes(6).toString('hex');
}

/** What lies in the directory must be what this node wrote: another node's journal would make it that node. */
function checkOwner(engine: Engine, { dir, former, name }: NodeStartOptions): void {
  if (dir === null) return;
  const found = engine.getMeta('replica') as string | undefined;
  const foundName = (engine.getMeta('name') as string | undefined) ?? null;
  if (former !== undefined && found === undefined) throw journalGone(dir, former.name);
  const isOthers = former?.replica != null && former.replica !== found;
  const isUnsaid = former === undefined && foundName !== null && foundName !== name;
  if (!isOthers && !isUnsaid) return;
  const whose = `the journal in ${dir} is that of ${foundName === null ? 'another node' : `the node ${foundName}`} (replica ${found})`;
  throw new OperatorError(
    'data-corrupt',
    isOthers ? `${whose}, not of ${former.name} (replica ${former.replica})` : `${whose}, not of ${name}`,
    `Put back the files of ${former?.name ?? name}, or take a fresh copy from another member: mneme cluster join ADDRESS --set-aside-data`,
  );
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
