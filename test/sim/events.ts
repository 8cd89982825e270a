import type { World } from './world.js';

/** Runs the events up to a time. Promises go on between two events, and only there: so one seed has one history. */
export async function runEvents(world: World, untilMs: number, after: () => void = () => {}): Promise<void> {
  await settle(world);
  while (world.schedule.step(untilMs)) {
    if (world.hasPromises) await drained();
    world.hasPromises = false;
    after();
    if (world.failure !== null) throw world.failure;
  }
}

/** What a promise rejects with, and nobody hears, ends the simulation. Returns what ends the listening. */
export function hearRejections(world: World): () => void {
  const unheard = (error: unknown): void => void world.noteFailure('crash', String((error as Error).stack ?? error));
  process.on('unhandledRejection', unheard);
  return () => process.off('unhandledRejection', unheard);
}

/** What was begun goes on as far as it can without an event. */
export async function settle(world: World): Promise<void> {
  if (world.hasPromises) await drained();
  world.hasPromises = false;
}

/** Resolves when no promise has anything left to do. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
