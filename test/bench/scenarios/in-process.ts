import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { endingWithUs } from '../children.js';
import type { Measured } from '../figures.js';
import type { Rates, Subject } from '../in-process-run.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';

const LOADER = new URL('../register.js', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../in-process-run.ts', import.meta.url));
const run = promisify(execFile);

export const inProcess: Scenario = {
  number: 7,
  name: 'in-process',
  title: 'reads and writes in process: the engine alone, and the whole replica',
  runs: 3,
  async measure(stage) {
    const entries = stage.size(1_000_000, 20_000);
    stage.note(`${entries} entries of 100 bytes, each run in a fresh process; one write to the file for 1000 entries`);
    stage.note(
      'the replica is a NodeCore over the same engine, alone in its cluster, and makes, syncs and trims its log',
    );
    const figures: Measured[] = [];
    for (const storage of ['durable', 'memory only'] as const) {
      figures.push(...(await measureStorage(stage, storage, entries)));
    }
    return figures;
  },
};

// ---

async function measureStorage(stage: Stage, storage: 'durable' | 'memory only', entries: number): Promise<Measured[]> {
  stage.progress(storage);
  const [replica = [], engine = []] = await inTurn(
    stage.runs,
    (['replica', 'engine'] as const).map((subject) => () => ratesOf(stage, subject, storage === 'durable', entries)),
  );
  return (['writes', 'overwrites', 'reads'] as const).map((what) => ({
    figure: `${what}, ${storage}`,
    unit: 'ops/s',
    of: { name: 'replica', values: replica.map((rates) => rates[what]) },
    against: { name: 'engine', values: engine.map((rates) => rates[what]) },
  }));
}

async function ratesOf(stage: Stage, subject: Subject, isDurable: boolean, entries: number): Promise<Rates> {
  const directory = isDurable ? stage.directory() : '';
  const args = ['--import', LOADER, PROGRAM, subject, String(entries), directory];
  const running = run(process.execPath, args);
  const { stdout } = await endingWithUs(running.child, () => running);
  return JSON.parse(stdout) as Rates;
}
