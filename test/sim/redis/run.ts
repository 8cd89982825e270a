import type { Capture } from '../../../src/engines/redis/target.js';
import { SimFailure } from '../checker.js';
import { CollectionChecker } from '../checkers/collection.js';
import { ConvergenceChecker } from '../checkers/convergence.js';
import { VectorChecker } from '../checkers/vector.js';
import { hearRejections, runEvents, settle as settleEvents } from '../events.js';
import { Prng } from '../prng.js';
import { Applications } from './application.js';
import type { BridgeChecker } from './checker.js';
import { AsideChecker } from './checkers/aside.js';
import { HeldChecker } from './checkers/held.js';
import { OlderChecker } from './checkers/older.js';
import { OriginChecker } from './checkers/origin.js';
import { OwedChecker } from './checkers/owed.js';
import { PaceChecker } from './checkers/pace.js';
import { SettledChecker } from './checkers/settled.js';
import { ToldChecker } from './checkers/told.js';
import { UnseenChecker } from './checkers/unseen.js';
import { type Fault, Faults } from './faults.js';
import { Operators } from './operators.js';
import { PartApplications } from './part-applications.js';
import { planOf, withParts } from './scenario.js';
import { BridgedWorld } from './world.js';

const SAMPLE_TICKS = 100;
/** All waits end by then: the longest are those of keys that were left out, and of a server that does not answer. */
const SETTLE_TICKS = 120_000;
const SETTLE_TICKS_BRIEF = 60_000;
const EVENTS_PER_TICK_MAX = 20_000;
const CALM_TICKS = 1000;
/** Chances of their own, so that all else of a seed stays as it is. */
const PART_SEEDS = 7_000_000;

export interface RunOptions {
  readonly seed: number;
  readonly ticks: number;
  readonly keepsTrace?: boolean;
  readonly isBrief?: boolean;
  readonly capture?: Capture;
  /** Hashes, sets and sorted sets are compared element by element. No data is lost in a Redis, but with `losses`. */
  readonly parts?: boolean;
  /** With `parts`: a Redis loses data, evicts keys and is emptied, as without them. */
  readonly losses?: boolean;
  /** Two elements make a collection a large one, whose elements are compared in slices. */
  readonly large?: boolean;
  /** Nothing else goes wrong. */
  readonly faults?: readonly Fault[];
}

export interface RunResult {
  readonly seed: number;
  readonly failure: { readonly checker: string; readonly tick: number; readonly message: string } | null;
  readonly traceHash: string;
  readonly trace: readonly string[];
  readonly stats: Readonly<Record<string, number>>;
}

/** Long enough for what is read in slices to change meanwhile, often where nothing else happens. */
const ELEMENT_SCAN_MS = { calm: 8, rough: 0 };

/** One seed, one history: faults for `ticks`, then none, and the sites must settle. A tick is a millisecond. */
export async function runSeed(options: RunOptions): Promise<RunResult> {
  const random = new Prng(options.seed);
  const areParts = options.parts === true;
  const wholePlan = planOf(random, options.faults ?? null);
  const plan = areParts ? withParts(wholePlan, options.losses === true) : wholePlan;
  const large = options.large === true;
  const server = {
    ...plan.world.server,
    elementScanMs: large ? ELEMENT_SCAN_MS[options.faults?.length === 0 ? 'calm' : 'rough'] : 0,
  };
  const world = new BridgedWorld(
    random,
    { ...plan.world, server, capture: options.capture ?? 'tracking', parts: areParts, large },
    options.keepsTrace === true,
  );
  world.checkers = [new VectorChecker(world), new CollectionChecker(world)];
  world.bridgeCheckers = checkersOf(world);
  const applications = new Applications(world, plan.applications);
  const partApplications = areParts ? new PartApplications(world, new Prng(options.seed + PART_SEEDS)) : null;
  const faults = new Faults(world, plan.faults, plan.faultPauseMs);
  const operators = new Operators(world, plan.confirmChance);
  const stopListening = hearRejections(world);
  let failure: RunResult['failure'] = null;
  let settledAfter = 0;
  try {
    for (let i = 0; i < plan.sites; i++) world.addSite();
    await settleEvents(world);
    for (const site of world.sites)
      for (let i = 0; i < plan.keysBefore; i++)
        site.do('SET', `cold${random.between(1, plan.applications.coldKeys)}`, `${site.name}-${i}`);
    world.sites[0]!.node.found(random.hex(16), { 'failure-timeout': 500, 'clock-skew-limit': 1000 });
    for (const { node } of world.sites.slice(1)) world.startLater(node, random.between(0, 300));
    expireSometimes(world);
    operators.start();
    if (!plan.faultsAreEarly) await runUntil(world, 300);
    applications.start();
    partApplications?.start();
    if (!plan.faultsAreEarly) await runUntil(world, 1000);
    if (options.faults?.length !== 0) faults.start();
    await runUntil(world, options.ticks);
    world.note('all faults end');
    faults.stop();
    endConditions(world);
    await runUntil(world, world.schedule.nowMs + CALM_TICKS);
    world.note('applications stop');
    applications.stop();
    partApplications?.stop();
    settledAfter = await settle(world, options.isBrief === true ? SETTLE_TICKS_BRIEF : SETTLE_TICKS);
    for (const checker of world.bridgeCheckers) checker.end?.();
  } catch (error) {
    if (error instanceof SimFailure) failure = { checker: error.checker, tick: error.tick, message: error.message };
    else failure = { checker: 'crash', tick: world.schedule.nowMs, message: (error as Error).stack ?? String(error) };
  }
  stopListening();
  const stats = {
    sites: world.sites.length,
    deeds: world.deeds,
    setAside: world.setAside.size,
    decisions: operators.decisions,
    settledAfter,
  };
  return { seed: options.seed, failure, traceHash: world.trace.hash, trace: world.trace.lines, stats };
}

// ---------------------------------------------------------------------------------------------------------------------

function checkersOf(world: BridgedWorld): BridgeChecker[] {
  return [
    new OriginChecker(),
    new UnseenChecker(),
    new OlderChecker(world),
    new OwedChecker(world),
    new PaceChecker(world),
    new AsideChecker(),
    new HeldChecker(world),
    new ToldChecker(world),
    new SettledChecker(world),
  ];
}

function expireSometimes(world: BridgedWorld): void {
  world.schedule.after(97, () => {
    for (const { redis, serves } of world.sites) if (serves) redis.expireSome();
    expireSometimes(world);
  });
}

/** All servers run, and take everything; all nodes run. */
function endConditions(world: BridgedWorld): void {
  for (const site of world.sites) {
    site.redis.standsUntilMs = 0;
    site.redis.denied.clear();
    site.isUnreachable = false;
    if (!site.redis.isUp) site.redis.start('all', 0);
    if (site.node.core === null) world.startLater(site.node, world.random.between(0, 300));
  }
}

function runUntil(world: BridgedWorld, untilMs: number): Promise<void> {
  return runEvents(world, untilMs, () => {
    world.clockReads = 0;
    checkSpin(world);
    if (world.schedule.nowMs >= world.sampledAtMs + SAMPLE_TICKS) sample(world);
  });
}

/** Time passes, whatever the bridge does: who asks and asks without a pause would keep a server busy for ever. */
function checkSpin(world: BridgedWorld): void {
  const { spin, schedule } = world;
  if (spin.atMs !== schedule.nowMs) world.spin = { atMs: schedule.nowMs, events: 0 };
  else if (++spin.events > EVENTS_PER_TICK_MAX) world.fail('spin', `${spin.events} events within a millisecond`);
}

function sample(world: BridgedWorld): void {
  world.sampledAtMs = world.schedule.nowMs;
  for (const checker of world.bridgeCheckers) checker.sample?.();
}

/** Gives how long it took. */
async function settle(world: BridgedWorld, ticksMax: number): Promise<number> {
  const startMs = world.schedule.nowMs;
  const convergence = new ConvergenceChecker(world);
  for (;;) {
    await runUntil(world, world.schedule.nowMs + 250);
    const waiting = [...world.bridgeCheckers, convergence].map((one) => [one.name, one.pending?.() ?? null] as const);
    const first = waiting.find(([, problem]) => problem !== null);
    const tookMs = world.schedule.nowMs - startMs;
    if (first === undefined) return tookMs;
    if (tookMs > ticksMax) world.fail(first[0], `after ${tookMs} ticks of peace: ${first[1]}`);
  }
}
