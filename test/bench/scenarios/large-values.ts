import { setTimeout as sleep } from 'node:timers/promises';
import { type Member, startMembers } from '../cluster.js';
import { type Measured, quantile, under } from '../figures.js';
import { answerOf, keyCount, portOf, timed, until } from '../probes.js';
import { type Load, runLoad } from '../redis-benchmark.js';
import { NO_PERSISTENCE, redisBenchmarkVersion } from '../redis-server.js';
import { engineOf, joinBeside, untilQuiet } from '../redis-sites.js';
import type { Scenario } from '../scenario.js';

const LARGE_BYTES = 5_000_000;
const WRITERS = 4;
const LARGE: Omit<Load, 'port' | 'requests'> = {
  commands: ['set'],
  keys: 1_000_000,
  pipeline: 1,
  valueBytes: LARGE_BYTES,
  connections: WRITERS,
};
const SMALL_EVERY_MS = 50;
const PING_EVERY_MS = 2;

interface Outcome {
  /** Until the other Redis has all. */
  readonly tookMs: number;
  /** Of each small key, from its write to when the other Redis has it, ascending. */
  readonly smallMs: readonly number[];
  readonly longestPauseMs: number;
}

/** Large values must hold up neither what is short, nor the node. */
export const largeValues: Scenario = {
  number: 11,
  name: 'large-values',
  title: 'values of 5 MB from Redis to Redis, and what becomes of small keys and of the nodes meanwhile',
  runs: 5,
  async measure(stage) {
    if (redisBenchmarkVersion() === null) {
      stage.leaveOut('all of it, which redis-benchmark writes', 'not installed');
      return [];
    }
    const [first, second] = [await stage.startRedis(NO_PERSISTENCE), await stage.startRedis(NO_PERSISTENCE)];
    if (first === null || second === null) return [];
    const count = stage.size(20, 2);
    stage.note(`${count} values of 5 MB from ${WRITERS} clients; meanwhile a small key every ${SMALL_EVERY_MS} ms`);
    stage.note(
      'longest pause: the longest answer of either node to a PING; two Redis, two nodes and the clients share this machine',
    );
    const [a] = await startMembers(stage, ['a'], engineOf(first));
    const b = await joinBeside(stage, second, a!);
    const outcomes: Outcome[] = [];
    for (let run = 0; run < stage.runs; run++) {
      stage.progress(`run ${run + 1}`);
      outcomes.push(await measureRun([a!, b], first.port, second.port, count, run));
    }
    return figuresOf(outcomes, count);
  },
};

// ---

async function measureRun(
  members: readonly Member[],
  from: number,
  to: number,
  count: number,
  run: number,
): Promise<Outcome> {
  const smallMs: number[] = [];
  let isOver = false;
  const pings = members.map(({ node }) => longestPing(portOf(node.address), () => isOver));
  const writing = timed(async () => {
    await runLoad({ ...LARGE, port: from, requests: count });
    const isThere = async (): Promise<boolean> => (await keyCount(to)) === (await keyCount(from));
    await until('the other Redis has the large ones', isThere);
  }).finally(() => {
    isOver = true;
  });
  for (let i = 0; !isOver; i++) {
    smallMs.push(await timed(() => arrive(from, to, `small:${run}:${i}`)));
    await sleep(SMALL_EVERY_MS);
  }
  const tookMs = await writing;
  const longestPauseMs = Math.max(...(await Promise.all(pings)));
  for (const member of members) await untilQuiet(member);
  return { tookMs, smallMs: smallMs.sort((a, b) => a - b), longestPauseMs };
}

async function arrive(from: number, to: number, key: string): Promise<void> {
  await answerOf(from, ['SET', key, '1']);
  await until(`the other Redis has ${key}`, async () => (await answerOf(to, ['EXISTS', key])) === ':1');
}

async function longestPing(port: number, isOver: () => boolean): Promise<number> {
  let longestMs = 0;
  while (!isOver()) {
    longestMs = Math.max(longestMs, await timed(() => answerOf(port, ['PING'])));
    await sleep(PING_EVERY_MS);
  }
  return longestMs;
}

function figuresOf(outcomes: readonly Outcome[], count: number): Measured[] {
  const figure = (name: string, values: number[], bound: number): Measured => ({
    figure: name,
    unit: 'ms',
    of: { name: 'from Redis to Redis', values },
    target: under(bound),
  });
  return [
    figure(
      `${(count * LARGE_BYTES) / 1e6} MB`,
      outcomes.map(({ tookMs }) => tookMs),
      10_000,
    ),
    figure(
      'small keys meanwhile, p50',
      outcomes.map(({ smallMs }) => quantile(smallMs, 0.5)),
      50,
    ),
    figure(
      'small keys meanwhile, the slowest',
      outcomes.map(({ smallMs }) => smallMs.at(-1)!),
      200,
    ),
    {
      ...figure(
        'longest pause',
        outcomes.map(({ longestPauseMs }) => longestPauseMs),
        50,
      ),
      of: { name: 'a node', values: outcomes.map(({ longestPauseMs }) => longestPauseMs) },
    },
  ];
}
