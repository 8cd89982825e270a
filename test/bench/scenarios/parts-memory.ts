import { atMost, type Measured } from '../figures.js';
import { withPipeline } from '../pipeline.js';
import { expectKeys, portOf, residentBytes, settledResidentBytes, untilUsedStill } from '../probes.js';
import { APPEND_ONLY } from '../redis-server.js';
import { inTurn } from '../scenario.js';
import type { Stage } from '../stage.js';
import { encode } from '../workload.js';
import { fillHashes, hashKey, keyOf } from './parts-hashes.js';

const RATIO_MAX = 1.5;
const TEN = Array.from({ length: 10 }, (_, i) => i);
const MEMBERS = TEN.map((i) => `member:${i}`);

interface Shape {
  readonly name: string;
  readonly ratioMax?: number;
  fill(port: number, keys: number): Promise<void>;
}

const SHAPES: readonly Shape[] = [
  { name: 'a hash of ten fields', ratioMax: RATIO_MAX, fill: fillHashes },
  {
    name: 'a hash of ten fields with an expiry',
    fill: async (port, keys) => {
      await fillHashes(port, keys);
      await fill(port, keys, (i) => ['EXPIRE', hashKey(i), '100000']);
    },
  },
  {
    name: 'a set of ten members',
    fill: (port, keys) => fill(port, keys, (i) => ['SADD', keyOf('set', i), ...MEMBERS]),
  },
  {
    name: 'a sorted set of ten members',
    fill: (port, keys) =>
      fill(port, keys, (i) => ['ZADD', keyOf('sorted', i), ...TEN.flatMap((j) => [`${i + j}`, MEMBERS[j]!])]),
  },
  { name: 'a number that was counted', fill: (port, keys) => fill(port, keys, (i) => ['INCR', keyOf('number', i)]) },
];

interface Process {
  readonly pid: number;
  readonly port: number;
  kill(): Promise<unknown>;
}

/** Resident memory of small keys with parts, beyond what the empty process takes. */
export async function measurePartsMemory(stage: Stage): Promise<Measured[]> {
  if (residentBytes(process.pid) === 0) {
    stage.leaveOut('resident memory', 'there is no /proc here');
    return [];
  }
  const keys = stage.size(200_000, 2000);
  stage.note(
    `memory: ${keys} keys, hashes with values of 20 bytes, once it has stood still for 15 s; redis with appendonly yes`,
  );
  const figures: Measured[] = [];
  for (const shape of SHAPES) figures.push(await measureShape(stage, shape, keys));
  return figures;
}

// ---

async function measureShape(stage: Stage, shape: Shape, keys: number): Promise<Measured> {
  const [mneme = [], redis = []] = await inTurn(Math.min(stage.runs, 3), [
    async () => bytesAKey(stage, 'mneme', shape, keys, await startMneme(stage)),
    async () => bytesAKey(stage, 'redis', shape, keys, await stage.startRedis(APPEND_ONLY)),
  ]);
  return stage.measured({
    figure: `${shape.name}, beyond the empty process`,
    unit: 'bytes',
    of: { name: 'mneme', values: mneme.filter((bytes) => bytes !== null) },
    against: redis.includes(null) ? undefined : { name: 'redis', values: redis.filter((bytes) => bytes !== null) },
    target: shape.ratioMax === undefined ? undefined : atMost(shape.ratioMax),
  });
}

function fill(port: number, keys: number, command: (i: number) => readonly string[]): Promise<void> {
  return withPipeline(port, (pipeline) => pipeline.run(keys, (i) => encode(...command(i))));
}

async function startMneme(stage: Stage): Promise<Process> {
  const node = await stage.startNode('memory');
  return { pid: node.pid, port: portOf(node.address), kill: () => node.kill() };
}

async function bytesAKey(
  stage: Stage,
  name: string,
  shape: Shape,
  keys: number,
  subject: Process | null,
): Promise<number | null> {
  if (subject === null) return null;
  stage.progress(`${name}: memory of ${shape.name}`);
  const empty = await settledResidentBytes(subject.pid, stage.size(2000, 300));
  await shape.fill(subject.port, keys);
  await expectKeys(subject.port, keys);
  // Keys are folded once nobody has written them for ten seconds, and what the load has left on the heap is collected some seconds after it.
  await untilUsedStill(subject.port, stage.size(15_000, 300));
  const full = await settledResidentBytes(subject.pid, stage.size(12_000, 300));
  await subject.kill();
  return (full - empty) / keys;
}
