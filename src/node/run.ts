import { networkInterfaces } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { OperatorError } from '../core/model/errors.js';
import { HLC_LAST, hlcFromMs } from '../core/model/hlc.js';
import { systemReason } from '../core/model/system-errors.js';
import { nodeDisk } from '../engines/embedded/disk.js';
import { hasData, openEmbeddedEngine, setAsideData } from '../engines/embedded/embedded-engine.js';
import { watchedDisk } from '../engines/embedded/watched-disk.js';
import type { Engine } from '../engines/engine.js';
import { MemoryEngine } from '../engines/memory/memory-engine.js';
import type { Attach } from '../engines/redis/attach.js';
import { withSecret } from '../fronts/resp/access/with-secret.js';
import { type AdminHandler, userOf } from '../fronts/resp/admin.js';
import { createListener, type Listener } from '../fronts/resp/listener.js';
import { advice, quoteWord } from '../hints/advice.js';
import { formatAddress, parseAddress } from '../links/address.js';
import { Guard } from '../links/guard.js';
import { NO_TRUST } from '../links/trust.js';
import { NodeAccess } from './access/node-access.js';
import { OPERATOR, OperatorKey } from './access/operator-key.js';
import { endOnceLeft } from './departure.js';
import { CLIENTS_USUAL, descriptorLimit, fewPlaces, placesFor } from './descriptors.js';
import { openDiscovery } from './discovery/discovery.js';
import { refuseFormer } from './former.js';
import { refuseIfKnown } from './founding.js';
import { assumeIdentity, journalGone, rememberSeeds } from './identity.js';
import { NodeKeyspace } from './keyspace.js';
import { LocalData } from './local-data.js';
import { Node, type Stopped } from './node.js';
import type { NodeStartOptions } from './options.js';
import { ScriptLog } from './script-log.js';
import { stopError } from './stop-error.js';
import { TlsCare } from './tls-care.js';

export interface RunningNode {
  readonly node: Node;
  /** What its process reads and writes, without a port. */
  readonly local: LocalData;
  /** The address that others reach this node at. */
  readonly address: string;
  /** The port that it listens on. */
  readonly port: number;
  /** Resolves when the node serves and has caught up with a peer. */
  readonly inSync: Promise<void>;
  /** Resolves, never rejects, when the node has ended, by itself or by stop(). */
  readonly stopped: Promise<Stopped>;
  stop(): Promise<void>;
}

/**
 * Open the data directory and the port, and run a node on them. `admin` gives the handler of `MNEME` commands.
 * Throws OperatorErrors: port-in-use, directory-in-use, directory-unwritable, data-corrupt, wrong-cluster, has-data.
 */
export async function startNode(options: NodeStartOptions, admin: (node: Node) => AdminHandler): Promise<RunningNode> {
  checkClock(Date.now());
  if (options.sharesProcess !== true) keepYoungHeapSmall();
  const { host, port } = parseAddress(options.listen);
  const attach = await attachOf(options);
  const { trust = NO_TRUST, listenPlain } = options;
  if (port !== 0 && foundsOne(options)) await refuseIfKnown(host, port, options.name, trust);
  const places = placesFor(descriptorLimit(), options.limits?.clients);
  const discoveries = await Promise.all((options.discover ?? []).map((spec) => openDiscovery(spec, trust)));
  const engine = await openEngine(options);
  let listener: Listener | undefined;
  let operatorKey: OperatorKey | null = null;
  try {
    const identity = assumeIdentity(engine, options);
    const seeds = rememberSeeds(engine, options);
    let node: Node;
    let adminHandler: AdminHandler;
    const scriptLog = new ScriptLog(options.log);
    const keyspace = new NodeKeyspace(() => node, options.closedToClients ?? null);
    operatorKey = operatorKeyIn(options);
    const access = new NodeAccess(() => node.core.status, operatorKey);
    const guard = new Guard(
      trust,
      () => identity.replica,
      (from, refusal) => node.trust.refused(from, refusal),
    );
    listener = createListener({
      host,
      port,
      keyspace,
      access: trust.secret === null ? access : withSecret(access),
      adminHandler: (verb, json, asker) => adminHandler(verb, json, asker),
      linkHandler: (socket, rest, seal) => node.accept(socket, rest, seal),
      guard,
      isProtected: trust.secret !== null && options.trustNetwork !== true,
      ...(listenPlain === undefined ? {} : { plain: parseAddress(listenPlain) }),
      onAct: (text, asker) =>
        node.act(text, 'client', { name: asker.name, user: userOf(asker), address: asker.address }),
      limits: { ...options.limits, clients: places.clients },
      onCrowd: (isCrowded) => node.noteCrowd(isCrowded ? places : null),
      onLinksFull: (isFull) => node.noteLinksFull(isFull),
      onPublication: (publication) => node.publications.publish(publication),
      onScriptLog: (level, text) => scriptLog.tell(level, text),
      onWarning: (message) => options.log('warn', message),
      onInternalError: (error) =>
        options.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error)),
    });
    if (places.clients < (options.limits?.clients ?? CLIENTS_USUAL)) options.log('warn', fewPlaces(places));
    const bound = options.isPortless === true ? { host, port } : await listener.start();
    const address = options.advertise ?? formatAddress({ host: reachable(bound.host), port: bound.port });
    node = new Node(engine, options, identity, address, seeds, attach, discoveries, () => keyspace.acknowledged());
    adminHandler = admin(node);
    if (identity.founds) node.log('info', `founds the new cluster ${identity.clusterId}`, { kind: 'start' });
    node.access = access;
    node.onDataChange.push(() => keyspace.dataChanged());
    const running = run(node, access, listener, bound.port);
    if (trust.tls !== null && guard.tls !== null) {
      const care = new TlsCare(trust.tls, guard.tls, node.core.problems, (text) => options.log('info', text));
      void running.stopped.then(() => care.stop());
    }
    // It left before it was stopped, and no member knows yet.
    if (node.core.state === 'stopping') void endOnceLeft(node, { code: 6, error: hasLeft(address, seeds) });
    return running;
  } catch (error) {
    await listener?.close(0);
    operatorKey?.remove();
    await engine.discardIfFresh();
    throw error;
  }
}

function run(node: Node, access: NodeAccess, listener: Listener, port: number): RunningNode {
  let stopping: Promise<void> | undefined;
  const end = (code: number, error: OperatorError | null): Promise<void> => {
    stopping ??= listener.close(1000).then(() => node.stop(code, error));
    return stopping;
  };
  const accessChanged = () => {
    access.refresh();
    listener.reviewAccess();
  };
  node.core.onAccessChange = accessChanged;
  node.core.onPublication = (publication) => {
    node.publications.noteReceived();
    listener.deliver(publication);
  };
  accessChanged();
  node.clients = () => listener.users();
  node.traffic = () => listener.traffic();
  node.pulse = () => listener.pulse();
  node.limits = () => listener.limits();
  node.onEnd = ({ code, error }) => void end(code, error);
  return {
    node,
    local: new LocalData(node),
    address: node.address,
    port,
    inSync: node.inSync,
    stopped: node.stopped,
    stop: () => end(0, null),
  };
}

/**
 * The young part of the heap does not grow: what a node makes there is garbage at the end of the turn, so that a small one is
 * collected as well, in less time each, and a large one would take the memory of a hundred thousand entries.
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** That engine's code is loaded where it is used. */
async function attachOf({ redis, log }: NodeStartOptions): Promise<Attach | null> {
  if (redis === undefined) return null;
  const { attachTo } = await import('../engines/redis/attach.js');
  return attachTo(redis, log);
}

/** null: it has no directory, or none that can be written now. */
function operatorKeyIn({ dir, log }: NodeStartOptions): OperatorKey | null {
  if (dir === null) return null;
  try {
    return OperatorKey.write(dir);
  } catch (error) {
    log('warn', `the key of the user ${OPERATOR.name} was not written: ${systemReason(error)}`);
    return null;
  }
}

/** No data, and no cluster to join: a start founds one. On a port that nobody can know yet nobody can dial it. */
function foundsOne({ dir, join, isNew, former, discover = [] }: NodeStartOptions): boolean {
  return (
    discover.length === 0 &&
    join === undefined &&
    isNew !== true &&
    former === undefined &&
    (dir === null || !hasData(dir))
  );
}

async function openEngine(options: NodeStartOptions): Promise<Engine> {
  const { dir, setAsideData: setAside, log, former, diskWatch } = options;
  if (dir === null) return new MemoryEngine();
  if (setAside === true && (hasData(dir) || former !== undefined))
    log('info', `the old data is set aside in ${await setAsideData(dir)}`);
  else if (former !== undefined && !hasData(dir)) throw journalGone(dir, former.name);
  else if (former !== undefined && options.isNew === true) throw comesBack(dir, former.name);
  const engine = await openEmbeddedEngine({ dir, ...(diskWatch && { disk: watchedDisk(nodeDisk, diskWatch) }) });
  await refuseFormer(engine, dir, options);
  return engine;
}

/** Whoever starts it again has to be told: it would have ended in silence, or as if it had done what was asked. */
function hasLeft(address: string, seeds: readonly string[]): OperatorError {
  return stopError({ kind: 'stop', code: 'forgotten', message: 'this node has left the cluster' }, address, seeds);
}

function comesBack(dir: string, name: string): OperatorError {
  return new OperatorError(
    'has-data',
    `--new founds a cluster, and ${dir} holds the data of ${name}`,
    advice(
      `mneme cluster start --dir ${quoteWord(dir)}`,
      'It comes back as what it was. For a new node name another directory with --dir.',
    ),
  );
}

/** The hybrid clock has an end (see HLC_LAST): a machine that shows such a time has no right clock. */
function checkClock(nowMs: number): void {
  if (hlcFromMs(nowMs) < HLC_LAST) return;
  const shown = new Date(nowMs).toISOString();
  throw new OperatorError(
    'refused',
    `The clock of this machine says ${shown}.`,
    advice('timedatectl', 'Set it right.'),
  );
}

/** All interfaces of this machine are no address to tell others: the first that is not loopback is. --advertise says better. */
function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.find((one) => !one.internal && one.family === 'IPv4');
  return outside?.address ?? '127.0.0.1';
}
