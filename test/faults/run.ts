import { setMaxListeners } from 'node:events';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, tryTo } from '../e2e/hosts.js';
import { loggedFault, statusOf, until } from '../e2e/processes.js';
import { Prng } from '../sim/prng.js';
import { check } from './checker.js';
import { Client, keysOf } from './client.js';
import { addWriters, Guests, passwordOf } from './guests.js';
import type { Cut, Evidence } from './history.js';
import { type Cluster, inject, type Wait } from './inject.js';
import { leftOut, librariesIn } from './libraries.js';
import { Machine, PORT } from './machine.js';
import { Network } from './network.js';
import { describeInjection, type Injected, type Report, seconds, writeReport } from './report.js';
import { type Injection, type Kind, partsOf, schedule } from './schedule.js';
import { Sealed } from './sealed.js';
import { endOf, settled } from './settle.js';
import { Turns } from './turns.js';

export interface FaultsOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Of its own: everything is written there. */
  readonly directory: string;
  /** Ends the faults early; what was done until then is checked. */
  readonly signal: AbortSignal;
  log(line: string): void;
}

const NAMES = ['a', 'b', 'c'];
const CLIENTS_OF_EACH = 2;
/** Of nodes that keep their data in memory alone. The first one has a disk: somebody has to know the cluster when all are killed. */
const MEMORY_SHARE = 0.4;
/** Of runs with TLS, a secret and users. */
const SEALED_SHARE = 0.5;
const ON_HEAL = ['merge', 'promote-oldest', 'promote-largest', 'keep-longest-ttl'] as const;

/**
 * A cluster of real processes on hosts, disks and clocks of their own, under clients and faults; then one where all is well, which
 * has to come together. Returns whether all stands.
 */
export async function runFaults(options: FaultsOptions): Promise<boolean> {
  const { directory, log } = options;
  const scene = await sceneOf(options);
  try {
    const report = await perform(scene, options);
    log(writeReport(directory, report));
    const stands = report.violations.length + report.problems.length === 0;
    if (!stands) for (const machine of scene.machines) await keep(machine, directory);
    return stands;
  } finally {
    await clear(scene, directory);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

interface Scene extends Cluster {
  readonly clients: readonly Client[];
  /** Of the first start. */
  readonly flags: readonly string[];
  readonly missing: ReadonlyMap<Kind, string>;
  /** Gone afterwards. */
  readonly work: string;
  readonly sealed: Sealed | null;
}

async function sceneOf({ seed, directory }: FaultsOptions): Promise<Scene> {
  const work = join(directory, 'work');
  mkdirSync(work);
  run('mount', '-t', 'tmpfs', 'tmpfs', work);
  const random = new Prng(seed);
  const libraries = librariesIn(work);
  const network = new Network(NAMES);
  const flags = ['--on-heal', random.chance(0.6) ? 'manual' : random.pick(ON_HEAL), '--failure-timeout', '1s'];
  if (random.chance(0.3)) flags.push('--fsync', 'always');
  const sealed = random.chance(SEALED_SHARE) ? await Sealed.in(work) : null;
  flags.push(...(sealed?.flags ?? []));
  const isMemoryWorld = random.chance(MEMORY_SHARE);
  const memory = isMemoryWorld ? NAMES.slice(1).filter((_, i) => i === 0 || random.chance(0.5)) : [];
  const machines = NAMES.map((name) => {
    const forgets = memory.includes(name);
    const ways = forgets
      ? NAMES.filter((other) => other !== name).map((other) => `${network.addressOf(other)}:${PORT}`)
      : null;
    return new Machine(name, network.addressOf(name), work, libraries, forgets ? memoryFlags(flags) : flags, ways);
  });
  const clients = machines.flatMap((machine) => clientsOf(machine, machines, random, sealed));
  const missing = leftOut(libraries, network);
  if (sealed === null) missing.set('guest', 'this run is without TLS and users');
  const guests = sealed === null ? null : new Guests(sealed, machines);
  return { network, machines, clients, flags, missing, work, sealed, guests };
}

/** `--fsync always` is for a disk. */
function memoryFlags(flags: readonly string[]): string[] {
  const fsync = flags.indexOf('--fsync');
  return ['--memory-only', ...flags.filter((_, i) => fsync < 0 || (i !== fsync && i !== fsync + 1))];
}

async function perform(scene: Scene, options: FaultsOptions): Promise<Report> {
  const { machines, clients, flags, missing } = scene;
  const { seed, minutes, log } = options;
  await found(machines);
  if (scene.sealed !== null) {
    const names = clients.map(({ name }) => name);
    await addWriters(scene.sealed, names, machines[0]!);
  }
  for (const client of clients) client.start();
  const memory = machines.filter(({ isMemoryOnly }) => isMemoryOnly).map(({ name }) => name);
  const stages = schedule(seed, NAMES, minutes * 60_000, memory);
  const possible = stages.map((stage) => stage.filter(({ kind }) => !missing.has(kind)));
  const injected = await strike(scene, possible, options);
  log('all is mended, and the clients go on');
  const { problems, ...end } = await conclusion(scene, injected);
  const bugs = injected.map(({ told }) => told).filter((told) => told.startsWith('exit code 1:'));
  const left = [...missing].map(([kind, why]) => `${kind} (${why})`);
  return {
    seed,
    minutes,
    cluster: [...flags, ...memory.map((name) => `(${name}: --memory-only)`)].join(' '),
    leftOut: left,
    injected,
    problems: [...problems, ...bugs],
    ...end,
  };
}

async function clear({ machines, clients, guests, work }: Scene, directory: string): Promise<void> {
  await guests?.end();
  await Promise.all(clients.map((client) => client.stop()));
  await Promise.all(machines.map((machine) => machine.kill()));
  for (const { name, node } of machines) writeFileSync(join(directory, `${name}.log`), node.logText);
  tryTo('umount', '--recursive', work);
  rmSync(work, { recursive: true, force: true });
}

function clientsOf(machine: Machine, machines: readonly Machine[], random: Prng, sealed: Sealed | null): Client[] {
  const others = machines.filter((other) => other !== machine);
  return Array.from({ length: CLIENTS_OF_EACH }, (_, i) => {
    const name = `${machine.name}${i}`;
    const access = sealed?.accessOf(name, passwordOf(name));
    return new Client(name, machine, others, new Prng(random.between(1, 2 ** 30)), access);
  });
}

async function found(machines: readonly Machine[]): Promise<void> {
  const [first, ...others] = machines;
  await first!.start();
  for (const machine of others) await machine.start(first!.address);
  await until('all are members', async () => {
    const all = await Promise.all(machines.map(({ address }) => statusOf(address)));
    return all.every(({ members }) => members.length === machines.length);
  });
}

/** All that was drawn, each at the time of its stage. Resolves when all of it has ended. */
async function strike(
  cluster: Cluster,
  stages: readonly (readonly Injection[])[],
  { signal, log }: FaultsOptions,
): Promise<Injected[]> {
  const startMs = Date.now();
  const nowMs = () => Date.now() - startMs;
  const wait: Wait = (ms) => pause(ms, signal);
  const turns = new Turns();
  const injected: Injected[] = [];
  setMaxListeners(stages.flat().length, signal);
  const happen = async (injection: Injection) => {
    await wait(injection.atMs);
    const end = await turns.take(partsOf(injection));
    if (signal.aborted) return end();
    const fromMs = nowMs();
    log(`${seconds(fromMs)}  ${describeInjection(injection)}`);
    const told = await inject(cluster, injection, wait);
    injected.push({ ...injection, startMs, fromMs, untilMs: nowMs(), told });
    end();
  };
  for (const stage of stages) await Promise.all(stage.map(happen));
  return injected.sort((one, other) => one.fromMs - other.fromMs);
}

/** All is mended, and has to come together while clients write, and once more when nobody does. */
async function conclusion(
  { machines, clients, guests }: Scene,
  injected: readonly Injected[],
): Promise<{ evidence: Evidence; violations: Report['violations']; problems: string[] }> {
  for (const machine of machines) await machine.mend();
  const underLoad = await settled(machines, false);
  await Promise.all(clients.map((client) => client.stop()));
  const atRest = await settled(machines, true);
  await guests?.end();
  const { differences, losses, ...end } = await endOf(machines, keysOf(clients));
  const evidence = {
    ...end,
    operations: clients.flatMap(({ operations }) => operations),
    setBacks: [...machines.flatMap(({ setBacks }) => setBacks), ...losses],
    cuts: clearCuts(injected),
    attempts: guests?.attempts ?? [],
    removals: guests?.removals ?? [],
  };
  const problems = [
    ...[underLoad, atRest].filter((why) => why !== null),
    ...differences,
    ...(guests?.missing() ?? []),
    ...machines.flatMap(({ surprises }) => surprises),
    ...machines.flatMap(({ node }) => loggedFault(node.logText) ?? []),
  ];
  return { evidence, violations: check(evidence), problems };
}

/** Cuts of one node from all others, while nothing else happened to anybody. */
function clearCuts(injected: readonly Injected[]): Cut[] {
  const clear = injected.filter(({ kind }) => kind === 'clear cut');
  return clear.map(({ nodes, others, startMs, fromMs, untilMs }) => {
    return { node: nodes[0]!, others, fromMs: startMs + fromMs, untilMs: startMs + untilMs };
  });
}

/** The directory of a node that cannot be explained. */
async function keep(machine: Machine, directory: string): Promise<void> {
  await machine.kill();
  if (machine.isMemoryOnly) return;
  cpSync(machine.directory, join(directory, `${machine.name}-data`), { recursive: true });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
