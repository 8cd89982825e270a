import { parseArgs } from 'node:util';
import '../../bench/register.js';

const { runFaults } = await import('./run.ts');
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    rounds: { type: 'string', default: '20' },
    sites: { type: 'string' },
    /** tracking, or replica. */
    capture: { type: 'string', default: 'tracking' },
  },
});
const sites = values.sites === undefined ? {} : { sites: Number(values.sites) };
const options = {
  seed: Number(values.seed),
  rounds: Number(values.rounds),
  ...sites,
  capture: values.capture,
  log: console.log,
};
const problems = await runFaults(options);
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? 'all stands' : `${problems.length} differences, with --seed ${values.seed}`);
process.exitCode = problems.length === 0 ? 0 : 1;
