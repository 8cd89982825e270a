import { setTimeout as sleep } from 'node:timers/promises';
import { BareRelay } from '../bare-relay-process.js';
import { startMembers } from '../cluster.js';
import { type Measured, quantile, under } from '../figures.js';
import { answerOf, keyCount, longestPing, portOf, timed, until } from '../probes.js';
import { type Load, runLoad } from '../redis-benchmark.js';
import { NO_PERSISTENCE, type RedisServer, redisBenchmarkVersion } from '../redis-server.js';
import { engineOf, joinBeside, untilQuiet } from '../redis-sites.js';
import type { Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';

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
    const count = stage.size(20, 2);
    stage.note(`${count} values of 5 MB from ${WRITERS} clients; meanwhile a small key every ${SMALL_EVERY_MS} ms`);
    stage.note(
      'longest pause: the longest answer to a PING; two Redis, what is between them and the clients share this machine',
    );
    stage.note(
      'bare relay: hears of a key, reads it, and sets it at the other Redis; it keeps nothing, decides nothing',
    );
    const [nodes, relay] = [await besideNodes(stage), await besideRelay(stage)];
    if (nodes === null || relay === null) return [];
    const outcomes: { nodes: Outcome[]; relay: Outcome[] } = { nodes: [], relay: [] };
    for (let run = 0; run < stage.runs; run++) {
      stage.progress(`run ${run + 1}`);
      outcomes.nodes.push(await measureRun(nodes, count, run));
      outcomes.relay.push(await measureRun(relay, count, run));
    }
    return figuresOf(outcomes, count);
  },
};

// ---

/** Two Redis, and what carries writes from one to the other. */
interface Carried {
  readonly from: number;
  readonly to: number;
  /** Where the carriers answer a PING. */
  readonly ports: readonly number[];
  /** Resolves when nothing is left to be carried. */
  untilOver(): Promise<void>;
}

async function besideNodes(stage: Stage): Promise<Carried | null> {
  const servers = await startServers(stage);
  if (servers === null) return null;
  const [first, second] = servers;
  const [a] = await startMembers(stage, ['a'], engineOf(first));
  const members = [a!, await joinBeside(stage, second, a!)];
  return {
    from: first.port,
    to: second.port,
    ports: members.map(({ node }) => portOf(node.address)),
    untilOver: async () => {
      for (const member of members) await untilQuiet(member);
    },
  };
}

async function besideRelay(stage: Stage): Promise<Carried | null> {
  const servers = await startServers(stage);
  if (servers === null) return null;
  const [from, to] = servers.map(({ port }) => port) as [number, number];
  const relay = new BareRelay();
  stage.owns(relay);
  await relay.start(from, to);
  return { from, to, ports: relay.ports, untilOver: async () => {} };
}

async function startServers(stage: Stage): Promise<[RedisServer, RedisServer] | null> {
  const [first, second] = [await stage.startRedis(NO_PERSISTENCE), await stage.startRedis(NO_PERSISTENCE)];
  return first === null || second === null ? null : [first, second];
}

async function measureRun({ from, to, ports, untilOver }: Carried, count: number, run: number): Promise<Outcome> {
  const smallMs: number[] = [];
  let isOver = false;
  const pings = ports.map((port) => longestPing(port, () => isOver));
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
  await untilOver();
  return { tookMs, smallMs: smallMs.sort((a, b) => a - b), longestPauseMs };
}

async function arrive(from: number, to: number, key: string): Promise<void> {
  await answerOf(from, ['SET', key, '1']);
  await until(`the other Redis has ${key}`, async () => (await answerOf(to, ['EXISTS', key])) === ':1');
}

function figuresOf(
  { nodes, relay }: { nodes: readonly Outcome[]; relay: readonly Outcome[] },
  count: number,
): Measured[] {
  const figure = (name: string, of: (outcome: Outcome) => number, bound: number): Measured => ({
    figure: name,
    unit: 'ms',
    of: { name: 'nodes', values: nodes.map(of) },
    against: { name: 'bare relay', values: relay.map(of) },
    target: under(bound),
  });
  return [
    figure(`${(count * LARGE_BYTES) / 1e6} MB`, ({ tookMs }) => tookMs, 10_000),
    figure('small keys meanwhile, p50', ({ smallMs }) => quantile(smallMs, 0.5), 50),
    figure('small keys meanwhile, the slowest', ({ smallMs }) => smallMs.at(-1)!, 200),
    figure('longest pause', ({ longestPauseMs }) => longestPauseMs, 50),
  ];
}
