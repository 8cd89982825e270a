import { homedir, hostname, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { DEFAULT_ADDRESS, DEFAULT_HOST, formatAddress, parseAddress } from '../admin/protocol/address.js';
import { OperatorError } from '../core/model/errors.js';
import { advice } from '../hints/advice.js';
import { parseDiscovery } from '../node/discovery/spec.js';
import { limitsToKeep } from '../node/limits.js';
import {
  START_OPTION_LIST,
  type StartFlags,
  type StartOption,
  type StartOptions,
  USUAL_OPTIONS,
} from '../node/start-options.js';
import { formerNodesIn, readFormerStart } from '../operations/cluster/former-start.js';
import type { NodeOptions } from '../operations/cluster/node-options.js';
import { checkDiscovery, checkEngine, checkFounding, checkLife, checkMemory, checkName } from './start-checks.js';
import { checkMonitoring, checkNetwork, plainOf } from './trust-checks.js';

/** A node's options without its log, which depends on where it runs. */
export type NodePlan = Omit<NodeOptions, 'log'> & { name: string };

/** What the flags leave out is as at the last start with this directory. Throws OperatorError `usage` for bad values. */
export function nodePlanOf(flags: StartFlags, join?: { addresses: string[]; setAsideData: boolean }): NodePlan {
  if (flags.dir === '') throw new OperatorError('usage', '--dir is empty', 'Name a directory with --dir PATH.');
  const dir = flags['memory-only'] === true ? null : resolve(flags.dir ?? defaultDir(flags.name ?? defaultName()));
  const former = dir === null ? null : readFormerStart(dir);
  if (flags.name === undefined && flags.dir === undefined && former === null && dir !== null && flags.new !== true)
    checkDefaultPlace(dir);
  const given = givenBy(flags);
  const { expect: expected, eviction: evicts, ...kept } = former?.options ?? {};
  const {
    name = defaultName(),
    listen = DEFAULT_ADDRESS,
    advertise,
    ...said
  } = { ...USUAL_OPTIONS, ...kept, ...given };
  const discover = discoverOf(given.discover, kept.discover);
  const gathers = discover.length > 0 && join === undefined && given.isNew !== true;
  const expect = given.expect ?? (gathers ? expected : undefined);
  const limits = limitsToKeep(given.limits, kept.limits);
  const { maxMemory = 0, engine, keys } = said;
  const eviction = given.eviction ?? (maxMemory > 0 ? evicts : undefined) ?? 'noeviction';
  checkName(name);
  checkLife(flags, dir, former);
  checkFounding(flags, join, former);
  checkDiscovery(discover, flags, join);
  checkEngine(engine, keys);
  checkMemory(maxMemory, eviction, engine);
  checkNetwork(listen, said);
  const http = httpOf(said.http, listen);
  checkMonitoring(http, said);
  return {
    ...said,
    ...{ name, dir, discover, limits, maxMemory, eviction },
    listen: formatAddress(parseAddress(listen)),
    http,
    listenPlain: plainOf(said),
    ...(advertise === undefined ? {} : { advertise: formatAddress(parseAddress(advertise)) }),
    ...(expect === undefined ? {} : { expect }),
    ...(join === undefined ? {} : { join: join.addresses, setAsideData: join.setAsideData }),
  };
}

/** The arguments under which another process comes to the same plan: no defaults are left to its surroundings. */
export function argumentsOf(plan: NodePlan): string[] {
  const { dir, discover = [], limits = [], engine, join, maxMemory = 0, ...rest } = plan;
  const joins =
    join === undefined ? ['cluster', 'start'] : ['cluster', 'join', ...(join.length === 0 ? [] : [join.join(',')])];
  // A password that came by the environment stays there: other users can read arguments.
  const isInherited = engine === undefined || engine === process.env.MNEME_ENGINE;
  const options: StartOptions = {
    ...rest,
    ...(dir === null ? { memoryOnly: true } : { dir }),
    ...{ maxMemory, discover: discover.length === 0 ? ['none'] : discover, limits: ['usual', ...limits] },
    ...(isInherited ? {} : { engine }),
  };
  const leftOut = [...(dir === null ? ['fsync'] : []), ...(maxMemory === 0 ? ['eviction'] : [])];
  const words = START_OPTION_LIST.flatMap(([name, option]) =>
    leftOut.includes(name) ? [] : argumentOf(option, options[name]),
  );
  return [...joins, ...words];
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

// ---

/** There is no usual port for monitoring: the one of the node itself is taken. */
function httpOf(text: string | undefined, listen: string): string {
  if (text === undefined || text === 'none') return 'none';
  // Of two free ports neither is the other.
  if (text === listen && !/:0$/.test(text))
    throw new OperatorError('usage', `--http ${text} is where the node itself listens`, 'Give it another port.');
  if (/:\d+$/.test(text)) return formatAddress(parseAddress(text));
  throw new OperatorError('usage', `--http ${text} names no port`, `write it as --http ${text || '127.0.0.1'}:9379`);
}

/** What was typed, by the names of the options. */
function givenBy(flags: StartFlags): StartOptions {
  const given = START_OPTION_LIST.flatMap(([name, { flag, kind }]) => {
    const value = flags[flag as keyof StartFlags];
    if (value === undefined || name === 'dir' || name === 'memoryOnly') return [];
    if (kind === 'path') return [[name, value === 'none' ? value : resolve(String(value))]];
    return [[name, kind === 'addresses' ? addressesOf(String(value)) : value]];
  });
  return Object.fromEntries(given);
}

function argumentOf({ flag, kind, remembered }: StartOption, value: StartOptions[keyof StartOptions]): string[] {
  if (value === undefined) return [];
  if (kind === 'switch') return value === true ? [`--${flag}`] : remembered ? [`--no-${flag}`] : [];
  if (kind === 'texts') return (value as readonly string[]).flatMap((one) => [`--${flag}`, one]);
  return [`--${flag}`, kind === 'milliseconds' ? `${value}ms` : String(value)];
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
function discoverOf(given: readonly string[] | undefined, kept: readonly string[] = []): readonly string[] {
  if (given === undefined) return kept;
  const isNone = given.includes('none');
  if (isNone && given.length > 1)
    throw new OperatorError('usage', '--discover none goes with no other --discover', 'leave one of them out');
  return isNone ? [] : given.map((one) => parseDiscovery(one).text);
}
