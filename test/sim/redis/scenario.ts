import { Prng } from '../prng.js';
import type { ApplicationOptions } from './application.js';
import { FAULTS, type Fault, type FaultWeights } from './faults.js';
import type { BridgedWorldOptions } from './world.js';

/** What a seed makes of the world before anything happens: each seed favours other faults (swarm testing, Groce 2012). */
export interface Scenario {
  readonly sites: number;
  readonly world: Omit<BridgedWorldOptions, 'capture' | 'parts' | 'large'>;
  readonly applications: ApplicationOptions;
  readonly faults: FaultWeights;
  readonly faultPauseMs: number;
  /** The first of them hits nodes that are not attached yet. */
  readonly faultsAreEarly: boolean;
  /** Keys that a Redis has before a node is put beside it. */
  readonly keysBefore: number;
  readonly confirmChance: number;
}

const SCALE: Partial<Record<Fault, number>> = {
  'stand-still': 0.5,
  busy: 0.5,
  unreachable: 0.5,
  stick: 0.5,
  rights: 0.5,
  flush: 0.1,
  disk: 0.5,
};

/** @param only two sites, on which nothing but these faults happens, and often: to look for what they show */
export function planOf(random: Prng, only: readonly Fault[] | null = null): Scenario {
  const plan = swarmPlanOf(random);
  if (only === null) return plan;
  const { world, applications } = plan;
  const hasReplica = only.some((fault) => fault.startsWith('failover'));
  return {
    ...plan,
    sites: 2,
    world: { ...world, server: { ...world.server, hasReplica } },
    applications: { ...applications, coldKeys: 20, pauseMs: 15, flushChance: 0 },
    faults: Object.fromEntries(FAULTS.map((fault) => [fault, only.includes(fault) ? 1 : 0])) as FaultWeights,
    faultPauseMs: 250,
  };
}

/**
 * The same with hashes, sets and sorted sets that are compared element by element.
 * @param losses whether a Redis may lose data, or refuse it
 */
export function withParts(plan: Scenario, losses: boolean): Scenario {
  const { world, applications, faults } = plan;
  if (losses) return { ...plan, applications: { ...applications, listsAlone: true } };
  return {
    ...plan,
    world: { ...world, server: { ...world.server, hasReplica: false } },
    applications: { ...applications, flushChance: 0, listsAlone: true },
    faults: Object.fromEntries(FAULTS.map((fault) => [fault, LOSING.has(fault) ? 0 : faults[fault]])) as FaultWeights,
  };
}

const LOSING: ReadonlySet<Fault> = new Set([
  'restart-all',
  'restart-file',
  'restart-nothing',
  'failover-level',
  'failover-behind',
  'save',
  'full',
  'limit',
  'evict',
  'flush',
]);

// ---------------------------------------------------------------------------------------------------------------------

function swarmPlanOf(random: Prng): Scenario {
  const coldKeys = random.pick([10, 30, 30, 250]);
  const hasReplica = random.chance(0.3);
  return {
    sites: random.pick([1, 2, 2, 2, 3]),
    world: {
      network: { delayMinMs: 1, delayMaxMs: random.pick([5, 30, 100]), lossChance: 0, duplicateChance: 0 },
      line: {
        delayMaxMs: random.pick([0, 2, 10]),
        splitChance: random.pick([0, 0.1]),
        socketBytes: random.pick([500, 4000, 100_000]),
      },
      syncMaxMs: random.pick([1, 3, 20]),
      skewMaxMs: random.pick([0, 5, 200]),
      server: {
        maxMemory: 0,
        policy: 'noeviction',
        events: random.chance(0.5) ? 'Ee' : '',
        pubSubBytesMax: 32_000,
        keysPerScan: random.pick([3, 20, 500]),
        elementScanMs: 0,
        hasReplica,
      },
    },
    applications: {
      hotKeys: random.between(1, 6),
      coldKeys,
      hotChance: random.pick([0.2, 0.5, 0.8]),
      pauseMs: random.pick([2, 8, 25]),
      deleteChance: random.pick([0.05, 0.2, 0.4]),
      expiryChance: random.pick([0, 0.1, 0.4]),
      expiryMaxMs: random.pick([500, 4000]),
      otherTypeChance: random.pick([0, 0.3, 0.6]),
      flushChance: random.pick([0, 0, 0.001, 0.004]),
      sameValueChance: random.pick([0, 0.1]),
    },
    // By chances of their own: one more kind of fault leaves all else of a seed as it is.
    ...faultsOf(new Prng(random.between(0, 2 ** 31)), hasReplica),
    faultPauseMs: random.pick([200, 600, 1500]),
    keysBefore: random.pick([0, 0, 20]),
    confirmChance: random.pick([0, 0.3]),
  };
}

function faultsOf(random: Prng, hasReplica: boolean): Pick<Scenario, 'faults' | 'faultsAreEarly'> {
  return { faults: weightsOf(random, hasReplica), faultsAreEarly: random.chance(0.3) };
}

function weightsOf(random: Prng, hasReplica: boolean): FaultWeights {
  const share = random.pick([0.1, 0.3, 0.6]);
  const weights = FAULTS.map((fault): [Fault, number] => {
    const isChosen = random.chance(share);
    const weight = random.pick([0.3, 1, 3]) * (SCALE[fault] ?? 1);
    const isOut = fault.startsWith('failover') && !hasReplica;
    return [fault, isChosen && !isOut ? weight : 0];
  });
  const all = Object.fromEntries(weights) as Record<Fault, number>;
  return { ...all, reset: Math.max(all.reset, 0.1) };
}
