import type { StatusReply } from '../../src/admin/protocol/api.js';
import { mneme, statusOf } from '../e2e/processes.js';
import type { Guests } from './guests.js';
import type { Machine } from './machine.js';
import type { End, Network } from './network.js';
import type { Injection, Kind } from './schedule.js';

export interface Cluster {
  readonly network: Network;
  readonly machines: readonly Machine[];
  /** null: a run without users. */
  readonly guests: Guests | null;
}

const LOOK_MS = 300;

/** Resolves after so many ms, or when all is to end. */
export type Wait = (ms: number) => Promise<void>;

/**
 * Makes happen what was drawn. What takes an end has been ended when this resolves.
 * @returns what an operator was told; else nothing
 */
export async function inject(cluster: Cluster, injection: Injection, wait: Wait): Promise<string> {
  const struck = injection.nodes.map((name) => machineOf(cluster, name));
  const told = await Promise.all(struck.map((machine) => FAULTS[injection.kind](machine, injection, cluster, wait)));
  return told.filter((text) => typeof text === 'string').join('; ');
}

// ---------------------------------------------------------------------------------------------------------------------

type Fault = (machine: Machine, injection: Injection, cluster: Cluster, wait: Wait) => Promise<unknown>;

const FAULTS: Readonly<Record<Kind, Fault>> = {
  cut: lasting(cut),
  'clear cut': lasting(cut),
  'one-way cut': lasting((machine, { others }, { network }) => {
    return network.cut(others.map((other) => [other, machine.name]));
  }),
  flapping: async (machine, injection, { network }, wait) => {
    for (const endMs = Date.now() + injection.durationMs; Date.now() < endMs; await wait(injection.amount)) {
      const end = await network.cut(bothWays(machine, injection));
      await wait(injection.amount);
      await end();
    }
  },
  loss: lasting((machine, { amount }, { network }) => network.lose(machine.name, amount)),
  delay: lasting((machine, { amount }, { network }) => network.shape(machine.name, 'netem', 'delay', `${amount}ms`)),
  'slow line': lasting((machine, { amount }, { network }) =>
    network.shape(machine.name, 'tbf', 'rate', '400kbit', 'burst', '3000', 'latency', `${amount}ms`),
  ),
  kill,
  'kill all': kill,
  'set back': async (machine, { durationMs }, _cluster, wait) => {
    await machine.kill();
    machine.copyDirectory();
    await machine.start();
    await wait(durationMs);
    await machine.kill();
    machine.putBack();
    await machine.start();
  },
  freeze: lasting((machine) => {
    machine.signal('SIGSTOP');
    return () => machine.signal('SIGCONT');
  }),
  'full disk': lasting((machine) => {
    machine.fillDisk();
    return () => machine.emptyDisk();
  }),
  'failing fsync': lasting((machine) => {
    machine.failSyncs();
    return () => machine.mendSyncs();
  }),
  'clock step': lasting(clock),
  'clock jump': lasting(clock),
  merge: operator(isSplit, () => ['merge']),
  promote: operator(isSplit, ({ others }) => ['promote', ...others]),
  undo: operator(isResolved, () => ['undo', 'latest']),
  guest: async ({ name }, { others, durationMs }, cluster, wait) => {
    const three = [name, ...others].map((one) => machineOf(cluster, one));
    return cluster.guests?.come(three, () => wait(durationMs));
  },
};

/** A fault that is there from its beginning to its end. */
function lasting(begin: (machine: Machine, injection: Injection, cluster: Cluster) => End | Promise<End>): Fault {
  return async (machine, injection, cluster, wait) => {
    const end = await begin(machine, injection, cluster);
    await wait(injection.durationMs);
    await end();
  };
}

async function kill(machine: Machine, { durationMs }: Injection, _cluster: Cluster, wait: Wait): Promise<void> {
  await machine.kill();
  await wait(durationMs);
  await machine.start();
}

function cut(machine: Machine, injection: Injection, { network }: Cluster): Promise<End> {
  return network.cut(bothWays(machine, injection));
}

function bothWays({ name }: Machine, { others }: Injection): [string, string][] {
  return others.flatMap((other) => [
    [name, other],
    [other, name],
  ]);
}

function clock(machine: Machine, { amount }: Injection): End {
  machine.stepClock(amount);
  return () => machine.stepClock(0);
}

/** Looks at one node until there is something to do, and does it. Returns what he was told, in short. */
function operator(isTime: (status: StatusReply) => boolean, command: (injection: Injection) => string[]): Fault {
  return async ({ address }, injection, _cluster, wait) => {
    for (const endMs = Date.now() + injection.durationMs; Date.now() < endMs; await wait(LOOK_MS)) {
      const status = await statusOf(address).catch(() => null);
      if (status !== null && isTime(status)) break;
    }
    const { code, stdout, stderr } = await mneme(['split-brain', ...command(injection), '--yes', '--node', address]);
    const [line = ''] = (code === 0 ? stdout : stderr).trim().split('\n');
    return `exit code ${code}: ${line.slice(0, 120)}`;
  };
}

function isSplit({ incidents }: StatusReply): boolean {
  return incidents.some(({ state }) => state === 'open');
}

function isResolved({ resolved }: StatusReply): boolean {
  return (resolved ?? []).length > 0;
}

function machineOf({ machines }: Cluster, name: string): Machine {
  return machines.find((machine) => machine.name === name)!;
}
