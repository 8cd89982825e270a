import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { load, loadModule } from './load.js';

/** Runs every mutant, or those whose names contain a text, until it is caught or its seeds are used up. */
export async function runMutants(ticks, containing = '') {
  const { MUTANTS } = await loadModule('mutants');
  const names = MUTANTS.map(({ name }) => name).filter((name) => name.includes(containing));
  const results = [];
  const worker = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) results.push(await inChild(name, ticks));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

/** A process for each, since a compiled core cannot be unloaded. */
function inChild(name, ticks) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [name, String(ticks)]);
    let result = null;
    child.on('message', (message) => {
      result = message;
    });
    child.on('exit', (code) => (result === null ? reject(new Error(`mutant ${name}: exit ${code}`)) : resolve(result)));
  });
}

async function hunt(name, ticks) {
  const { MUTANTS } = await loadModule('mutants');
  const mutant = MUTANTS.find((one) => one.name === name);
  const { runSeed, remove } = await load(mutant);
  const started = performance.now();
  let caught = null;
  let seeds = 0;
  while (seeds < mutant.withinSeeds && caught === null) {
    caught = runSeed({
      seed: (mutant.firstSeed ?? 1) + seeds++,
      ticks,
      isBrief: true,
      ...(mutant.limited ? { limited: true } : {}),
      ...(mutant.setsBack ? { setsBack: true } : {}),
      ...(mutant.failing ? { failing: true } : {}),
    }).failure;
  }
  remove();
  const ms = Math.round(performance.now() - started);
  return { name, seeds, withinSeeds: mutant.withinSeeds, caught, ms };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.send(await hunt(process.argv[2], Number(process.argv[3])));
  process.disconnect();
}
