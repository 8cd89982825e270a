import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { figureOf } from './figures.js';
import { redisServerVersion } from './redis-server.js';
import { jsonLines, type ScenarioReport, tableView } from './report.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';
import { Stage } from './stage.js';

const USAGE = `npm run bench -- [SCENARIO …] [--quick] [--runs N] [--json]

Scenarios, by number or name; all if none is given:
${SCENARIOS.map(({ number, name, title }) => `  ${number}  ${name.padEnd(12)} ${title}`).join('\n')}

--quick   small sizes and one run, to see that a scenario works
--runs N  instead of each scenario's own number of runs
--json    one JSON line a figure on stdout`;

const QUICK =
  'Quick: small sizes, and processes that have only just started. The figures say nothing about the targets.';

interface Options {
  readonly scenarios: readonly Scenario[];
  readonly quick: boolean;
  readonly json: boolean;
  readonly runs: number | null;
}

/** Gives the exit code: 0, 1 if a scenario failed, 2 for arguments that make no sense. A missed target is no failure. */
export async function run(args: readonly string[]): Promise<number> {
  let options: Options | null;
  try {
    options = optionsOf(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  if (!options.json) console.log(`${machineText()}${options.quick ? `\n${QUICK}` : ''}\n`);
  let failures = 0;
  for (const scenario of options.scenarios) if (!(await play(scenario, options))) failures++;
  return failures > 0 ? 1 : 0;
}

// ---

function optionsOf(args: readonly string[]): Options | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      runs: { type: 'string' },
    },
  });
  if (values.help) return null;
  const runs = values.runs === undefined ? null : Number(values.runs);
  if (runs !== null && !(Number.isInteger(runs) && runs > 0))
    throw new Error(`--runs ${values.runs} is no number of runs`);
  const scenarios = positionals.length === 0 ? SCENARIOS : positionals.map(scenarioOf);
  return { scenarios, quick: values.quick, json: values.json, runs };
}

function scenarioOf(wanted: string): Scenario {
  const found = SCENARIOS.find(({ number, name }) => wanted === name || wanted === String(number));
  if (found === undefined) throw new Error(`There is no scenario "${wanted}".`);
  return found;
}

/** One scenario from its first process to its last; gives whether it came to its end. */
async function play(scenario: Scenario, { quick, json, runs }: Options): Promise<boolean> {
  const { number, name, title } = scenario;
  const progress = (text: string): void => void process.stderr.write(`${name}: ${text}\n`);
  const stage = new Stage({ quick, runs: runs ?? (quick ? 1 : scenario.runs), progress });
  const closeNow = (): void => stage.closeNow();
  process.once('exit', closeNow);
  try {
    const figures = (await scenario.measure(stage)).map(figureOf);
    print({ number, name, title, figures, notes: stage.notes, quick }, json);
    return true;
  } catch (error) {
    console.error(`${number}. ${title}: failed: ${(error as Error).stack}`);
    return false;
  } finally {
    await stage.close();
    process.removeListener('exit', closeNow);
  }
}

function print(report: ScenarioReport, json: boolean): void {
  if (!json) return console.log(`${tableView(report)}\n`);
  for (const line of jsonLines(report)) console.log(line);
  for (const note of report.notes) console.error(`${report.name}: ${note}`);
}

function machineText(): string {
  const processors = `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}`;
  const redis = redisServerVersion() === null ? 'no redis-server' : `redis-server ${redisServerVersion()}`;
  const load = loadavg()[0]?.toFixed(1);
  return `Node ${process.version}, ${redis}, ${processors}, load ${load}. Medians (min–max); ratios are run by run.`;
}
