import { describe, expect, test } from '@jest/globals';
import { GONE_MS } from '../../src/core/gathering.js';
import { GatheringModel, type World } from './gathering-model.js';

const CALM_MS = 60_000;
/** From the calm on: a founder that is gone is given up, and then it is done in moments. */
const END_MS = CALM_MS + GONE_MS + 60_000;

function seeds(from: number, upto: number): number[] {
  return Array.from({ length: upto - from + 1 }, (_, i) => from + i);
}

function world(seed: number, more: Partial<World>): World {
  return { seed, expects: 3, nodes: 3, calmAtMs: CALM_MS, faults: 0, outageMsMax: 50_000, ...more };
}

describe('nodes that gather, started at different moments, some slow, each seeing some of the others at first', () => {
  test.each([1, 2, 3, 5])('%i nodes that expect as many found one cluster, without faults', (expects) => {
    for (const seed of seeds(1, 40)) {
      const model = new GatheringModel(world(seed, { expects, nodes: expects }));
      expect([seed, model.run(END_MS), model.clusters.length]).toEqual([seed, true, 1]);
    }
  });

  test('the same while nodes crash, come back, and do not hear each other, in one direction or both', () => {
    for (const seed of seeds(1, 200)) {
      const model = new GatheringModel(world(seed, { faults: 12 }));
      expect([seed, model.run(END_MS), model.clusters.length]).toEqual([seed, true, 1]);
    }
  });

  test('with one more than is expected, there are never two clusters with two members, whoever is away for however long', () => {
    for (const seed of seeds(1, 200)) {
      const model = new GatheringModel(world(seed, { nodes: 4, faults: 15 }));
      const isDone = model.run(END_MS);
      expect([seed, model.inhabited().length]).toEqual([seed, 1]);
      if (model.clusters.length === 1) expect([seed, isDone]).toEqual([seed, true]);
    }
  });

  test('nor with nearly twice as many, while nobody is away for as long as it takes to count as gone', () => {
    for (const seed of seeds(1, 200)) {
      const model = new GatheringModel(world(seed, { nodes: 5, faults: 15, outageMsMax: GONE_MS - 5_000 }));
      expect([seed, model.run(END_MS), model.clusters.length]).toEqual([seed, true, 1]);
    }
  });

  test('one that is missing keeps the others waiting, for as long as it takes', () => {
    const model = new GatheringModel(world(1, { expects: 4 }));
    expect(model.run(10 * END_MS)).toBe(false);
    expect(model.clusters).toEqual([]);
  });
});
