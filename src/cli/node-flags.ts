import { homedir, hostname, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { DEFAULT_ADDRESS, DEFAULT_HOST, formatAddress, parseAddress } from '../admin/protocol/address.js';
import { OperatorError } from '../core/model/errors.js';
import { EVICTION_POLICIES, type EvictionPolicy } from '../core/store/eviction.js';
import { advice } from '../hints/advice.js';
import { parseDiscovery } from '../node/discovery/spec.js';
import { type FormerStart, formerNodesIn, readFormerStart } from '../operations/cluster/former-start.js';
import type { NodeOptions } from '../operations/cluster/node-options.js';
import { durationFlag, sizeFlag } from './flags.js';
import { ON_HEAL, onHealOf } from './on-heal.js';
import { checkDiscovery, checkEngine, checkFounding, checkLife, checkMemory, checkName } from './start-checks.js';

/** The flags of a command that starts a node. What is left out is taken from an existing data directory, else the default. */
export const nodeFlags = {
  name: Flags.string({ helpValue: 'NAME', summary: 'name of the node, unique in its cluster; default: the host name' }),
  listen: Flags.string({ helpValue: 'HOST:PORT', summary: `address to listen on; default: ${DEFAULT_ADDRESS}` }),
  advertise: Flags.string({
    helpValue: 'HOST:PORT',
    summary: 'address that the others reach this node at; default: --listen',
  }),
  dir: Flags.string({
    helpValue: 'PATH',
    summary: 'data directory; default: $XDG_DATA_HOME or ~/.local/share, then mneme/NAME',
    exclusive: ['memory-only'],
  }),
  discover: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'SPEC',
    summary:
      'how to find the other nodes, as long as this one runs: static:HOST:PORT,…, dns:NAME[:PORT], dns-srv:NAME, multicast[:GROUP:PORT] or kubernetes[:NAMESPACE/SELECTOR]; none: in no way any more',
  }),
  engine: Flags.string({
    helpValue: 'URL',
    env: 'MNEME_ENGINE',
    summary:
      'attach to a Redis: redis://[USER:PASSWORD@]HOST:PORT[/DATABASE], redis+unix:///PATH[?db=DATABASE], redis+cluster://HOST:PORT,… for a Redis Cluster, redis+sentinel://HOST:PORT,…/NAME by Sentinel; rediss for TLS',
  }),
  keys: Flags.string({
    helpValue: 'PREFIX*',
    summary: "keys of that Redis to replicate, such as 'session:*'; default: all",
  }),
  'memory-only': Flags.boolean({ summary: 'keep nothing on disk: after a stop it comes back empty, as a new member' }),
  fsync: Flags.option({ options: ['grouped', 'always'] as const })({
    summary: 'grouped (default): a reply survives a kill of the process; always: a power failure too',
    exclusive: ['memory-only'],
  }),
  'max-memory': sizeFlag({
    summary: "memory that this node's entries may take, such as 512mb or 4gb; default, and with 0: no limit",
  }),
  eviction: Flags.option({ options: EVICTION_POLICIES })({
    summary:
      'at that limit: refuse writes that grow (noeviction, the default), or evict the least recently used entries, or those that expire first',
  }),
  'allow-drills': Flags.boolean({ allowNo: true, summary: 'let mneme drill cut the links of this node' }),
  detach: Flags.boolean({ char: 'd', summary: 'run in the background; ends when the node serves' }),
  'log-format': Flags.option({ options: ['text', 'json'] as const })({
    summary: 'how lines of the log are written (default: text)',
  }),
  'log-file': Flags.string({
    helpValue: 'PATH',
    summary: 'log of a node in the background; default: node.log in the data directory',
    dependsOn: ['detach'],
  }),
};

/** Settings of the cluster that a start founds. */
export const foundingFlags = {
  'on-heal': Flags.string({
    helpValue: 'WHAT',
    summary: `for a new cluster: what to do when a split-brain is found: ${ON_HEAL.join(', ')}, or a policy (default: merge)`,
    parse: async (text) => onHealOf(text),
  }),
  'failure-timeout': durationFlag({
    summary: 'for a new cluster: silence after which a member counts as down, such as 5s',
  }),
};

/** A join takes them only to say what to do instead. */
export const hiddenFoundingFlags = {
  'on-heal': { ...foundingFlags['on-heal'], hidden: true },
  'failure-timeout': { ...foundingFlags['failure-timeout'], hidden: true },
};

/** The values of {@link nodeFlags} after parsing. */
export interface NodeFlags {
  name?: string | undefined;
  listen?: string | undefined;
  advertise?: string | undefined;
  dir?: string | undefined;
  discover?: string[] | undefined;
  expect?: number | undefined;
  engine?: string | undefined;
  keys?: string | undefined;
  'memory-only': boolean;
  fsync?: 'grouped' | 'always' | undefined;
  'max-memory'?: number | undefined;
  eviction?: EvictionPolicy | undefined;
  'on-heal'?: string | undefined;
  'failure-timeout'?: number | undefined;
  'allow-drills'?: boolean | undefined;
  'log-file'?: string | undefined;
  'log-format'?: 'text' | 'json' | undefined;
  'still-member'?: boolean;
  peer?: string | undefined;
  new?: boolean;
}

/** A node's options without its log, which depends on where it runs. */
export type NodePlan = Omit<NodeOptions, 'log'> & { name: string };

/** What the flags leave out is as at the last start with this directory. Throws OperatorError `usage` for bad values. */
export function nodePlanOf(flags: NodeFlags, join?: { addresses: string[]; setAsideData: boolean }): NodePlan {
  if (flags.dir === '') throw new OperatorError('usage', '--dir is empty', 'Name a directory with --dir PATH.');
  const dir = flags['memory-only'] ? null : resolve(flags.dir ?? defaultDir(flags.name ?? defaultName()));
  const former = dir === null ? null : readFormerStart(dir);
  if (flags.name === undefined && flags.dir === undefined && former === null && dir !== null && flags.new !== true)
    checkDefaultPlace(dir);
  const name = flags.name ?? former?.name ?? defaultName();
  const advertise = flags.advertise ?? former?.advertise ?? undefined;
  const fsync = flags.fsync ?? former?.fsync ?? 'grouped';
  const engine = flags.engine ?? former?.engine;
  const keys = flags.keys ?? former?.keys;
  const maxMemory = flags['max-memory'] ?? former?.maxMemory ?? 0;
  const eviction = flags.eviction ?? (maxMemory > 0 ? former?.eviction : undefined) ?? 'noeviction';
  const logFormat = flags['log-format'] ?? former?.logFormat ?? 'text';
  const discover = discoverOf(flags, former);
  const gathers = discover.length > 0 && join === undefined && flags.new !== true;
  const expect = gathers ? (flags.expect ?? former?.expect) : flags.expect;
  checkName(name);
  checkLife(flags, dir, former);
  checkFounding(flags, join, former);
  checkDiscovery(discover, flags, join);
  checkEngine(engine, keys);
  checkMemory(maxMemory, eviction, engine);
  return {
    name,
    listen: formatAddress(parseAddress(flags.listen ?? former?.listen ?? DEFAULT_ADDRESS)),
    ...(advertise === undefined ? {} : { advertise: formatAddress(parseAddress(advertise)) }),
    dir,
    ...(join === undefined ? {} : { join: join.addresses, setAsideData: join.setAsideData }),
    ...(flags.peer === undefined ? {} : { peers: addressesOf(flags.peer) }),
    ...(discover.length === 0 ? {} : { discover }),
    ...(expect === undefined ? {} : { expect }),
    ...(flags.new ? { isNew: true } : {}),
    ...(flags['on-heal'] === undefined ? {} : { onHeal: flags['on-heal'] }),
    ...(flags['failure-timeout'] === undefined ? {} : { failureTimeoutMs: flags['failure-timeout'] }),
    ...(engine === undefined ? {} : { engine }),
    ...(keys === undefined ? {} : { keys }),
    ...(flags['still-member'] ? { stillMember: true } : {}),
    logFormat,
    memoryOnly: flags['memory-only'],
    allowDrills: flags['allow-drills'] ?? former?.allowDrills ?? false,
    fsyncAlways: fsync === 'always',
    maxMemory,
    eviction,
  };
}

/** The arguments under which another process comes to the same plan: no defaults are left to its surroundings. */
export function argumentsOf(plan: NodePlan): string[] {
  const { join, discover = [] } = plan;
  const joins =
    join === undefined ? ['cluster', 'start'] : ['cluster', 'join', ...(join.length === 0 ? [] : [join.join(',')])];
  return [
    ...joins,
    ...['--name', plan.name, '--listen', plan.listen],
    ...(plan.advertise === undefined ? [] : ['--advertise', plan.advertise]),
    ...(plan.dir === null ? ['--memory-only'] : ['--dir', plan.dir]),
    ...(discover.length === 0 ? ['--discover', 'none'] : discover.flatMap((one) => ['--discover', one])),
    ...(plan.expect === undefined ? [] : ['--expect', String(plan.expect)]),
    ...engineArguments(plan),
    ...(plan.setAsideData ? ['--set-aside-data'] : []),
    ...(plan.stillMember ? ['--still-member'] : []),
    ...(plan.peers === undefined ? [] : ['--peer', plan.peers.join(',')]),
    ...(plan.isNew ? ['--new'] : []),
    ...(plan.onHeal === undefined ? [] : ['--on-heal', plan.onHeal]),
    ...(plan.failureTimeoutMs === undefined ? [] : ['--failure-timeout', `${plan.failureTimeoutMs}ms`]),
    plan.allowDrills ? '--allow-drills' : '--no-allow-drills',
    ...(plan.dir === null ? [] : ['--fsync', plan.fsyncAlways ? 'always' : 'grouped']),
    ...(plan.logFormat === undefined ? [] : ['--log-format', plan.logFormat]),
    ...memoryArguments(plan),
  ];
}

function memoryArguments({ maxMemory = 0, eviction = 'noeviction' }: NodePlan): string[] {
  return ['--max-memory', String(maxMemory), ...(maxMemory === 0 ? [] : ['--eviction', eviction])];
}

/** A password that came by the environment stays there: other users can read arguments. */
function engineArguments({ engine, keys }: NodePlan): string[] {
  const isInherited = engine === undefined || engine === process.env.MNEME_ENGINE;
  return [...(isInherited ? [] : ['--engine', engine]), ...(keys === undefined ? [] : ['--keys', keys])];
}

export function logFileOf(plan: NodePlan, wanted: string | undefined): string {
  if (wanted !== undefined) return resolve(wanted);
  return plan.dir === null ? join(tmpdir(), `mneme-${plan.name}.log`) : join(plan.dir, 'node.log');
}

/**
 * Where a program on this machine reaches a node that listens on all addresses.
 * @param bound the node's own address, which has the port where `listen` leaves it open (port 0).
 */
export function localAddressOf(listen: string, bound = listen): string {
  const { host, port: wanted } = parseAddress(listen);
  const port = wanted === 0 ? parseAddress(bound).port : wanted;
  if (host === '0.0.0.0') return formatAddress({ host: DEFAULT_HOST, port });
  return formatAddress({ host: host === '::' ? '::1' : host, port });
}

/** Some members, as an operator names them: ADDRESS[,ADDRESS…]. */
export function addressesOf(text: string): string[] {
  return text.split(',').map((one) => formatAddress(parseAddress(one)));
}

function defaultName(): string {
  return (
    hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 64) || 'node'
  );
}

function defaultDir(name: string): string {
  return join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'mneme', name);
}

/** The default name is the host's, which changes, as with a container made anew: then the data lies beside the new place. */
function checkDefaultPlace(dir: string): void {
  const place = dirname(dir);
  const others = formerNodesIn(place);
  if (others.length === 0) return;
  const found = others.map((name) => join(place, name)).join(', ');
  throw new OperatorError(
    'has-data',
    `this host is called ${basename(dir)}, and no node of that name has run here; there is data of ${others.length === 1 ? 'another' : 'others'} in ${found}`,
    advice(`mneme cluster start --name ${others[0]}`, `Or name the new node: --name ${basename(dir)}, or --new.`),
  );
}

/** Given again, it takes the place of what the directory remembers; `none` ends it. */
function discoverOf({ discover }: NodeFlags, former: FormerStart | null): string[] {
  if (discover === undefined) return [...(former?.discover ?? [])];
  const isNone = discover.includes('none');
  if (isNone && discover.length > 1)
    throw new OperatorError('usage', '--discover none goes with no other --discover', 'leave one of them out');
  return isNone ? [] : discover.map((one) => parseDiscovery(one).text);
}
