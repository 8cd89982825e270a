import type { Capture } from '../../../src/engines/redis/target.js';
import { statusOf, temporaryDirectory, until } from '../../e2e/processes.js';
import { Prng } from '../../sim/prng.js';
import { contentOf } from '../content.js';
import { FAULTS } from './faults.js';
import { Place } from './place.js';

export interface FaultOptions {
  readonly seed: number;
  readonly rounds: number;
  /** 2 or 3; by the seed if it is not given. */
  readonly sites?: number;
  readonly capture?: Capture;
  readonly log: (line: string) => void;
}

const SETTLE_MS_MAX = 90_000;

/**
 * Writers of all types at two or three sites, on real servers and nodes, while things go wrong: one or two in a round. After
 * each round all runs again, and nobody writes: then all sites have to hold the same, and the last write of each key that
 * one site alone writes has to stand. Gives what does not, for people; none: all is well.
 */
export async function runFaults({ seed, rounds, sites, capture, log }: FaultOptions): Promise<string[]> {
  const random = new Prng(seed);
  const count = sites ?? random.between(2, 3);
  const directory = temporaryDirectory();
  const places: Place[] = [];
  try {
    for (const name of ['a', 'b', 'c'].slice(0, count))
      places.push(await Place.start(name, directory.path, random.between(1, 1e6), places[0] ?? null, capture));
    for (let round = 1; round <= rounds; round++) {
      const problems = await runRound(places, random, (line) => log(`seed ${seed}, round ${round}: ${line}`));
      if (problems.length > 0) return problems;
    }
    return [];
  } finally {
    await Promise.all(places.map((place) => place.stop()));
    directory.remove();
  }
}

// ---------------------------------------------------------------------------------------------------------------------

async function runRound(places: readonly Place[], random: Prng, log: (line: string) => void): Promise<string[]> {
  for (const { writer } of places) writer.start();
  await untilWritten(places, random.between(30, 100));
  const struck = places.filter(() => random.chance(0.4));
  if (struck.length === 0) struck.push(places[random.between(0, places.length - 1)]!);
  const faults = struck.map((place) => ({ place, fault: FAULTS[random.between(0, FAULTS.length - 1)]! }));
  log(faults.map(({ place, fault }) => `${place.name}: ${fault.name}`).join('; '));
  await Promise.all(faults.map(({ place, fault }) => fault.run(place, places, random)));
  await untilWritten(places, random.between(0, 50));
  for (const { writer } of places) await writer.stop();
  return check(places);
}

/** All writers have tried so many writes more: what is broken has some to do with, however busy the machine is. */
async function untilWritten(places: readonly Place[], count: number): Promise<void> {
  const before = places.map(({ writer }) => writer.writes);
  await until(`all have written ${count} times more`, async () =>
    places.every(({ writer }, i) => writer.writes >= before[i]! + count),
  );
}

async function check(places: readonly Place[]): Promise<string[]> {
  let difference: string[] = [];
  const isSettled = async (): Promise<boolean> => {
    difference = await differences(places).catch((error: Error) => [error.message]);
    return difference.length === 0;
  };
  const hasSettled = await until('all is settled', isSettled, SETTLE_MS_MAX).then(
    () => true,
    () => false,
  );
  if (!hasSettled) return difference;
  const missing = await Promise.all(places.map(({ writer }) => writer.missing(places[0]!.redis)));
  return missing.flat();
}

/** What is not settled yet. A Redis that was started again is asked about: here it has lost nothing. */
async function differences(places: readonly Place[]): Promise<string[]> {
  for (const place of places) {
    const { engine } = await place.call('ENGINE', { action: 'status' });
    if (engine.state === 'held') await place.call('ENGINE', { action: 'confirm-loss' });
    if (engine.state !== 'attached' || engine.toRead + engine.toWrite > 0)
      return [`${place.name} is ${JSON.stringify(engine)}`];
    const { incidents, members } = await statusOf(place.node.address);
    if (incidents.length > 0 || members.some(({ link }) => link !== 'self' && link !== 'in-sync'))
      return [`${place.name} is not in sync: ${JSON.stringify(members)}`];
  }
  const contents = await Promise.all(places.map(({ redis }) => contentOf(redis)));
  const [first = {}, ...others] = contents;
  const keys = new Set(contents.flatMap((content) => Object.keys(content)));
  return [...keys].filter((key) => others.some((other) => JSON.stringify(other[key]) !== JSON.stringify(first[key])));
}
