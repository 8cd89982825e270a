import { type Measured, under } from '../figures.js';
import { fill } from '../pipeline.js';
import { expectKeys, portOf, timed, untilHasKey } from '../probes.js';
import { APPEND_ONLY } from '../redis-server.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { keyText } from '../workload.js';

/** Something durable that can be killed and started again. */
interface Durable {
  readonly name: string;
  readonly port: number;
  kill(): Promise<unknown>;
  /** Starts the process; may resolve before it serves. */
  start(): Promise<unknown>;
}

export const reopen: Scenario = {
  number: 6,
  name: 'reopen',
  title: 'a node comes back after kill -9',
  runs: 5,
  async measure(stage) {
    const entries = stage.size(1_000_000, 20_000);
    const subjects = [await mneme(stage), await redis(stage)].filter((one) => one !== null);
    for (const { name, port } of subjects) {
      stage.progress(`${name}: loading ${entries} entries`);
      await fill(port, entries);
    }
    stage.note(`${entries} entries; from the start of the process until it answers a GET with a value, DBSIZE checked`);
    const times = await inTurn(
      stage.runs,
      subjects.map((subject) => () => reopenMs(stage, subject, entries)),
    );
    const measured: Measured = {
      figure: 'reopening',
      unit: 'ms',
      of: { name: 'mneme', values: times[0]! },
      against: times[1] === undefined ? undefined : { name: 'redis', values: times[1] },
      target: under(2000),
    };
    return [measured];
  },
};

// ---

async function reopenMs(stage: Stage, subject: Durable, entries: number): Promise<number> {
  stage.progress(`${subject.name}: kill -9 and start`);
  await subject.kill();
  let started: Promise<unknown> = Promise.resolve();
  const tookMs = await timed(async () => {
    started = subject.start();
    started.catch(() => {});
    await untilHasKey(subject.port, keyText(entries - 1));
  });
  await started;
  await expectKeys(subject.port, entries);
  return tookMs;
}

async function mneme(stage: Stage): Promise<Durable> {
  const node = await stage.startNode('reopened');
  return { name: 'mneme', port: portOf(node.address), kill: () => node.kill(), start: () => node.start() };
}

async function redis(stage: Stage): Promise<Durable | null> {
  const server = await stage.startRedis(APPEND_ONLY);
  if (server === null) return null;
  return { name: 'redis', port: server.port, kill: () => server.kill(), start: () => server.spawn() };
}
