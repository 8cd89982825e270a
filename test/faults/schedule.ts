import { Prng } from '../sim/prng.js';

/** What may be done to a cluster, and the parts of a machine that are busy with it meanwhile. Of what happens to packets any number goes together. */
const KINDS = {
  /** All else is well meanwhile. */
  'clear cut': [],
  cut: [],
  'one-way cut': [],
  flapping: [],
  loss: [],
  delay: ['line'],
  'slow line': ['line'],
  kill: ['process'],
  'kill all': ['process'],
  freeze: ['process'],
  'set back': ['process', 'disk'],
  'full disk': ['disk'],
  'failing fsync': ['disk'],
  'clock step': ['clock'],
  'clock jump': ['process'],
  merge: ['operator'],
  promote: ['operator'],
  undo: ['operator'],
  guest: ['guests'],
} as const satisfies Record<string, readonly Part[]>;

export type Kind = keyof typeof KINDS;
type Part = 'line' | 'process' | 'disk' | 'clock' | 'operator' | 'guests';

/** One thing that goes wrong, or that an operator does. */
export interface Injection {
  /** Since its stage began. */
  readonly atMs: number;
  /** Of an operator: how long he waits for something to do. */
  readonly durationMs: number;
  readonly kind: Kind;
  /** The machines that it strikes; of an operator, the one that is asked. */
  readonly nodes: readonly string[];
  /** The machines that the first ones are cut off from, or the one that is promoted. */
  readonly others: readonly string[];
  /** Percent lost, milliseconds of delay, seconds of the clock, milliseconds between two flaps; else 0. */
  readonly amount: number;
}

const WEIGHTS: Readonly<Record<Kind, number>> = {
  'clear cut': 0,
  cut: 6,
  'one-way cut': 4,
  flapping: 3,
  loss: 3,
  delay: 2,
  'slow line': 2,
  kill: 6,
  'kill all': 1,
  freeze: 4,
  'set back': 2,
  'full disk': 3,
  'failing fsync': 3,
  'clock step': 3,
  'clock jump': 2,
  merge: 3,
  promote: 3,
  undo: 2,
  guest: 3,
};
/** Faults come in rounds. After each of them one node is cut off, and all else is well; then there is time for an operator. */
const ROUND_MS = 22_000;
const CUT_MS = 10_000;
const CALM_MS = 9000;
const OPERATORS = { merge: 2, promote: 3, undo: 2 };
/** The clock's step that no start may see: it would be off by more than others accept. */
const JUMP_S = 3600;
/** Two machines off by that are still within what a cluster accepts. */
const STEP_S_MAX = 3;

/**
 * What goes wrong in a run, in stages of which one begins when all of the one before has ended: the seed alone decides. Several things happen at a time, but none to a part of a machine that
 * another one holds. Only one machine is ever set back: so what another one is told to have of it is somewhere for ever.
 */
export function schedule(
  seed: number,
  names: readonly string[],
  lengthMs: number,
  /** Those that have no disk: nothing happens to one. */
  diskless: readonly string[] = [],
): Injection[][] {
  const random = new Prng(seed);
  const setBack = random.pick(names);
  const stages: Injection[][] = [];
  for (let leftMs = lengthMs; leftMs > 0; leftMs -= ROUND_MS + CUT_MS + CALM_MS) {
    stages.push(round(random, names, setBack, Math.min(ROUND_MS, leftMs)));
    if (leftMs < ROUND_MS + CUT_MS) break;
    stages.push([draw(random, names, setBack, 0, 'clear cut')]);
    stages.push([0, CALM_MS / 2].map((atMs) => act(random, names, setBack, atMs)));
  }
  const isPossible = (one: Injection): boolean => !needsDisk(one) || !one.nodes.some((name) => diskless.includes(name));
  return stages.map((stage) => stage.filter(isPossible));
}

/** The parts of machines that nothing else may happen to meanwhile. */
export function partsOf({ kind, nodes }: Injection): string[] {
  return nodes.flatMap((node) => KINDS[kind].map((part) => `${part} ${node}`));
}

// ---------------------------------------------------------------------------------------------------------------------

function needsDisk({ kind }: Injection): boolean {
  return (KINDS[kind] as readonly Part[]).includes('disk');
}

function round(random: Prng, names: readonly string[], setBack: string, lengthMs: number): Injection[] {
  const busyUntilMs = new Map<string, number>();
  const injections: Injection[] = [];
  for (let atMs = 0; atMs < lengthMs; atMs += random.between(200, 2500)) {
    const injection = draw(random, names, setBack, atMs, random.weighted(WEIGHTS));
    const endMs = atMs + injection.durationMs;
    const parts = partsOf(injection);
    if (endMs > lengthMs || parts.some((part) => (busyUntilMs.get(part) ?? 0) > atMs)) continue;
    for (const part of parts) busyUntilMs.set(part, endMs);
    injections.push(injection);
  }
  return injections;
}

function act(random: Prng, names: readonly string[], setBack: string, atMs: number): Injection {
  return { ...draw(random, names, setBack, atMs, random.weighted(OPERATORS)), durationMs: CALM_MS / 2 };
}

function draw(random: Prng, names: readonly string[], setBack: string, atMs: number, kind: Kind): Injection {
  const [first = '', ...rest] = random.shuffle(names);
  const durationMs = random.between(300, 8000);
  const others = random.chance(0.6) ? rest : rest.slice(0, 1);
  const strikes = { atMs, durationMs, kind, nodes: [first], others: [], amount: 0 };
  switch (kind) {
    case 'clear cut':
      return { ...strikes, durationMs: CUT_MS, others: rest };
    case 'cut':
      return { ...strikes, durationMs: random.between(300, random.chance(0.3) ? 20_000 : 6000), others };
    case 'one-way cut':
      return { ...strikes, others };
    case 'flapping':
      return { ...strikes, others, amount: random.between(100, 1500) };
    case 'loss':
      return { ...strikes, amount: random.between(2, 40) };
    case 'delay':
      return { ...strikes, amount: random.between(20, 800) };
    case 'slow line':
      return { ...strikes, amount: random.between(100, 1500) };
    case 'kill':
      return { ...strikes, durationMs: random.between(0, 4000) };
    case 'kill all':
      return { ...strikes, durationMs: random.between(0, 2000), nodes: [...names] };
    case 'set back':
      return { ...strikes, durationMs: random.between(2000, 8000), nodes: [setBack] };
    case 'clock step':
      return { ...strikes, amount: random.between(1, STEP_S_MAX) * (random.chance(0.5) ? 1 : -1) };
    case 'clock jump':
      return { ...strikes, amount: random.chance(0.5) ? JUMP_S : -JUMP_S };
    case 'guest':
      return { ...strikes, others: rest };
    case 'promote':
      return { ...strikes, others: [random.pick(names)] };
    default:
      return strikes;
  }
}
