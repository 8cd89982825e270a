import type { Settings } from '../../src/core/membership/records.js';
import { SLICES, type Slices } from '../../src/core/store/slices.js';
import type { Fault, FaultWeights } from './faults.js';
import type { OperatorOptions } from './operators.js';
import type { Prng } from './prng.js';
import type { WorkloadOptions } from './workload.js';
import type { WorldOptions } from './world.js';

/** What a seed makes of the world before anything happens: each seed favours other faults (swarm testing, Groce 2012). */
export interface Scenario {
  readonly nodes: number;
  readonly nodesMax: number;
  readonly world: WorldOptions;
  readonly workload: WorkloadOptions;
  readonly faults: FaultWeights;
  readonly faultPauseMs: number;
  readonly operators: OperatorOptions;
  readonly settings: Partial<Settings>;
}

const FAULTS: readonly Exclude<Fault, 'set-back'>[] = [
  'partition',
  'shatter',
  'one-way',
  'flap',
  'reset',
  'crash-process',
  'crash-power',
  'crash-all',
  'clock-step',
  'join',
  'leave',
  'forget',
];
const SET_BACK_WEIGHT = 4;
/** Faults that end a member, or all of them, must be rare for the rest to have something to work on. */
const SCALE: Partial<Record<Fault, number>> = {
  partition: 3,
  shatter: 2,
  'crash-all': 0.15,
  leave: 0.2,
  forget: 0.4,
};

/** So small that a plan of ten keys takes several steps, and a snapshot of a hundred many parts. */
const SMALL_SLICES: Slices = {
  batchBytes: 600,
  readBytes: 400,
  partBytes: 400,
  keys: 2,
  steps: 1,
  turnMs: 4,
  turnMsMax: 4,
};

/** Under a flood thousands of writes pile up while islands are apart: read ten at a time, they would take minutes. */
const FLOOD_SLICES: Slices = { ...SMALL_SLICES, readBytes: 4000 };
const SLICES_OF = { usual: SLICES, small: SMALL_SLICES, flood: FLOOD_SLICES } as const;

/** With `limited`, nodes have limits of memory that a part of the keys fills; with `setsBack`, disks are set back to older copies. */
export function planOf(random: Prng, limited: boolean, slices: keyof typeof SLICES_OF, setsBack: boolean): Scenario {
  const nodes = random.pick([1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 7]);
  const isLossy = random.chance(0.15);
  const isSlow = random.chance(0.2);
  const badClocks = random.chance(0.2);
  const onHeal = random.pick(['merge', 'merge', 'merge', 'manual', 'promote-oldest', 'promote-largest'] as const);
  return {
    nodes,
    nodesMax: Math.min(7, nodes + 2),
    world: {
      network: {
        delayMinMs: 1,
        delayMaxMs: isSlow ? 120 : random.between(2, 20),
        lossChance: isLossy ? 0.02 : 0,
        duplicateChance: isLossy ? 0.02 : 0,
      },
      syncMaxMs: random.pick([1, 3, 3, 20]),
      skewMaxMs: badClocks ? 2500 : random.pick([0, 5, 200]),
      driftMax: random.pick([0, 1e-5, 1e-3]),
      memoryOnlyChance: random.chance(0.15) ? 0.4 : 0,
      slices: SLICES_OF[slices],
      limits: limited
        ? { chance: random.pick([0.3, 0.7, 1]), bytesMin: 300, bytesMax: random.pick([1500, 6000]) }
        : null,
    },
    workload: {
      hotKeys: random.between(1, 6),
      coldKeys: random.pick([20, 100, 300]),
      hotChance: random.pick([0.2, 0.5, 0.8]),
      deleteChance: random.pick([0.1, 0.3, 0.5]),
      expiryChance: random.pick([0, 0.1, 0.4]),
      expiryMaxMs: random.pick([500, 4000]),
      touchChance: 0,
      compiledChance: 0,
      pauseMs: random.pick([3, 10, 30, 100]),
      sameValueChance: random.pick([0, 0.2]),
    },
    faults: faultsOf(random, setsBack),
    faultPauseMs: random.pick([150, 400, 1000, 2500]),
    operators: {
      pauseMs: random.pick([300, 1000, 3000]),
      undoChance: random.pick([0, 0.3, 0.6]),
      twiceChance: random.pick([0, 0.3]),
      settingChance: random.pick([0, 0.1]),
    },
    settings: {
      'on-heal': onHeal,
      'failure-timeout': 500,
      'clock-skew-limit': 1000,
      'partition-mode': random.chance(0.08) ? 'majority' : 'available',
    },
  };
}

/**
 * Nobody is forgotten where disks are set back: what a former member wrote, and a member alone has that was set back, may be older
 * than a delete that was collected since.
 */
function faultsOf(random: Prng, setsBack: boolean): FaultWeights {
  const faults = weights(random);
  return setsBack ? { ...faults, forget: 0, leave: 0, 'set-back': SET_BACK_WEIGHT } : { ...faults, 'set-back': 0 };
}

function weights(random: Prng): Omit<FaultWeights, 'set-back'> {
  const share = random.pick([0.3, 0.6, 1]);
  const chosen = FAULTS.map((fault) => {
    const weight = random.chance(share) ? random.pick([0.3, 1, 3]) : 0;
    return [fault, weight * (SCALE[fault] ?? 1)] as const;
  });
  const all = Object.fromEntries(chosen) as Record<Exclude<Fault, 'set-back'>, number>;
  return { ...all, partition: Math.max(all.partition, 0.5) };
}
