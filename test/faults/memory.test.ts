import { expect, test } from '@jest/globals';
import type { IncidentView } from '../../src/admin/protocol/api.js';
import { memoryLosses } from './memory.js';

const KEPT_MS = 8000;

function record(problem: string, separatedMs: number, detectedMs: number): IncidentView {
  return { strategy: 'set back', problem, separatedMs, detectedMs } as IncidentView;
}

test('what a node that keeps nothing took along is what the history says of its last end before that', () => {
  const b = { name: 'b', isMemoryOnly: true, endedMs: [50_000, 100_000, 200_000] };
  const [told, other] = [
    record('b keeps its data in memory alone, and came back', 90_000, 101_000),
    record('bb keeps its data in memory alone, and came back', 1, 2),
  ];
  expect(memoryLosses([b], [told, other])).toEqual([
    { node: 'b', copiedMs: 90_000 - KEPT_MS, putBackMs: 100_000, isMemory: true },
  ]);
  expect(memoryLosses([{ ...b, isMemoryOnly: false }], [told])).toEqual([]);
  expect(memoryLosses([b], [record('a came back with less than it had acknowledged', 90_000, 101_000)])).toEqual([]);
});
