import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startMembers } from '../cluster.js';
import type { Measured } from '../figures.js';
import { Pauses } from '../pauses.js';
import { withPipeline } from '../pipeline.js';
import { answerOf, cpuMicros, timed, until } from '../probes.js';
import { NO_PERSISTENCE, type RedisServer } from '../redis-server.js';
import { engineOf, joinBeside, untilQuiet } from '../redis-sites.js';
import type { Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { encode } from '../workload.js';
import { fillHash } from './parts-hashes.js';

const SIZES = [1000, 100_000, 1_000_000] as const;
const CHANGES = 1000;
/** Pauses between two changes, of those that come one by one. */
const PAUSE_MS = 10;

type Process = 'from' | 'capturing' | 'applying' | 'to';
const NODES = ['capturing', 'applying'] as const;
type Node = (typeof NODES)[number];
const SERVERS = ['from', 'to'] as const;
type Server = (typeof SERVERS)[number];
const PROCESSES: Readonly<Record<Process, string>> = {
  from: "the application's Redis",
  capturing: 'the node that captures',
  applying: 'the node that applies',
  to: "the other site's Redis",
};

interface Way {
  readonly from: RedisServer;
  readonly to: RedisServer;
  readonly pids: Readonly<Record<Process, number>>;
  readonly pauses: Pauses;
  readonly untilQuiet: () => Promise<void>;
}

interface Seen {
  readonly tookMs: number;
  readonly cpuMs: Readonly<Record<Process, number>>;
  /** The longest time for which the event loop was held. */
  readonly pauseMs: Readonly<Record<Node, number>>;
  /** The longest time for which one command held a Redis: nobody else is served meanwhile. */
  readonly heldMs: Readonly<Record<Server, number>>;
}

export const redisParts: Scenario = {
  number: 18,
  name: 'redis-parts',
  title: 'one hash of many fields beside two Redis: what changes of a few of them take',
  runs: 1,
  async measure(stage) {
    const [from, to] = [await stage.startRedis(NO_PERSISTENCE), await stage.startRedis(NO_PERSISTENCE)];
    if (from === null || to === null) return [];
    const pauses = new Pauses(stage.directory());
    stage.inside = pauses.inside;
    const [a] = await startMembers(stage, ['a'], engineOf(from));
    const b = await joinBeside(stage, to, a!);
    const way: Way = {
      from,
      to,
      pauses,
      pids: { from: from.pid, capturing: a!.node.pid, applying: b.node.pid, to: to.pid },
      untilQuiet: async () => {
        for (const member of [a!, b]) await untilQuiet(member);
      },
    };
    stage.note(`each value has 20 bytes; time: from the first change until the other Redis has the last one`);
    const figures: Measured[] = [];
    for (const size of SIZES) figures.push(...(await measureSize(stage, way, stage.size(size, size / 100))));
    return figures;
  },
};

// ---

async function measureSize(stage: Stage, way: Way, fields: number): Promise<Measured[]> {
  const key = `hash of ${fields}`;
  const figures: Measured[] = [];
  const add = (what: string, { tookMs, cpuMs, pauseMs, heldMs }: Seen): void => {
    const figure = (name: string, value: number): Measured => ({
      figure: `${fields} fields: ${what}${name}`,
      unit: 'ms',
      of: { name: 'mneme', values: [value] },
    });
    figures.push(stage.measured(figure('', tookMs)));
    for (const process of Object.keys(PROCESSES) as Process[])
      figures.push(stage.measured(figure(`, CPU time of ${PROCESSES[process]}`, cpuMs[process])));
    for (const node of NODES)
      figures.push(stage.measured(figure(`, longest pause of ${PROCESSES[node]}`, pauseMs[node])));
    for (const server of SERVERS)
      figures.push(stage.measured(figure(`, longest command of ${PROCESSES[server]}`, heldMs[server])));
  };
  add('the hash itself', await seen(way, () => fillHash(way.from.port, key, fields), key, fields));
  const changes = Math.min(CHANGES, fields / 10);
  const field = (i: number): string => `field:${(i * 97) % fields}`;
  const at = (i: number): string => encode('HSET', key, field(i), String(i));
  const atOnce = () => withPipeline(way.from.port, (pipeline) => pipeline.run(changes, at));
  add(`${changes} changes at once`, await seen(way, atOnce, key, fields, [field(changes - 1), String(changes - 1)]));
  const byTurns = async () => {
    await withPipeline(way.from.port, async (pipeline) => {
      for (let i = 0; i < changes; i++) {
        await pipeline.run(1, () => at(i + changes));
        await sleep(PAUSE_MS);
      }
    });
  };
  const last = 2 * changes - 1;
  add(`${changes} changes, one in ${PAUSE_MS} ms`, await seen(way, byTurns, key, fields, [field(last), String(last)]));
  await answerOf(way.from.port, ['DEL', key]);
  await until('it is gone', async () => (await answerOf(way.to.port, ['EXISTS', key])) === ':0', {
    timeoutMs: 120_000,
  });
  await way.untilQuiet();
  return figures;
}

async function seen(
  { from, to, pids, pauses, untilQuiet: quiet }: Way,
  act: () => Promise<unknown>,
  key: string,
  fields: number,
  last?: readonly [field: string, value: string],
): Promise<Seen> {
  const before = cpuOf(pids);
  for (const node of NODES) await pauses.longestMs(pids[node]);
  for (const server of [from, to]) await longestCommandMs(server.port);
  const isThere = async (): Promise<boolean> =>
    last === undefined
      ? (await answerOf(to.port, ['HLEN', key])) === `:${fields}`
      : (await answerOf(to.port, ['HGET', key, last[0]])) === `$${last[1]}`;
  const tookMs = await timed(async () => {
    await act();
    await until(`${from.port} and ${to.port} have the same`, isThere, { timeoutMs: 300_000 });
  });
  await quiet();
  const after = cpuOf(pids);
  const cpuMs = { from: 0, capturing: 0, applying: 0, to: 0 };
  for (const process of Object.keys(cpuMs) as Process[]) cpuMs[process] = (after[process] - before[process]) / 1000;
  const pauseMs = { capturing: 0, applying: 0 };
  for (const node of NODES) pauseMs[node] = await pauses.longestMs(pids[node]);
  const heldMs = { from: await longestCommandMs(from.port), to: await longestCommandMs(to.port) };
  return { tookMs, cpuMs, pauseMs, heldMs };
}

/** Of the commands since it was asked last. */
async function longestCommandMs(port: number): Promise<number> {
  const redis = new Redis({ port });
  try {
    const rows = (await redis.call('SLOWLOG', 'GET', '-1')) as [number, number, number][];
    await redis.call('SLOWLOG', 'RESET');
    await redis.config('SET', 'slowlog-log-slower-than', '500', 'slowlog-max-len', '10000');
    return Math.max(0, ...rows.map(([, , micros]) => micros / 1000));
  } finally {
    redis.disconnect();
  }
}

function cpuOf(pids: Way['pids']): Record<Process, number> {
  const { from, capturing, applying, to } = pids;
  return {
    from: cpuMicros(from),
    capturing: cpuMicros(capturing),
    applying: cpuMicros(applying),
    to: cpuMicros(to),
  };
}
