import { describe, expect, test } from '@jest/globals';
import { FRESH_MS, Gathering, GONE_MS } from '../../src/core/membership/gathering.js';
import type { Presence, Promised } from '../../src/core/membership/presence.js';
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

const ids = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(16)) as [string, string, string, string];
const [A, B, C, D] = ids;

/** As b sees it: a node that expects three, and sees all others. */
function other(replica: string, count: number, promise: Promised | null): Presence {
  return {
    ...{ replica, boot: 1, count, name: replica[0]!, address: `${replica[0]}:1`, clusterId: null, isMember: false },
    ...{ expects: 3, opens: false, promise },
    sees: ids.filter((id) => id !== replica).map((id) => ({ replica: id, name: id[0]!, address: `${id[0]}:1` })),
  };
}

describe('a promise', () => {
  const at = { replica: B, boot: 1, previousBoot: 0, name: 'b', address: 'b:1', memoryOnly: false, keepsWhole: false };
  const gathering = () => new Gathering({ ...at, clusterId: null, isJoined: false }, 3, 0);
  const standing = (replica: string, round = 1): Promised => ({ replica, boot: 1, round });
  const promiseAt = (one: Gathering, nowMs: number) => {
    one.decide(nowMs);
    return one.presence(1, nowMs).promise;
  };

  test('is kept to a founder that is out of sight, though others stand, until it is gone', () => {
    const b = gathering();
    b.answered(other(C, 1, standing(C)), FRESH_MS);
    b.answered(other(D, 1, null), FRESH_MS);
    expect(promiseAt(b, FRESH_MS)).toEqual(standing(C));
    for (let nowMs = FRESH_MS; nowMs <= FRESH_MS + GONE_MS; nowMs += 1000) {
      b.answered(other(A, nowMs, standing(A)), nowMs);
      b.answered(other(D, nowMs, standing(A)), nowMs);
      expect(promiseAt(b, nowMs)).toEqual(standing(C));
    }
    const laterMs = FRESH_MS + GONE_MS + 1;
    b.answered(other(A, laterMs, standing(A)), laterMs);
    b.answered(other(D, laterMs, standing(A)), laterMs);
    expect(promiseAt(b, laterMs)).toEqual(standing(A));
  });

  test('is kept to a founder that asks, though it is not seen to answer: it counts on the promise', () => {
    const b = gathering();
    b.answered(other(C, 1, standing(C)), FRESH_MS);
    b.answered(other(D, 1, null), FRESH_MS);
    expect(promiseAt(b, FRESH_MS)).toEqual(standing(C));
    for (let nowMs = FRESH_MS; nowMs <= FRESH_MS + 3 * GONE_MS; nowMs += 1000) {
      b.asked(other(C, nowMs, standing(C)), nowMs);
      b.answered(other(A, nowMs, standing(A)), nowMs);
      b.answered(other(D, nowMs, standing(A)), nowMs);
      expect(promiseAt(b, nowMs)).toEqual(standing(C));
    }
  });

  test('ends with the standing that it was given to, and not by what was said before and comes late', () => {
    const b = gathering();
    b.answered(other(C, 5, standing(C)), FRESH_MS);
    b.answered(other(D, 1, null), FRESH_MS);
    expect(promiseAt(b, FRESH_MS)).toEqual(standing(C));
    b.asked(other(C, 4, null), FRESH_MS);
    expect(promiseAt(b, FRESH_MS)).toEqual(standing(C));
    b.answered(other(C, 6, standing(C, 2)), FRESH_MS);
    expect(promiseAt(b, FRESH_MS)).toEqual(standing(C, 2));
  });

  test('to an earlier standing counts for nothing in a later one, nor does one of which nothing was heard of late', () => {
    const b = gathering();
    const hear = (nowMs: number, count: number, promise: Promised | null) => {
      for (const replica of [C, D]) b.answered(other(replica, count, promise), nowMs);
    };
    hear(FRESH_MS, 1, null);
    expect(promiseAt(b, FRESH_MS)).toEqual(standing(B));
    // It loses sight of them before they answer, and stands again when it sees them.
    expect(promiseAt(b, 3 * FRESH_MS)).toBeNull();
    hear(3 * FRESH_MS, 2, standing(B));
    expect(promiseAt(b, 3 * FRESH_MS)).toEqual(standing(B, 2));
    expect(b.opens).toBe(false);
    hear(3 * FRESH_MS, 3, standing(B, 2));
    b.decide(3 * FRESH_MS);
    expect(b.opens).toBe(true);
    b.decide(4 * FRESH_MS + 1);
    expect(b.opens).toBe(false);
  });

  test('is given to none in the first moments, in which an earlier instance may still be counted on', () => {
    const b = gathering();
    b.answered(other(C, 1, standing(C)), 0);
    b.answered(other(D, 1, standing(C)), 0);
    expect(promiseAt(b, FRESH_MS - 1)).toBeNull();
  });
});

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

  test('nor under many short outages, in which nodes are lost sight of and promises are on their way', () => {
    for (const seed of seeds(1, 100)) {
      const model = new GatheringModel(world(seed, { nodes: 5, faults: 150, outageMsMax: 8_000 }));
      expect([seed, model.run(END_MS), model.clusters.length]).toEqual([seed, true, 1]);
    }
  });

  test('one that is missing keeps the others waiting, for as long as it takes', () => {
    const model = new GatheringModel(world(1, { expects: 4 }));
    expect(model.run(10 * END_MS)).toBe(false);
    expect(model.clusters).toEqual([]);
  });
});
