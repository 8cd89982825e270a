import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load } from './load.js';
import { runMutants } from './mutant-run.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1..100' },
    ticks: { type: 'string', default: '8000' },
    trace: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string', default: '' },
    limited: { type: 'boolean', default: false },
    'sets-back': { type: 'boolean', default: false },
    'breaks-clocks': { type: 'boolean', default: false },
    clones: { type: 'boolean', default: false },
    failing: { type: 'boolean', default: false },
    touches: { type: 'boolean', default: false },
    users: { type: 'boolean', default: false },
    parts: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    losses: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    redis: { type: 'boolean', default: false },
    /** How nodes beside a Redis capture: tracking, or replica. */
    capture: { type: 'string' },
    part: { type: 'string' },
  },
});
/** The core alone, or nodes beside a Redis with their bridges. */
const kind = values.redis ? 'redis' : 'core';
const [first, last] = range(values.seed ?? values.seeds);
const ticks = Number(values.ticks);
if (values.mutants || values.mutant !== '') await showMutants();
else if (values.part !== undefined) await runPart(...values.part.split('/').map(Number));
else if (values.seed !== undefined || last - first < 4) await runAlone();
else await runParts(availableParallelism());

async function showMutants() {
  let areCaught = true;
  await runMutants(kind, ticks, values.mutant, ({ name, seeds, caught, ms, error = null }) => {
    areCaught &&= caught !== null;
    const missed = error === null ? `NOT CAUGHT in ${seeds} seeds` : `NOT RUN: ${error}, see above`;
    const how = caught === null ? missed : `caught in ${seeds} seeds, by ${caught.checker}`;
    console.log(`${name.padEnd(72)} ${how} (${ms} ms)`);
  });
  process.exitCode = areCaught ? 0 : 1;
}

/** Every seed here, in this process. */
async function runAlone() {
  const { runSeed, remove } = await load(kind);
  const started = performance.now();
  const summary = newSummary();
  for (let seed = first; seed <= last; seed++) report(summary, await runOne(runSeed, seed));
  remove();
  finish(summary, started);
}

/** The seeds of one part, told to the parent process. */
async function runPart(part, parts) {
  const { runSeed, remove } = await load(kind);
  for (let seed = first + part; seed <= last; seed += parts) process.send(await runOne(runSeed, seed));
  remove();
  process.disconnect();
}

async function runParts(parts) {
  const started = performance.now();
  const summary = newSummary();
  const children = Array.from({ length: parts }, (_, part) => {
    const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--part', `${part}/${parts}`]);
    child.on('message', (result) => report(summary, result));
    return new Promise((resolve, reject) => {
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a part ended with exit code ${code}`))));
    });
  });
  await Promise.all(children);
  finish(summary, started);
}

async function runOne(runSeed, seed) {
  const at = performance.now();
  const always = {
    ...(values.capture === undefined ? {} : { capture: values.capture }),
    ...(values.limited ? { limited: true } : {}),
    ...(values.failing ? { failing: true } : {}),
    ...(values.touches ? { touches: true } : {}),
    ...(values.users ? { users: true } : {}),
    ...(values.parts ? { parts: true } : {}),
    ...(values.large ? { large: true } : {}),
    ...(values.losses ? { losses: true } : {}),
    ...(values.memory ? { memory: true } : {}),
    ...(values['sets-back'] ? { setsBack: true } : {}),
    ...(values.clones ? { clones: true } : {}),
    ...(values['breaks-clocks'] ? { breaksClocks: true } : {}),
  };
  const result = await runSeed({ seed, ticks, keepsTrace: values.trace, ...always });
  return { ...result, ms: Math.round(performance.now() - at) };
}

function newSummary() {
  return { seeds: 0, failed: 0, totals: {} };
}

/** The flags that make a seed what it is, as they were typed. */
function kinds() {
  const flags = [
    'limited',
    'sets-back',
    'breaks-clocks',
    'clones',
    'failing',
    'touches',
    'users',
    'memory',
    'parts',
    'large',
    'losses',
  ].filter((flag) => values[flag]);
  return `${flags.map((flag) => ` --${flag}`).join('')}${values.capture === undefined ? '' : ` --capture ${values.capture}`}`;
}

function report(summary, { seed, failure, trace, traceHash, stats, ms }) {
  summary.seeds++;
  for (const line of trace) console.log(line);
  for (const [name, count] of Object.entries(stats)) summary.totals[name] = (summary.totals[name] ?? 0) + count;
  if (failure !== null) {
    summary.failed++;
    const message = failure.message.split('\n').slice(0, values.seed === undefined ? 2 : 20);
    console.log(`seed ${seed} failed at tick ${failure.tick}: ${failure.checker}: ${message.join('\n')}`);
    console.log(
      `  replay: npm run sim${values.redis ? ':redis' : ''} -- --seed ${seed} --ticks ${ticks}${kinds()} --trace`,
    );
  } else if (values.verbose || values.seed !== undefined) {
    console.log(`seed ${seed} passed, trace ${traceHash}, ${ms} ms, ${JSON.stringify(stats)}`);
  }
}

function finish({ seeds, failed, totals }, started) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${seeds - failed} of ${seeds} seeds passed in ${seconds} s; ${JSON.stringify(totals)}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function range(text) {
  const [from, to] = text.split('..').map(Number);
  return [from, to ?? from];
}
