import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { endingWithUs } from '../children.js';
import { atLeast, type Measured } from '../figures.js';
import type { LibraryRates, LibrarySubject } from '../in-process-library.js';
import type { Rates, Subject } from '../in-process-run.js';
import { mnesiaRates, mnesiaVersion } from '../mnesia.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';

const LOADER = new URL('../register.js', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../in-process-run.ts', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../in-process-library.ts', import.meta.url));
const run = promisify(execFile);

export const inProcess: Scenario = {
  number: 7,
  name: 'in-process',
  title: 'reads and writes in process: the engine alone, the whole replica, and what an application calls',
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
    figures.push(...(await measureLibrary(stage, stage.size(300_000, 10_000))));
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
  return ratesIn<Rates>([PROGRAM, subject, String(entries), isDurable ? stage.directory() : '']);
}

/** What an application calls: texts as keys and values, and a directory on disk. */
async function measureLibrary(stage: Stage, entries: number): Promise<Measured[]> {
  stage.progress('what an application calls');
  const subject = (name: LibrarySubject) => () =>
    ratesIn<LibraryRates>([LIBRARY, name, String(entries), stage.directory()]);
  const erlang = mnesiaVersion();
  const mnesia =
    erlang === null ? [] : [false, true].map((isWithPeer) => () => mnesiaRates(entries, stage.directory(), isWithPeer));
  stage.note(
    `what an application calls: ${entries} entries by openNode as it is built, each subject in a fresh process, in turn`,
  );
  stage.note(
    'openNode reads and writes texts; a write to the file for 1000 of them, or for each where they are awaited',
  );
  stage.note('the socket is ioredis with pipelines, at the same node and in the same process as its application');
  stage.note(
    erlang === null
      ? "left out: Mnesia, since Debian's erlang-mnesia is not installed"
      : `Mnesia of OTP ${erlang}: dirty operations of one caller inside its VM, copies on disk; it writes its log after the call has returned`,
  );
  const all = await inTurn<Rates & { awaited?: number }>(stage.runs, [
    ...(['library', 'map', 'socket', 'with-peer'] as const).map(subject),
    ...mnesia,
  ]);
  const [library, map, socket, withPeer, alone, replicated] = all;
  const series = (name: string, rates: typeof library, what: keyof LibraryRates) => ({
    name,
    values: (rates ?? []).map((one) => one[what]!),
  });
  const against = (name: string, rates: typeof library, whats: readonly (keyof LibraryRates)[]): Measured[] =>
    whats.map((what) => ({
      figure: `${what}, beside ${name}`,
      unit: 'ops/s',
      of: series('openNode', name.includes('second node') ? withPeer : library, what),
      against: series(name, rates, what),
      ...(name.startsWith('Mnesia') ? { target: atLeast(1) } : {}),
    }));
  return [
    ...against('a Map', map, ['writes', 'overwrites', 'reads']),
    ...against('the socket', socket, ['writes', 'awaited', 'reads']),
    ...(erlang === null
      ? []
      : [
          ...against('Mnesia', alone, ['writes', 'overwrites', 'reads']),
          ...against('Mnesia with a second node', replicated, ['writes', 'overwrites', 'reads']),
        ]),
  ];
}

async function ratesIn<R>(args: readonly string[]): Promise<R> {
  const running = run(process.execPath, ['--import', LOADER, ...args]);
  const { stdout } = await endingWithUs(running.child, () => running);
  return JSON.parse(stdout) as R;
}
