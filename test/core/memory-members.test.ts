import { beforeEach, describe, expect, test } from '@jest/globals';
import type { IncidentRecord } from '../../src/core/membership/records.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

let cluster: MiniCluster;
let a: MiniNode;
let b: MiniNode;
let c: MiniNode;

/** c keeps its data in memory alone. */
beforeEach(() => {
  cluster = new MiniCluster();
  [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c', true)];
  cluster.run(1000);
});

function history(): IncidentRecord[] {
  return a.live.status.records.incidentList().filter(({ kind }) => kind === 'set-back');
}

/** Its process ends at once, and another one starts at its address. */
function comeBack(): MiniNode {
  cluster.stop(c);
  const anew = cluster.replace(c, 'c', true);
  cluster.until(() => anew.live.state === 'serving');
  return anew;
}

describe('a memory-only node that dies', () => {
  test('comes back as a new member with what the others have; the history says since when what it alone had may be gone', () => {
    c.set('shared', '1');
    cluster.run(1000);
    const cutMs = cluster.nowMs;
    cluster.partition([c], [a, b]);
    c.set('alone', '1');
    cluster.run(10_000);
    cluster.heal();
    const anew = comeBack();
    cluster.run(1000);
    expect([anew.get('shared'), anew.get('alone')]).toEqual(['1', undefined]);
    const active = a.live.status.records.active().map(({ name }) => name);
    expect(active.sort()).toEqual(['a', 'b', 'c']);
    expect(history()).toMatchObject([
      {
        state: 'resolved',
        islands: [{ replicas: [c.replica] }, {}],
        problem: expect.stringMatching(/^c keeps its data in memory alone, .* since 20\S+Z and no other member/),
      },
    ]);
    const [{ separatedMs }] = history() as [IncidentRecord];
    expect(separatedMs).toBeGreaterThan(cutMs - 2 * TIMEOUT_MS);
    expect(separatedMs).toBeLessThanOrEqual(cutMs);
    expect(a.log.concat(b.log).filter((line) => line.startsWith('warn c keeps its data in memory'))).toHaveLength(1);
  });

  test('is named also where it was in sync a moment ago: its last writes may have been under way', () => {
    c.set('k', '1');
    cluster.run(1000);
    cluster.isLost = ({ type }) => type === 'changes';
    c.set('k', '2');
    cluster.run(1);
    cluster.isLost = () => false;
    const [endMs, anew] = [cluster.nowMs, comeBack()];
    expect(anew.get('k')).toBe('1');
    expect(history()).toHaveLength(1);
    expect(history()[0]!.separatedMs).toBeGreaterThan(endMs - 3 * TIMEOUT_MS);
  });

  test('may not have been seen to be gone when it comes back: it waits for that', () => {
    // Its links stand at the others, as after a power cut.
    c.driver!.halt();
    c.core = c.driver = null;
    const anew = cluster.replace(c, 'c', true);
    cluster.run(TIMEOUT_MS / 2);
    expect(anew.live.state).toBe('joining');
    cluster.run(2 * TIMEOUT_MS);
    expect(cluster.stopped).toEqual([]);
    expect(anew.live.state).toBe('serving');
  });
});

test('a memory-only node that is stopped in sync has sent all it had, and is not named when it comes back', () => {
  c.set('k', '1');
  cluster.settle();
  c.live.departure.stop();
  cluster.settle();
  comeBack();
  expect(a.get('k')).toBe('1');
  expect(history()).toEqual([]);
});
