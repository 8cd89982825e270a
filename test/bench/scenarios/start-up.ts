import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { endingWithUs } from '../children.js';
import { startMembers } from '../cluster.js';
import { atMost, type Measured } from '../figures.js';
import { timed } from '../probes.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';

const PROGRAM = resolve('bin/run.js');
const BARE = ['-e', '0'];

export const startUp: Scenario = {
  number: 8,
  name: 'start-up',
  title: 'start of the CLI against `node -e 0`',
  runs: 15,
  async measure(stage) {
    const [member] = await startMembers(stage, ['a', 'b', 'c']);
    const status = ['cluster', 'status', '--node', member?.node.address ?? ''];
    stage.note('cluster status: of three nodes that are in sync');
    return [
      await against(stage, 'mneme --version', [PROGRAM, '--version'], 1.6),
      await against(stage, 'mneme cluster status', [PROGRAM, ...status], 2.2),
    ];
  },
};

// ---

async function against(stage: Stage, figure: string, args: readonly string[], ratioMax: number): Promise<Measured> {
  stage.progress(figure);
  await startMs(args);
  const [ofMneme = [], ofBare = []] = await inTurn(stage.runs, [() => startMs(args), () => startMs(BARE)]);
  return {
    figure,
    unit: 'ms',
    of: { name: 'mneme', values: ofMneme },
    against: { name: 'node -e 0', values: ofBare },
    target: atMost(ratioMax),
  };
}

async function startMs(args: readonly string[]): Promise<number> {
  return timed(async () => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.resume();
    const [code] = (await endingWithUs(child, () => once(child, 'exit'))) as [number | null];
    if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
  });
}
