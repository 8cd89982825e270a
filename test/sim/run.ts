import { BLOCK } from '../../src/core/store/log-chunk.js';
import { Admins } from './admins.js';
import type { Checker } from './checker.js';
import { SimFailure } from './checker.js';
import { CausalityChecker } from './checkers/causality.js';
import { ChatterChecker } from './checkers/chatter.js';
import { CollectionChecker } from './checkers/collection.js';
import { ConvergenceChecker } from './checkers/convergence.js';
import { DepartureChecker } from './checkers/departure.js';
import { DoorChecker } from './checkers/door.js';
import { DrainedChecker } from './checkers/drained.js';
import { DurabilityChecker } from './checkers/durability.js';
import { EvictionChecker } from './checkers/eviction.js';
import { GatesChecker } from './checkers/gates.js';
import { InstancesChecker } from './checkers/instances.js';
import { LeadChecker } from './checkers/lead.js';
import { LivenessChecker } from './checkers/liveness.js';
import { MemoryMembersChecker } from './checkers/memory-members.js';
import { PartsChecker } from './checkers/parts.js';
import { PromotionChecker } from './checkers/promotion.js';
import { ReadOnlyChecker } from './checkers/read-only.js';
import { SetAsideChecker } from './checkers/set-aside.js';
import { SetBackChecker } from './checkers/set-back.js';
import { SilentMergeChecker } from './checkers/silent-merge.js';
import { SteadyChecker } from './checkers/steady.js';
import { TouchChecker } from './checkers/touch.js';
import { UsersChecker } from './checkers/users.js';
import { VectorChecker } from './checkers/vector.js';
import { ClockFaults } from './clock-faults.js';
import { Clones } from './clones.js';
import { DiskFaults } from './disk-faults.js';
import { hearRejections, runEvents, settle } from './events.js';
import { Faults } from './faults.js';
import { Operators } from './operators.js';
import { PartClients } from './part-clients.js';
import { Prng } from './prng.js';
import { planOf } from './scenario.js';
import { Workload } from './workload.js';
import { World } from './world.js';

/** After all was healed the cluster has this long to converge and to drain. One tick is one millisecond. */
const CONVERGE_TICKS = 60_000;
/** In every third seed, steps and messages are small. */
const SMALL_SLICES_EVERY = 3;
/** Before that, while clients write without a pause, all that is waited for has this long to end. */
const END_TICKS = 20_000;
const END_TICKS_BRIEF = 10_000;
const RUSH_PAUSE_MS = 5;
/** In some of the seeds with small messages more is written at a time than one of them holds, so that what has no end is not caught up with. */
const FLOOD_EVERY = 7 * SMALL_SLICES_EVERY;
const FLOOD_WRITES = 40;
/** The door lets as much pass beyond the limit: two executors that meet raise their fences in turn, until one makes way. */
const LEAD_MAX_MS = 2000;
const POLL_TICKS = 250;
/** For mutants: one that does not converge need not be waited for that long. */
const CONVERGE_TICKS_BRIEF = 20_000;
const TIDY_TICKS = 2000;
const LIMITED_EVERY = 8;
const LIMITED_REST = 6;
/** Seeds that no mutant and no seed which once failed is looked for in: those stay as they were. */
const FAILING_OF = 32;
const FAILING_RESTS = [4, 19, 25, 31];
/** The same for touches. */
const TOUCHED_OF = 32;
const TOUCHED_RESTS = [0, 14];
const TOUCH_CHANCE = 0.3;
const MEMORY_CHANCE = 0.6;
/** The same for users. */
const USERS_OF = 32;
const USERS_RESTS = [8, 21, 29];
/** Islands that both write are many, and operators act in every other seed. */
const PARTS_SETTINGS = { 'partition-mode': 'available' } as const;
const OPERATED_EVERY = 2;
/** In every fourth seed. */
const COMPILED_OF = 4;
const COMPILED_REST = 1;
const COMPILED_CHANCE = 0.6;

export interface RunOptions {
  readonly seed: number;
  readonly ticks: number;
  readonly keepsTrace?: boolean;
  readonly isBrief?: boolean;
  /** Nodes have limits of memory; by default one seed in eight. */
  readonly limited?: boolean;
  /** Disks are set back to older copies. */
  readonly setsBack?: boolean;
  /** Nodes are started with clocks that are far ahead. */
  readonly breaksClocks?: boolean;
  /** Nodes are started a second time, from copies of their directories. */
  readonly clones?: boolean;
  /** Disks fail, or are full for a while; by default in some seeds of every 32. */
  readonly failing?: boolean;
  /** Clients touch keys; by default in some seeds of every 32. */
  readonly touches?: boolean;
  /** Most nodes keep their data in memory alone; by default some do in one seed in seven. */
  readonly memory?: boolean;
  /** Users come and go; by default in some seeds of every 32. */
  readonly users?: boolean;
  /** Clients change hashes, sets, sorted sets and counters, part by part. */
  readonly parts?: boolean;
}

export interface RunResult {
  readonly seed: number;
  readonly failure: { readonly checker: string; readonly tick: number; readonly message: string } | null;
  readonly traceHash: string;
  readonly trace: readonly string[];
  readonly stats: Readonly<Record<string, number>>;
}

/** One seed, one history: faults for `ticks`, then all heals, and the cluster must converge. */
export async function runSeed(options: RunOptions): Promise<RunResult> {
  const random = new Prng(options.seed);
  const hasParts = options.parts === true;
  const isLimited = options.limited ?? options.seed % LIMITED_EVERY === LIMITED_REST;
  // What a promotion makes of keys that its node has evicted in part is another matter.
  const isOperated = !hasParts || (options.seed % OPERATED_EVERY === 0 && !isLimited);
  const healing = isOperated ? {} : { 'on-heal': 'merge' as const };
  // A flood is as much as a cluster with small messages can take in.
  const isFlood = options.seed % FLOOD_EVERY === 0;
  const slices = isFlood ? 'flood' : options.seed % SMALL_SLICES_EVERY === 0 ? 'small' : 'usual';
  const plan = planOf(random, isLimited, slices, options.setsBack === true);
  const memoryOnly = options.memory === true ? { memoryOnlyChance: MEMORY_CHANCE } : {};
  const world = new World(random, { ...plan.world, ...memoryOnly }, options.keepsTrace === true);
  world.checkers = makeCheckers(world);
  const touches = options.touches ?? TOUCHED_RESTS.includes(options.seed % TOUCHED_OF);
  const touchChance = touches && !isFlood ? TOUCH_CHANCE : 0;
  const compiledChance = !isFlood && options.seed % COMPILED_OF === COMPILED_REST ? COMPILED_CHANCE : 0;
  const workload = new Workload(world, { ...plan.workload, touchChance, compiledChance });
  const faults = new Faults(world, plan.faults, plan.faultPauseMs, plan.nodesMax);
  const fails = options.failing ?? FAILING_RESTS.includes(options.seed % FAILING_OF);
  const diskFaults = new DiskFaults(world, new Prng(~options.seed));
  const clockFaults = new ClockFaults(world, new Prng(~options.seed ^ 1));
  const clones = new Clones(world, new Prng(~options.seed ^ 2));
  const admins = new Admins(world, new Prng(~options.seed ^ 4));
  const hasUsers = options.users ?? USERS_RESTS.includes(options.seed % USERS_OF);
  const partClients = new PartClients(world, new Prng(~options.seed ^ 8));
  const operators = new Operators(world, plan.operators);
  const stopListening = hearRejections(world);
  let failure: RunResult['failure'] = null;
  const convergeTicks = options.isBrief === true && !hasParts ? CONVERGE_TICKS_BRIEF : CONVERGE_TICKS;
  let endedAfter = 0;
  let convergedAfter = 0;
  try {
    const founder = world.addNode();
    await settle(world);
    founder.found(random.hex(16), hasParts ? { ...plan.settings, ...PARTS_SETTINGS, ...healing } : plan.settings);
    for (let i = 1; i < plan.nodes; i++) world.startLater(world.addNode(), random.between(0, 300));
    await runEvents(world, 1000);
    workload.start();
    if (hasParts) partClients.start();
    await runEvents(world, 1500);
    faults.start();
    if (fails) diskFaults.start();
    if (options.breaksClocks === true) clockFaults.start();
    if (options.clones === true) clones.start();
    if (hasUsers) admins.start();
    if (isOperated) operators.start();
    await runEvents(world, options.ticks);
    world.note('all heals');
    operators.stop();
    clones.stop();
    admins.stop();
    clockFaults.stop();
    faults.stop();
    diskFaults.stop();
    workload.rush(RUSH_PAUSE_MS, isFlood ? FLOOD_WRITES : 1);
    endedAfter = await endUnderLoad(world, operators, options.isBrief === true ? END_TICKS_BRIEF : END_TICKS);
    world.note('writers stop');
    workload.stop();
    partClients.stop();
    convergedAfter = await converge(world, operators, convergeTicks);
    for (const checker of world.checkers) checker.end?.();
    world.passDay();
    await converge(world, operators, convergeTicks);
  } catch (error) {
    if (error instanceof SimFailure) failure = { checker: error.checker, tick: error.tick, message: error.message };
    else failure = { checker: 'crash', tick: world.schedule.nowMs, message: (error as Error).stack ?? String(error) };
  }
  stopListening();
  const incidents = world.nodes.find((node) => node.isJoined)?.core?.status.records.incidentList() ?? [];
  const stats = {
    nodes: world.nodes.length,
    incidents: incidents.length,
    resolved: incidents.filter(({ covered }) => covered !== null).length,
    setAside: incidents.reduce((sum, { setAside }) => sum + setAside, 0),
    undos: operators.undos,
    evictions: world.evictions,
    setBacks: world.setBack.size,
    named: incidents.filter(({ kind }) => kind === 'set-back').length,
    endedAfter,
    convergedAfter,
  };
  return { seed: options.seed, failure, traceHash: world.trace.hash, trace: world.trace.lines, stats };
}

function makeCheckers(world: World): Checker[] {
  return [
    new VectorChecker(world),
    new CollectionChecker(world),
    new CausalityChecker(world),
    new ChatterChecker(world),
    new LeadChecker(world, LEAD_MAX_MS),
    new SteadyChecker(world),
    new DoorChecker(world),
    new DurabilityChecker(world),
    new InstancesChecker(world),
    new SetBackChecker(world),
    new MemoryMembersChecker(world),
    new SetAsideChecker(world),
    new ReadOnlyChecker(world),
    new SilentMergeChecker(world),
    new PromotionChecker(world),
    new GatesChecker(world),
    new EvictionChecker(world),
    new TouchChecker(world),
    new ConvergenceChecker(world),
    new DrainedChecker(world),
    new DepartureChecker(world),
    new UsersChecker(world),
    new PartsChecker(world),
  ];
}

/**
 * The network is whole, and writers write faster than ever. Gives how long it took until all that was waited for had ended. One
 * split-brain is resolved after the other, each within the time and what it takes to read what was written apart, a few writes in an answer,
 * and all of them within three times that.
 */
async function endUnderLoad(world: World, operators: Operators, ticksMax: number): Promise<number> {
  const checker = new LivenessChecker(world, operators);
  const startMs = world.schedule.nowMs;
  let latestMs = startMs;
  let dueMs = ticksMax + readingTicks(world);
  let resolved = checker.resolved;
  checker.begin();
  for (;;) {
    await runEvents(world, world.schedule.nowMs + POLL_TICKS);
    const problem = checker.pending();
    const { nowMs } = world.schedule;
    const tookMs = nowMs - startMs;
    if (problem === null) return tookMs;
    if (checker.resolved > resolved) {
      resolved = checker.resolved;
      latestMs = nowMs;
      dueMs = ticksMax + readingTicks(world);
    }
    if (nowMs - latestMs > dueMs || tookMs > 3 * dueMs)
      world.fail(checker.name, `after ${tookMs} ticks under load: ${problem}`);
    if (tookMs % TIDY_TICKS === 0) operators.tidy();
  }
}

/** Of the longest log, by two of its blocks a round trip. */
function readingTicks({ nodes, options }: World): number {
  const lengths = nodes.map(({ disk }) => {
    const store = disk.inner('data');
    return [...store.vector.seqs].reduce((sum, [origin, seq]) => sum + seq - store.floor(origin), 0);
  });
  const { delayMinMs, delayMaxMs } = options.network;
  return (Math.max(...lengths) / (2 * BLOCK)) * (delayMinMs + delayMaxMs);
}

/** Gives how long it took. */
async function converge(world: World, operators: Operators, ticksMax: number): Promise<number> {
  const startMs = world.schedule.nowMs;
  for (;;) {
    await runEvents(world, world.schedule.nowMs + POLL_TICKS);
    const waiting = world.checkers.map((checker) => [checker.name, checker.pending?.() ?? null] as const);
    const first = waiting.find(([, problem]) => problem !== null);
    const tookMs = world.schedule.nowMs - startMs;
    if (first === undefined) return tookMs;
    if (tookMs > ticksMax) world.fail(first[0], `after ${tookMs} ticks of peace: ${first[1]}`);
    if (tookMs % TIDY_TICKS === 0) operators.tidy();
  }
}
