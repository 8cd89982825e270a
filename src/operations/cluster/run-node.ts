import { hostname } from 'node:os';
import { formatAddress, parseAddress } from '../../admin/protocol/address.js';
import { errorText } from '../../admin/protocol/error-text.js';
import type { Settings } from '../../core/membership/records.js';
import { parseTarget } from '../../engines/redis/target.js';
import { parseDiscovery } from '../../node/discovery/spec.js';
import { type FormerStart, foundingOf, readFormerStart, writeFormerStart } from './former-start.js';
import { checkExpected, checkPeers, refuseIfListed } from './known-elsewhere.js';
import type { NodeOptions, RunningNode } from './node-options.js';
import { clusterToJoin } from './to-join.js';

/**
 * Start a node in this process. The node's code is loaded only here, since most commands do without it.
 * Throws OperatorErrors; `inSync` rejects with one if the node ends before it serves.
 */
export async function runNode(options: NodeOptions): Promise<RunningNode> {
  const name = options.name ?? hostname();
  const dir = options.memoryOnly ? null : options.dir;
  const former = dir === null ? null : readFormerStart(dir);
  const newcomer = former === null || options.setAsideData === true ? name : null;
  const named = options.join === undefined || options.join.length === 0 ? undefined : options.join;
  const joins = named === undefined ? {} : { join: named, joinClusterId: await clusterToJoin(named, newcomer) };
  const { peers, isNew, discover = [], expect } = options;
  if (options.join === undefined && isNew !== true && former === null) checkExpected(discover, expect, dir);
  if (peers !== undefined) checkPeers(peers, dir, former !== null);
  else if (options.join === undefined && isNew !== true && former === null) await refuseIfListed(name, dir);
  const [{ startNode }, { adminHandler }] = await Promise.all([
    import('../../node/run.js'),
    import('../../admin/server/server.js'),
  ]);
  const { listen, advertise, allowDrills, fsyncAlways, setAsideData, stillMember, log } = options;
  const { engine, keys, maxMemory = 0, eviction = 'noeviction' } = options;
  const settings = settingsOf(options);
  const running = await startNode(
    {
      name,
      listen,
      dir,
      allowDrills,
      fsyncAlways,
      settings,
      memory: { bytesMax: maxMemory, policy: eviction },
      log,
      ...joins,
      ...(engine === undefined ? {} : { redis: parseTarget(engine, keys) }),
      ...(advertise === undefined ? {} : { advertise }),
      ...(setAsideData === undefined ? {} : { setAsideData }),
      ...(stillMember === undefined ? {} : { stillMember }),
      ...(peers === undefined ? {} : { peers }),
      ...(isNew === undefined ? {} : { isNew }),
      discover: discover.map(parseDiscovery),
      ...(expect === undefined ? {} : { expect }),
      ...(former === null ? {} : { former: { name: former.name, replica: former.replica ?? null } }),
    },
    adminHandler,
  );
  const { node, address, stopped } = running;
  if (dir !== null) {
    const fsync = fsyncAlways ? 'always' : 'grouped';
    const place = {
      name,
      replica: node.identity.replica,
      listen: withPort(listen, running.port),
      advertise: advertise ?? null,
      fsync,
      maxMemory,
      eviction,
    } as const;
    keepStart(dir, log, {
      ...place,
      ...(engine === undefined ? {} : { engine }),
      ...(keys === undefined ? {} : { keys }),
      ...(discover.length === 0 ? {} : { discover }),
      ...(expect === undefined ? {} : { expect }),
      ...(allowDrills ? { allowDrills } : {}),
      ...(options.logFormat === 'json' ? { logFormat: 'json' } : {}),
      founding: { ...former?.founding, ...foundingOf(options) },
    });
  }
  const ended = stopped.then(({ error }) => {
    if (error !== null) throw error;
    return false;
  });
  const inSync = Promise.race([running.inSync.then(() => true), ended]);
  inSync.catch(() => {});
  return {
    address,
    name,
    replica: node.identity.replica,
    dir,
    get founded() {
      return node.founded;
    },
    get clusterId() {
      return node.core.status.self.clusterId ?? '';
    },
    inSync,
    stopped,
    stop: () => running.stop(),
    progress: () => node.core.joining,
  };
}

/** A full disk is no reason not to serve what is there: the next start is as the last one that could be kept. */
function keepStart(dir: string, log: NodeOptions['log'], start: FormerStart): void {
  try {
    writeFormerStart(dir, start);
  } catch (error) {
    log('warn', `how this node was started cannot be kept in ${dir}: ${errorText(error)}`);
  }
}

/** Where the system chose the port, the node comes back on that one. */
function withPort(listen: string, port: number): string {
  return formatAddress({ ...parseAddress(listen), port });
}

function settingsOf(options: NodeOptions): Partial<Settings> {
  const { onHeal, failureTimeoutMs } = options;
  return {
    ...(onHeal === undefined ? {} : { 'on-heal': onHeal as Settings['on-heal'] }),
    ...(failureTimeoutMs === undefined ? {} : { 'failure-timeout': failureTimeoutMs }),
  };
}
