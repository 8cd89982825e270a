import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { load, loadMutants } from './load.js';

/** Runs every mutant, or those whose names contain a text, until it is caught or its seeds are used up. */
export async function runMutants(kind, ticks, containing, onResult) {
  const names = (await loadMutants(kind)).map(({ name }) => name).filter((name) => name.includes(containing));
  const worker = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) onResult(await inChild(kind, name, ticks));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** A process for each, since a compiled core cannot be unloaded. One that does not fit the source ends with an error; the others go on. */
function inChild(kind, name, ticks) {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(import.meta.url), [kind, name, String(ticks)]);
    let result = null;
    child.on('message', (message) => {
      result = message;
    });
    child.on('exit', (code) => resolve(result ?? { name, seeds: 0, caught: null, ms: 0, error: `exit ${code}` }));
  });
}

async function hunt(kind, name, ticks) {
  const mutant = (await loadMutants(kind)).find((one) => one.name === name);
  const { runSeed, remove } = await load(kind, mutant);
  const started = performance.now();
  let caught = null;
  let seeds = 0;
  while (seeds < mutant.withinSeeds && caught === null) {
    const { failure } = await runSeed({
      seed: (mutant.firstSeed ?? 1) + seeds++,
      ticks,
      isBrief: true,
      ...(mutant.limited ? { limited: true } : {}),
      ...(mutant.setsBack ? { setsBack: true } : {}),
      ...(mutant.breaksClocks ? { breaksClocks: true } : {}),
      ...(mutant.capture ? { capture: mutant.capture } : {}),
      ...(mutant.clones ? { clones: true } : {}),
      ...(mutant.failing ? { failing: true } : {}),
      ...(mutant.touches ? { touches: true } : {}),
      ...(mutant.users ? { users: true } : {}),
      ...(mutant.parts ? { parts: true } : {}),
      ...(mutant.large ? { large: true } : {}),
      ...(mutant.losses ? { losses: true } : {}),
      ...(mutant.memory ? { memory: true } : {}),
      ...(mutant.faults === undefined ? {} : { faults: mutant.faults }),
    });
    caught = failure;
  }
  remove();
  const ms = Math.round(performance.now() - started);
  return { name, seeds, withinSeeds: mutant.withinSeeds, caught, ms };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.send(await hunt(process.argv[2], process.argv[3], Number(process.argv[4])));
  process.disconnect();
}
