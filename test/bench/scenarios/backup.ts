import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NodeProcess } from '../../e2e/processes.js';
import type { Measured, Unit } from '../figures.js';
import { fill } from '../pipeline.js';
import { expectKeys, nowMs, portOf, residentBytes } from '../probes.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';

const PROGRAM = resolve('bin/run.js');
const LOOK_MS = 20;
const MIB = 2 ** 20;

/** One command: how long it took, and the most memory that it and the node that it asked had while it ran. */
interface Took {
  readonly ms: number;
  readonly commandBytes: number;
  readonly nodeBytes: number;
}

interface Backup {
  readonly fileBytes: number;
  readonly create: Took;
  readonly restore: Took;
}

export const backup: Scenario = {
  number: 15,
  name: 'backup',
  title: 'a backup of a node is made, and restored into a new cluster',
  runs: 2,
  async measure(stage) {
    stage.note('entries of 100 bytes; durable nodes; create and restore by the command, its start included');
    stage.note('memory: the most that the process had in the meantime; that of a node includes its entries');
    const sizes = stage.quick ? [2000] : [100_000, 1_000_000];
    const measured: Measured[] = [];
    for (const entries of sizes) measured.push(...(await measureOf(stage, entries)));
    return measured;
  },
};

// ---

async function measureOf(stage: Stage, entries: number): Promise<Measured[]> {
  const source = await stage.startNode('source');
  stage.progress(`loading ${entries} entries`);
  await fill(portOf(source.address), entries);
  const [runs = []] = await inTurn(stage.runs, [() => backUp(stage, source, entries)]);
  await source.kill();
  const row = (figure: string, unit: Unit, value: (one: Backup) => number): Measured => ({
    figure: `${entries} entries: ${figure}`,
    unit,
    of: { name: 'mneme', values: runs.map(value) },
  });
  return [
    row('file, an entry', 'bytes', ({ fileBytes }) => fileBytes / entries),
    row('create', 's', ({ create }) => create.ms / 1000),
    row('restore', 's', ({ restore }) => restore.ms / 1000),
    row('memory of create', 'MiB', ({ create }) => create.commandBytes / MIB),
    row('memory of restore', 'MiB', ({ restore }) => restore.commandBytes / MIB),
    row('memory of the node that is copied', 'MiB', ({ create }) => create.nodeBytes / MIB),
    row('memory of the node that is restored into', 'MiB', ({ restore }) => restore.nodeBytes / MIB),
  ];
}

async function backUp(stage: Stage, source: NodeProcess, entries: number): Promise<Backup> {
  const file = join(stage.directory(), 'backup');
  stage.progress(`creating a backup of ${entries} entries`);
  const create = await run(['backup', 'create', file], source);
  const fileBytes = statSync(file).size;
  const target = await stage.startNode('target');
  stage.progress('restoring it');
  const restore = await run(['backup', 'restore', file, '--yes'], target);
  await expectKeys(portOf(target.address), entries);
  await target.kill();
  rmSync(target.dir, { recursive: true });
  rmSync(file);
  return { fileBytes, create, restore };
}

async function run(args: readonly string[], node: NodeProcess): Promise<Took> {
  const startMs = nowMs();
  const command = spawn(process.execPath, [PROGRAM, ...args, '--node', node.address], { stdio: 'ignore' });
  let [commandBytes, nodeBytes] = [0, 0];
  const looks = setInterval(() => {
    commandBytes = Math.max(commandBytes, residentBytes(command.pid ?? 0));
    nodeBytes = Math.max(nodeBytes, residentBytes(node.pid));
  }, LOOK_MS);
  const [code] = (await once(command, 'exit')) as [number | null];
  clearInterval(looks);
  if (code !== 0) throw new Error(`mneme ${args.join(' ')} ended with ${code}`);
  return { ms: nowMs() - startMs, commandBytes, nodeBytes };
}
