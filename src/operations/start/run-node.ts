import { hostname } from 'node:os';
import { credentialsFor } from '../../admin/client/credentials.js';
import { shown } from '../../admin/client/dial.js';
import { formatAddress, parseAddress } from '../../admin/protocol/address.js';
import { errorText } from '../../admin/protocol/error-text.js';
import type { Settings } from '../../core/membership/records.js';
import { parseTarget } from '../../engines/redis/target.js';
import { openTrust } from '../../links/open-trust.js';
import { parseDiscovery } from '../../node/discovery/spec.js';
import { limitsOf } from '../../node/limits.js';
import { type FormerStart, foundingOf, readFormerStart, writeFormerStart } from '../cluster/former-start.js';
import { checkExpected, checkPeers, refuseIfListed } from '../cluster/known-elsewhere.js';
import type { NodeOptions, RunningNode } from '../cluster/node-options.js';
import { clusterToJoin } from '../cluster/to-join.js';
import { openMonitoring } from './monitoring.js';

/**
 * Start a node in this process. The node's code is loaded only here, since most commands do without it.
 * Throws OperatorErrors; `inSync` rejects with one if the node ends before it serves.
 */
export async function runNode(options: NodeOptions): Promise<RunningNode> {
  const { name = hostname(), dir, join: asked, discover = [], limits = [], engine, ...more } = options;
  const { keys, log, http = 'none', listenPlain = 'none', ...said } = more;
  const former = dir === null ? null : readFormerStart(dir);
  const trust = openTrust(said, true);
  const passport = { trust: shown(trust), credentials: options.sharesProcess === true ? nobody : credentialsFor };
  const { peers, isNew, expect, setAsideData } = said;
  const newcomer = former === null || setAsideData === true ? name : null;
  const named = asked === undefined || asked.length === 0 ? undefined : asked;
  const joins =
    named === undefined ? {} : { join: named, joinClusterId: await clusterToJoin(named, newcomer, passport) };
  if (asked === undefined && isNew !== true && former === null) checkExpected(discover, expect, dir);
  if (peers !== undefined) checkPeers(peers, dir, former !== null);
  else if (asked === undefined && isNew !== true && former === null) await refuseIfListed(name, dir, passport);
  const [{ startNode }, { adminHandler }] = await Promise.all([
    import('../../node/run.js'),
    import('../../admin/server/server.js'),
  ]);
  const { allowDrills = false, fsync, maxMemory = 0, eviction = 'noeviction' } = said;
  const monitoring = http === 'none' ? null : await openMonitoring(http, trust);
  const running = await startNode(
    {
      ...said,
      ...joins,
      ...{ name, dir, allowDrills, log, trust },
      ...(listenPlain === 'none' ? {} : { listenPlain }),
      fsyncAlways: fsync === 'always',
      limits: limitsOf(limits),
      settings: settingsOf(options),
      memory: { bytesMax: maxMemory, policy: eviction },
      discover: discover.map(parseDiscovery),
      ...(engine === undefined ? {} : { redis: parseTarget(engine, keys) }),
      ...(former === null ? {} : { former: { name: former.name, replica: former.replica } }),
      ...(monitoring === null ? {} : { diskWatch: monitoring.diskWatch, dashboard: monitoring.dashboard }),
    },
    adminHandler,
  ).catch(async (error: unknown) => {
    await monitoring?.close();
    throw error;
  });
  const { node, address, stopped } = running;
  if (monitoring !== null) {
    monitoring.serve(running, passport);
    log('info', `metrics at http://${monitoring.address}/metrics, dashboard at ${monitoring.dashboard}`);
    void stopped.then(() => monitoring.close());
  }
  if (dir !== null) {
    const listen = withPort(options.listen, running.port);
    const founding = { ...former?.founding, ...foundingOf(options) };
    keepStart({ ...options, dir, name, listen }, { replica: node.identity.replica, founding });
  }
  const ended = stopped.then(({ error }) => {
    if (error !== null) throw error;
    return false;
  });
  const inSync = Promise.race([running.inSync.then(() => true), ended]);
  inSync.catch(() => {});
  return {
    ...{ node, local: running.local, passport },
    address,
    name,
    replica: node.identity.replica,
    http: monitoring?.address ?? null,
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
    tell: (level, message, told) => node.log(level, message, told),
    progress: () => node.core.joining,
  };
}

/** An application asks as whoever it says, and not as some other part of its process does. */
function nobody(): null {
  return null;
}

/** A full disk is no reason not to serve what is there: the next start is as the last one that could be kept. */
function keepStart(
  { dir, log, ...start }: NodeOptions & { dir: string; name: string },
  more: Pick<FormerStart, 'replica' | 'founding'>,
): void {
  try {
    writeFormerStart(dir, start, more);
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
