import { atMost, type Measured } from '../figures.js';
import { expectKeys, portOf, residentBytes, settledResidentBytes } from '../probes.js';
import { APPEND_ONLY } from '../redis-server.js';
import { inTurn } from '../scenario.js';
import type { Stage } from '../stage.js';
import { fillHashes } from './parts-hashes.js';

const RATIO_MAX = 1.5;

interface Process {
  readonly pid: number;
  readonly port: number;
  kill(): Promise<unknown>;
}

/** Resident memory of hashes of ten fields, beyond what the empty process takes. */
export async function measureHashMemory(stage: Stage): Promise<Measured[]> {
  if (residentBytes(process.pid) === 0) {
    stage.leaveOut('resident memory', 'there is no /proc here');
    return [];
  }
  const hashes = stage.size(50_000, 2000);
  stage.note(
    `memory: ${hashes} hashes of ten fields with values of 20 bytes, once it has stood still; redis with appendonly yes`,
  );
  const [mneme = [], redis = []] = await inTurn(Math.min(stage.runs, 3), [
    async () => bytesAHash(stage, 'mneme', hashes, await startMneme(stage)),
    async () => bytesAHash(stage, 'redis', hashes, await stage.startRedis(APPEND_ONLY)),
  ]);
  return [
    stage.measured({
      figure: 'a hash of ten fields, beyond the empty process',
      unit: 'bytes',
      of: { name: 'mneme', values: mneme.filter((bytes) => bytes !== null) },
      against: redis.includes(null) ? undefined : { name: 'redis', values: redis.filter((bytes) => bytes !== null) },
      target: atMost(RATIO_MAX),
    }),
  ];
}

// ---

async function startMneme(stage: Stage): Promise<Process> {
  const node = await stage.startNode('memory');
  return { pid: node.pid, port: portOf(node.address), kill: () => node.kill() };
}

async function bytesAHash(stage: Stage, name: string, hashes: number, subject: Process | null): Promise<number | null> {
  if (subject === null) return null;
  const stillMs = stage.size(2000, 300);
  stage.progress(`${name}: memory of hashes`);
  const empty = await settledResidentBytes(subject.pid, stillMs);
  await fillHashes(subject.port, hashes);
  await expectKeys(subject.port, hashes);
  const full = await settledResidentBytes(subject.pid, stillMs);
  await subject.kill();
  return (full - empty) / hashes;
}
