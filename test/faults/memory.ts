import type { IncidentView } from '../../src/admin/protocol/api.js';
import type { SetBack } from './history.js';

/** Of the clocks by which incidents are recorded. */
const SKEW_MS = 8000;

/** A machine that keeps nothing, and when its processes were killed. */
interface MemoryMachine {
  readonly name: string;
  readonly isMemoryOnly: boolean;
  readonly endedMs: readonly number[];
}

/**
 * What nodes that keep nothing took along, as the history of the cluster says: what it does not say counts as kept. Each record is of the
 * last end before it.
 */
export function memoryLosses(machines: readonly MemoryMachine[], incidents: readonly IncidentView[]): SetBack[] {
  const records = incidents.filter(({ strategy }) => strategy === 'set back');
  return machines
    .filter(({ isMemoryOnly }) => isMemoryOnly)
    .flatMap(({ name, endedMs }) =>
      records
        .filter(({ problem }) => problem?.startsWith(`${name} keeps its data in memory alone`) === true)
        .flatMap(({ separatedMs, detectedMs }): SetBack[] => {
          const putBackMs = Math.max(...endedMs.filter((ms) => ms <= detectedMs + SKEW_MS));
          if (!Number.isFinite(putBackMs)) return [];
          return [{ node: name, copiedMs: separatedMs - SKEW_MS, putBackMs, isMemory: true }];
        }),
    );
}
