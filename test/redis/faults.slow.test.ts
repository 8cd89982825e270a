import { expect, test } from '@jest/globals';
import { runFaults } from './faults/run.js';
import { whereRedis } from './sites.js';

/** The short form of `npm run test:redis-faults`. */
whereRedis('writers of all types, while nodes, servers and connections fail', () => {
  test.each([
    { capture: 'tracking', seed: 7, rounds: 4 },
    { capture: 'replica', seed: 4711, rounds: 3 },
  ] as const)(
    'the last write of every key stands, at all sites: %j',
    async (options) => {
      const lines: string[] = [];
      const problems = await runFaults({ ...options, sites: 2, log: (line) => lines.push(line) });
      expect({ problems, lines: problems.length === 0 ? [] : lines }).toEqual({ problems: [], lines: [] });
    },
    300_000,
  );
});
